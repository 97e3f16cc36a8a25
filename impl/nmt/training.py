"""The loop that trains, the same for every model and recipe: nothing in an epoch waits for the device."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.optim.adam import adam

from impl.nmt.batches import Batch, batches, groups, shuffled
from impl.nmt.branches import Branches
from impl.nmt.graphs import Recorder
from impl.nmt.learner import build
from impl.nmt.pairs import Pair
from impl.nmt.recipe import Recipe

MOMENTS = ("exp_avg", "exp_avg_sq")
ADAM = {
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-8,
    "weight_decay": 0.0,
    "amsgrad": False,
    "maximize": False,
    "fused": True,
    "foreach": False,
}  # torch's defaults; one operation for the whole vector
PIECES = 64  # of a GPU's vector: its update gives a piece, however long, to a few of the multiprocessors
BRANCHES = 8


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Units:   losses in nats a token. `train_loss` and `val_loss` are means over batches, as the handout's notebook has
             them, in which a word that is alone of its length counts as much as 64 common ones; in
             `val_loss_per_token` every token counts alike. `words_right` is the share of validation words that are
             translated without a mistake; `time_s` is from the beginning of the run.
    """

    epoch: int
    train_loss: float
    val_loss: float
    val_loss_per_token: float
    words_right: float
    time_s: float = 0.0


class Training:
    """A model on its way. Its state after an epoch is a function of recipe, data and machine alone."""

    def __init__(self, recipe: Recipe, train: list[Pair], unseen: list[Pair], device: str = "cpu") -> None:
        self.recipe, self.device, self.words = recipe, device, len(train)
        self.learner = build(recipe, device)
        self.step, self.vector = self.learner.step, self.learner.step.packed.parameters
        on_gpu = self.vector.is_cuda
        self.moments = {name: torch.zeros_like(self.vector) for name in MOMENTS}
        self.steps = torch.zeros(PIECES if on_gpu else 1, device=self.vector.device)
        self.rate: float | Tensor = torch.zeros_like(self.steps) if on_gpu else 0.0
        self.update: Callable[[Batch], Tensor] = self._update
        self.validate: Callable[[], tuple[Tensor, Tensor]] = self._validate
        if on_gpu:
            recorder = Recorder()
            self.update, self.validate = recorder.record_by_shape(self._update), recorder.record(self._validate)
        self.groups, grouped = (
            groups(pairs, decoder_only=recipe.decoder_only, device=device) for pairs in (train, unseen)
        )
        self.train, self.unseen = batches(self.groups, recipe.batch), batches(grouped, recipe.batch)
        tokens = torch.tensor([batch.targets.numel() for batch in self.unseen], device=device)
        self.token_shares = tokens / tokens.sum()
        self.branches = Branches(self.vector.device, BRANCHES)
        self.done, self.waited, self.best_epoch, self.best_loss = 0, 0, 0, float("inf")
        self.best = self.vector.clone()

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or the validation loss has not fallen for too long."""
        return self.done >= self.recipe.epochs or self.waited > self.recipe.patience

    def epoch(self) -> Epoch:
        """Every batch once, then the validation loss; the parameters are kept if it is the lowest so far.

        Edges:   gradients by hand need none of autograd's bookkeeping, which at these sizes is a sixth of the time.
        """
        with torch.no_grad() if self.recipe.name == "best" else torch.inference_mode():
            return self._epoch()

    def _epoch(self) -> Epoch:
        train = self._order()
        losses: list[Tensor] = []
        with torch.random.fork_rng():
            torch.manual_seed(self.recipe.seed * 1_000_003 + self.done)  # dropout's
            for place, batch in enumerate(train):
                self._set_rate(self.recipe.rate(self.done, place / len(train)))
                losses.append(self.update(batch))
        val_losses, right = self.validate()
        val_loss, per_token = val_losses.mean().item(), val_losses.dot(self.token_shares).item()
        self.done += 1
        self.waited += 1
        if val_loss < self.best_loss:
            self.best_loss, self.best_epoch, self.waited = val_loss, self.done, 0
            self.best.copy_(self.vector)
        return Epoch(self.done, torch.stack(losses).mean().item(), val_loss, per_token, right.double().mean().item())

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """All that the next epochs depend on: vectors, and numbers."""
        vectors = {"parameters": self.vector, "best": self.best, **self.moments}
        numbers = {"done": self.done, "waited": self.waited, "best_epoch": self.best_epoch, "best_loss": self.best_loss}
        return {name: vector.clone() for name, vector in vectors.items()}, numbers | {"steps": self.steps[0].item()}

    def restore(self, vectors: dict[str, Tensor], numbers: dict[str, float]) -> None:
        """Go back to a state."""
        self.vector.copy_(vectors["parameters"])
        self.best.copy_(vectors["best"])
        self.steps.fill_(numbers["steps"])
        for name in MOMENTS:
            self.moments[name].copy_(vectors[name])
        self.done, self.waited = int(numbers["done"]), int(numbers["waited"])
        self.best_epoch, self.best_loss = int(numbers["best_epoch"]), numbers["best_loss"]

    def use_best(self) -> None:
        """Put the parameters with the lowest validation loss in the place of the last ones."""
        self.vector.copy_(self.best)

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector of all parameters as the modules name them."""
        return {name: self.step.packed.of(one, vector) for name, one in self.learner.modules.named_parameters()}

    def _update(self, batch: Batch) -> Tensor:
        loss = self.step.forward(batch)
        self.step.backward()
        vectors = self.vector, self.step.packed.gradients, *self.moments.values()
        pieces = [one.tensor_split(len(self.steps)) for one in vectors]
        adam(*pieces, [], self.steps.unbind(), lr=self.rate, capturable=self.vector.is_cuda, **ADAM)
        return loss

    def _validate(self) -> tuple[Tensor, Tensor]:
        """The mean loss of every validation batch, and which words are right."""
        losses, right = zip(*self.branches.run([partial(self.step.evaluate, one) for one in self.unseen]), strict=True)
        return torch.stack(losses), torch.cat(right)

    def _set_rate(self, rate: float) -> None:
        if isinstance(self.rate, Tensor):
            self.rate.fill_(rate)
        else:
            self.rate = rate

    def _order(self) -> list[Batch]:
        """The handout's order, which is the same in every epoch, or one drawn anew."""
        if self.recipe.name == "handout":
            return self.train
        draw = random.Random(f"{self.recipe.seed} {self.done}")  # noqa: S311 - an order, not a secret
        return shuffled(self.groups, self.recipe.batch, draw)

"""The loop that trains, the same for every model and recipe: nothing in an epoch waits for the device."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from impl.graphs import Recorder
from impl.machine import keep_memory
from impl.nmt.adam import Adam
from impl.nmt.batches import Batch, batches, groups, shuffled
from impl.nmt.branches import Branches
from impl.nmt.leader import Leader, Work
from impl.nmt.learner import build
from impl.nmt.pairs import Pair
from impl.nmt.recipe import Recipe
from impl.nmt.team import Team

BRANCHES = 8  # validation batches that a GPU computes side by side


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


class Share(NamedTuple):
    """A process's rows of a batch, which may be none, and how much of the whole batch they are."""

    batch: Batch
    weight: float


class Question(NamedTuple):
    """What the others of a team are asked: an epoch, or updates with some of its batches only.

    `state` is where to begin, and None where they are there already.
    """

    state: tuple[dict[str, np.ndarray[Any, Any]], dict[str, float]] | None
    places: Sequence[int] | None = None


class Answer(NamedTuple):
    """What a process found: the loss of each of its shares, by its weight; the loss of every validation batch that was
    its own; and which of the words in them are right."""

    losses: Tensor
    val_losses: Tensor
    right: Tensor


class Graphs(NamedTuple):
    """What a GPU replays: an update for every shape of a batch; all updates of an epoch of the handout's recipe, whose
    batches are the same in every epoch, and whose rate all through one; the validation."""

    update: Callable[[Share], Tensor]
    epoch: Callable[[], Tensor]
    validate: Callable[[], tuple[Tensor, Tensor]]


class Training:
    """A model on its way. Its state after an epoch is a function of recipe, data, machine and number of processes.

    Edges:   more than one process is for a CPU; the others are started with the first epoch, and end with `close`.
    Raises:  ValueError for more than one process on a GPU; TeamError, in an epoch, if one of them fails or ends.
    """

    def __init__(
        self,
        recipe: Recipe,
        train: list[Pair],
        unseen: list[Pair],
        device: str = "cpu",
        *,
        processes: int = 1,
        team: Team | None = None,
    ) -> None:
        self.recipe, self.device, self.words = recipe, device, len(train)
        self.learner = build(recipe, device)
        self.step, self.vector = self.learner.step, self.learner.step.packed.parameters
        if processes > 1 and self.vector.is_cuda:
            raise ValueError(f"{processes} processes train on a CPU, not on {device}")
        self.team = team or Team(0, 1)
        if processes > 1:
            self.team = Leader(processes, self.vector.numel(), partial(_along, recipe, train, unseen))
        self.is_followed = False  # whether the others are where this process is
        self.adam = Adam(self.vector, self.step.packed.gradients)
        self.groups, grouped = (
            groups(pairs, decoder_only=recipe.decoder_only, device=device) for pairs in (train, unseen)
        )
        self.train, self.unseen = batches(self.groups, recipe.batch), batches(grouped, recipe.batch)
        self.shares = [self._share(batch) for batch in self.train]
        tokens = torch.tensor([batch.targets.numel() for batch in self.unseen], device=device)
        self.token_shares = tokens / tokens.sum()
        self.branches = Branches(self.vector.device, BRANCHES)
        self.done, self.waited, self.best_epoch, self.best_loss = 0, 0, 0, float("inf")
        self.best = self.vector.clone()
        self.graphs = self._recorded() if self.vector.is_cuda else None

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or the validation loss has not fallen for too long."""
        return self.done >= self.recipe.epochs or self.waited > self.recipe.patience

    def epoch(self) -> Epoch:
        """Every batch once, then the validation loss; the parameters are kept if it is the lowest so far.

        Edges:   gradients by hand need none of autograd's bookkeeping, which at these sizes is a sixth of the time.
        """
        return self.finish(self.start())

    def start(self) -> Answer:
        """The first half of an epoch, all that is computed; on a GPU it is under way when this returns."""
        with self._mode():
            return self._together(Question(self._news()))

    def finish(self, found: Answer) -> Epoch:
        """The second half, for which a GPU is waited for."""
        with self._mode():
            losses, val_losses, right = found
            val_loss, per_token = val_losses.mean().item(), val_losses.dot(self.token_shares).item()
            self.done += 1
            self.waited += 1
            if val_loss < self.best_loss:
                self.best_loss, self.best_epoch, self.waited = val_loss, self.done, 0
                self.best.copy_(self.vector)
            return Epoch(self.done, losses.mean().item(), val_loss, per_token, right.double().mean().item())

    def updates(self, places: Sequence[int]) -> Tensor:
        """Update with some batches of the epoch, by their places in it; their losses. It counts as no epoch."""
        with self._mode():
            return self._together(Question(self._news(), places)).losses

    def close(self) -> None:
        """End the processes that train along; they are started again if there is another epoch."""
        if isinstance(self.team, Leader):
            self.team.close()

    def _mode(self) -> Any:
        return torch.no_grad() if self.recipe.name == "best" else torch.inference_mode()

    def _news(self) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, float]] | None:
        """The state, for the others, if they do not know it."""
        if not isinstance(self.team, Leader) or (self.is_followed and self.team.is_there):
            return None
        self.is_followed = True
        vectors, numbers = self.state()
        return {name: vector.numpy() for name, vector in vectors.items()}, numbers

    def _together(self, question: Question) -> Answer:
        """What all processes find."""
        if not isinstance(self.team, Leader):
            return self._alone(question)
        try:
            self.team.ask(question)
            found = [self._alone(question), *(Answer(*map(torch.from_numpy, one)) for one in self.team.answers())]
        except BaseException:  # an interrupt: the others are still at it, and would answer the next question so
            self.close()
            raise
        val_losses = torch.zeros(len(self.unseen) if question.places is None else 0)
        for rank, one in enumerate(found):
            val_losses[rank :: self.team.size] = one.val_losses
        losses = torch.stack([one.losses for one in found]).sum(0)
        return Answer(losses, val_losses, torch.cat([one.right for one in found]))

    def follow(self, question: Question) -> tuple[np.ndarray[Any, Any], ...]:
        """What this process finds, for the leader of its team."""
        with self._mode():
            if question.state is not None:
                vectors, numbers = question.state
                self.restore({name: torch.from_numpy(vector) for name, vector in vectors.items()}, numbers)
            found = self._alone(question)
            self.done += question.places is None
            return tuple(one.numpy() for one in found)

    def _alone(self, question: Question) -> Answer:
        """What this process finds."""
        with torch.random.fork_rng():
            dropout = self.recipe.seed * 1_000_003 + self.done
            torch.manual_seed(dropout * self.team.size + self.team.rank)
            losses = self._losses(question.places)
        if question.places is not None:
            return Answer(losses, losses.new_zeros(0), torch.zeros(0, dtype=torch.bool))
        return Answer(losses, *(self.graphs.validate if self.graphs else self._validate)())

    def _losses(self, places: Sequence[int] | None) -> Tensor:
        """The losses of the updates of an epoch, or of some."""
        if places is None and self.graphs and self.recipe.name == "handout":
            self.adam.set_rate(self.recipe.rate(self.done, 0.0))
            return self.graphs.epoch()
        update = self.graphs.update if self.graphs else self._update
        shares, losses = self._order(), []
        for place in range(len(shares)) if places is None else places:
            self.adam.set_rate(self.recipe.rate(self.done, place / len(shares)))
            losses.append(update(shares[place]))
        return torch.stack(losses)

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """All that the next epochs depend on: vectors, and numbers."""
        vectors = {"parameters": self.vector, "best": self.best, **self.adam.moments}
        numbers = {"done": self.done, "waited": self.waited, "best_epoch": self.best_epoch, "best_loss": self.best_loss}
        return {name: vector.clone() for name, vector in vectors.items()}, numbers | {
            "steps": self.adam.steps[0].item()
        }

    def restore(self, vectors: dict[str, Tensor], numbers: dict[str, float]) -> None:
        """Go back to a state."""
        self.is_followed = False
        self.vector.copy_(vectors["parameters"])
        self.best.copy_(vectors["best"])
        self.adam.steps.fill_(numbers["steps"])
        for name, moment in self.adam.moments.items():
            moment.copy_(vectors[name])
        self.done, self.waited = int(numbers["done"]), int(numbers["waited"])
        self.best_epoch, self.best_loss = int(numbers["best_epoch"]), numbers["best_loss"]

    def use_best(self) -> None:
        """Put the parameters with the lowest validation loss in the place of the last ones."""
        self.is_followed = False
        self.vector.copy_(self.best)

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector of all parameters as the modules name them."""
        return {name: self.step.packed.of(one, vector) for name, one in self.learner.modules.named_parameters()}

    def _recorded(self) -> "Graphs":
        recorder = Recorder()
        update = recorder.record_by_shape(lambda targets, *inputs: self._update(Share(Batch(inputs, targets), 1.0)))
        return Graphs(
            update=lambda share: update(share.batch.targets, *share.batch.inputs),
            epoch=recorder.record(lambda: torch.stack([self._update(share) for share in self.shares])),
            validate=recorder.record(self._validate),
        )

    def _update(self, share: Share) -> Tensor:
        batch, weight = share
        gradients = self.step.packed.gradients
        if len(batch.targets):
            loss = self.step.forward(batch)
            self.step.backward()
        else:
            loss = gradients.zero_().new_zeros(())
        if self.team.size > 1:
            self.team.add_up(gradients, weight)
            loss *= weight
        if self.step.largest_gradient is not None:
            gradients.mul_((self.step.largest_gradient / gradients.norm()).clamp_(max=1.0))
        self.adam.update()
        return loss

    def _validate(self) -> tuple[Tensor, Tensor]:
        """The mean loss of every validation batch that is this process's, and which of their words are right."""
        own = self.unseen[self.team.rank :: self.team.size]
        if not own:
            return torch.zeros(0), torch.zeros(0, dtype=torch.bool)
        losses, right = zip(*(self.branches.start(partial(self.step.evaluate, one)) for one in own), strict=True)
        self.branches.join()
        return torch.stack(losses), torch.cat(right)

    def _order(self) -> list[Share]:
        """The handout's order, which is the same in every epoch, or one drawn anew."""
        if self.recipe.name == "handout":
            return self.shares
        draw = random.Random(f"{self.recipe.seed} {self.done}")  # noqa: S311 - an order, not a secret
        return [self._share(batch) for batch in shuffled(self.groups, self.recipe.batch, draw)]

    def _share(self, batch: Batch) -> Share:
        share = self.team.share(batch)
        return Share(share, len(share.targets) / len(batch.targets))


def _along(recipe: Recipe, train: list[Pair], unseen: list[Pair], team: Team) -> Work:
    """What a process does that trains along."""
    keep_memory()
    return Training(recipe, train, unseen, team=team).follow

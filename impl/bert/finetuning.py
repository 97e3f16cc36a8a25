"""Fine-tuning: the one loop, for a model that learns as a whole and for one of which the classifier alone does.

A frozen BERT gives the same for a sentence every time, so what it gives is computed once, in evaluation, and an epoch is
one of a linear layer. Nothing is read from the device inside an epoch. On a GPU a whole step is one graph for each shape
of a batch, in bfloat16 where products are.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from impl.bert.arithmetic import Examples, Split, stratified
from impl.bert.tokens import Tokens, encoded, in_batches
from impl.bert.weights import Pretrained, bert_of
from impl.graphs import Recorder
from impl.linear import quicken
from impl.machine import prepare

RATE, DECAY, WARM_UP, CLIP = 5e-5, 0.01, 0.1, 1.0  # the notebook's
MINI_RATE, MINI_FROZEN_RATE = 1e-3, 1e-2  # a model a hundred times smaller takes steps so much larger
SET_APART, MAX_LEN = 0.3, 7  # of the notebook's sentences, for validation; what it fills them up to
EVALUATED = 256  # sentences at a time
UNDECAYED = ("bias", "LayerNorm.weight")


@dataclass(frozen=True)
class Recipe:
    """How a classifier is fitted; `rate` None is what suits the weights.

    Edges:   `as_notebook`: decay of biases and norms too, sentences filled up to seven tokens, dropout in a frozen BERT,
             and 30 % of what is there to train on set apart, of which loss and accuracy are then told.
    Raises:  ValueError for numbers that train nothing.
    """

    weights: str
    freeze: bool = False
    epochs: int = 3
    batch: int = 32
    seed: int = 0
    rate: float | None = None
    as_notebook: bool = False

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch) < 1:
            raise ValueError(f"epochs and batch must be positive; got {self.epochs} and {self.batch}")
        if self.rate is not None and not 0 < self.rate < 1:
            raise ValueError(f"the rate must lie between 0 and 1; got {self.rate}")

    def highest_rate(self, pretrained: Pretrained) -> float:
        """The learning rate at its highest."""
        if self.rate is not None:
            return self.rate
        if not pretrained.stands_in_for or self.as_notebook:
            return RATE
        return MINI_FROZEN_RATE if self.freeze else MINI_RATE


class Epoch(NamedTuple):
    """What an epoch came to.

    Units:   losses in nats a sentence, `time_s` of training and `evaluation_s` of judging what is unseen, in seconds.
    """

    epoch: int
    train_loss: float
    val_loss: float
    accuracy: float
    time_s: float
    evaluation_s: float


class FineTuning:
    """A classifier being fitted to a split.

    Raises:  TooLongError for a sentence that the model has no positions for; ValueError where there are fewer sentences
             than a batch.
    """

    def __init__(self, pretrained: Pretrained, split: Split, recipe: Recipe, device: str = "cpu") -> None:
        self.pretrained, self.recipe, self.device = pretrained, recipe, device
        self.split = stratified(split.seen, SET_APART, recipe.seed) if recipe.as_notebook else split
        if len(self.split.seen) < recipe.batch:
            raise ValueError(f"{len(self.split.seen)} sentences to train on make no batch of {recipe.batch}")
        self.model = pretrained.model.to(device)
        if device == "cpu":
            quicken(self.model)
        self.done, self.features_s, self.rng = 0, 0.0, torch.Generator().manual_seed(recipe.seed)
        for one in bert_of(self.model):
            one.requires_grad_(not recipe.freeze)
        seen, unseen = self._encoded(self.split.seen), self._encoded(self.split.unseen)
        prepare(self.model.config.hidden_size, recipe.batch * seen.ids.shape[1])
        self.seen, self.unseen = self._material(self.split.seen, seen), self._material(self.split.unseen, unseen)
        self.optimizer = _optimizer(self.model, recipe, device)
        self.rate = recipe.highest_rate(pretrained)
        self.rates = _rates(self.rate, recipe.epochs * -(-len(self.split.seen) // recipe.batch))
        self._step = self._recorded() if device != "cpu" else self._update

    def __iter__(self) -> Iterator[Epoch]:
        """The epochs that are left."""
        while self.done < self.recipe.epochs:
            yield self.epoch()

    def epoch(self) -> Epoch:
        """Every sentence once, in an order drawn anew; then what is unseen."""
        start = time.perf_counter()
        with torch.random.fork_rng(devices=[] if self.device == "cpu" else [self.device]):
            torch.manual_seed(hash((self.recipe.seed, self.done)))
            loss = self._train()
        trained = time.perf_counter()
        val_loss, accuracy = self.judged(self.unseen)
        self.done += 1
        stop = time.perf_counter()
        return Epoch(self.done, loss, val_loss, accuracy, trained - start, stop - trained)

    def judged(self, material: "Material") -> tuple[float, float]:
        """The mean loss, and the share that is right, in evaluation."""
        logits = material.all_logits(self.model)
        loss = nn.functional.cross_entropy(logits, material.labels)
        right = (logits.argmax(dim=1) == material.labels).float().mean()
        found: list[float] = torch.stack([loss, right]).tolist()
        return found[0], found[1]

    def _train(self) -> float:
        self.model.train(not self.recipe.freeze or self.recipe.as_notebook)
        order = torch.randperm(len(self.split.seen), generator=self.rng)
        here, there = (one.split(self.recipe.batch) for one in (order, order.to(self.device)))
        losses = []
        for place, (chosen, on_device) in enumerate(zip(here, there, strict=True)):
            self._set_rate(self.rates[self.done * len(here) + place])
            losses.append(len(chosen) * self._step(on_device, self.seen.tokens.longest(chosen)))
        return float(torch.stack(losses).sum()) / len(order)

    def _update(self, chosen: Tensor, longest: int) -> Tensor:
        """One step on some sentences; its loss."""
        with self._cast():
            logits = self.seen.logits(self.model, chosen, longest)
        loss = nn.functional.cross_entropy(logits.float(), self.seen.labels[chosen])
        self.optimizer.zero_grad(set_to_none=self.device == "cpu")
        loss.backward()
        learning = [one for group in self.optimizer.param_groups for one in group["params"]]
        nn.utils.clip_grad_norm_(learning, CLIP)
        self.optimizer.step()
        return loss.detach()

    def _recorded(self) -> Callable[[Tensor, int], Tensor]:
        """The step as a graph of a GPU, one for each shape of a batch."""
        recorder = Recorder()
        by_length: dict[int, Callable[[Tensor], Tensor]] = {}
        met: set[tuple[int, int]] = set()

        def step(chosen: Tensor, longest: int) -> Tensor:
            if longest not in by_length:
                by_length[longest] = recorder.record_by_shape(lambda one: self._update(one, longest))
            if (longest, len(chosen)) in met:
                return by_length[longest](chosen)
            met.add((longest, len(chosen)))
            with warnings.catch_warnings():  # that the first of each is run before it is captured, which is meant
                warnings.filterwarnings("ignore", message=".*capturable=True")
                return by_length[longest](chosen)

        return step

    def _set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def _cast(self) -> Any:
        """Half precision for the products of a GPU."""
        return nullcontext() if self.device == "cpu" else torch.autocast("cuda", torch.bfloat16)

    def _encoded(self, examples: Examples) -> Tokens:
        filled_to = MAX_LEN if self.recipe.as_notebook else 0
        pretrained = self.pretrained
        return encoded(pretrained.tokenizer, examples.sentences, most=pretrained.most, filled_to=filled_to)

    def _material(self, examples: Examples, tokens: Tokens) -> "Material":
        material = Material(tokens.to(self.device), torch.tensor(examples.labels, device=self.device))
        if not self.recipe.freeze or self.recipe.as_notebook:
            return material
        start = time.perf_counter()
        pooled = material.features(self.model)
        if pooled.is_cuda:
            torch.cuda.synchronize()
        self.features_s += time.perf_counter() - start
        return Material(material.tokens, material.labels, pooled)


@dataclass(frozen=True)
class Material:
    """Sentences on the device, with their classes and, of a frozen BERT, what it makes of them.

    Shapes:  labels int64 [sentences]; pooled [sentences, hidden].
    """

    tokens: Tokens
    labels: Tensor
    pooled: Tensor | None = None

    def logits(self, model: Any, chosen: Tensor, longest: int) -> Tensor:
        """Of some sentences, [chosen, classes]."""
        if self.pooled is not None:
            found: Tensor = model.classifier(self.pooled[chosen])
            return found
        (found,) = model(**self.tokens.batch(chosen, longest))
        return found

    @torch.no_grad()
    def all_logits(self, model: Any) -> Tensor:
        """Of all sentences, in evaluation, [sentences, classes]."""
        model.eval()
        return torch.cat([self.logits(model, one, self.tokens.longest(one)) for one in self._parts()])

    @torch.no_grad()
    def features(self, model: Any) -> Tensor:
        """What the pooler makes of all sentences, in evaluation, [sentences, hidden]."""
        model.eval()
        bert = super(type(model), model).forward  # without the classifier
        parts = [bert(**self.tokens.batch(one, self.tokens.longest(one))).pooler_output for one in self._parts()]
        return torch.cat(parts)

    def _parts(self) -> Iterator[Tensor]:
        return in_batches(len(self.labels), EVALUATED)


def probabilities(pretrained: Pretrained, sentences: list[str], device: str = "cpu") -> NDArray[np.float64]:
    """What a classifier says of sentences, [sentences, classes].

    Raises:  TooLongError.
    """
    tokens = encoded(pretrained.tokenizer, sentences, most=pretrained.most)
    prepare(pretrained.model.config.hidden_size, min(len(sentences), EVALUATED) * tokens.ids.shape[1])
    material = Material(tokens.to(device), torch.zeros(len(sentences), dtype=torch.int64))
    logits = material.all_logits(pretrained.model.to(device))
    found: NDArray[np.float64] = logits.double().softmax(dim=1).cpu().numpy()
    return found


def _optimizer(model: nn.Module, recipe: Recipe, device: str) -> torch.optim.Optimizer:
    """AdamW, without decay of biases and norms, which the notebook sorts out and then forgets."""
    learning = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    kept = [one for name, one in learning if recipe.as_notebook or not name.endswith(UNDECAYED)]
    others = [one for name, one in learning if not recipe.as_notebook and name.endswith(UNDECAYED)]
    groups = [{"params": kept, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    on_gpu = device != "cpu"
    rate = torch.tensor(0.0, device=device) if on_gpu else 0.0
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=rate, fused=True, capturable=on_gpu)


def _rates(highest: float, steps: int) -> list[float]:
    """Up in a line over the first tenth, from nothing, and down in a line to nothing: the notebook's schedule."""
    warm = int(WARM_UP * steps)
    return [highest * (step / warm if step < warm else (steps - step) / (steps - warm)) for step in range(steps)]

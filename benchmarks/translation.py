"""What is timed of the translation models, and what a round of it is, the project's way and the notebook's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch

from benchmarks.notebook import SENTENCE, Notebook
from benchmarks.pair import OURS, THEIRS, Round
from impl.nmt.decoding import course_limit, translate
from impl.nmt.machine import Plan, plan, plan_to_translate, prepare
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
from spec.error import TRAINED_ALIKE

SIZES = (16, 32, 48, 64, 96, 128)
BATCHES = {64: "small", 512: "large"}
WORDS = 640
ROUNDS = {"step": 7, "epoch": 7, "decode": 3, "run": 3}
ROUNDS_ON_GPU = ROUNDS | {"epoch": 3, "decode": 1}  # the notebook's way takes as long as on a CPU there, or longer
STEPS = {64: 10, 512: 3}  # a round, by the batch's size, all with the same batch
TAUGHT = 8  # epochs before decoding, so that words end
What = Literal["step", "epoch", "decode", "run"]


@dataclass(frozen=True)
class TranslationCase:
    """One model on one device, and what of it is timed."""

    device: str
    what: What
    recipe: Recipe

    @property
    def id(self) -> str:
        """The case's name."""
        one = self.recipe
        return f"{self.device}/nmt {one.model} {one.hidden} x {one.layers} batch {one.batch} {self.what}"

    @property
    def ways(self) -> tuple[str, ...]:
        """Who is timed: both, except where the notebook's way takes minutes."""
        return (OURS,) if self.what == "run" else (OURS, THEIRS)

    @property
    def rounds(self) -> int:
        """How many are timed."""
        return (ROUNDS_ON_GPU if self.device == "cuda" else ROUNDS)[self.what]

    @property
    def parts(self) -> int:
        """How many steps a round is."""
        return STEPS[self.recipe.batch] if self.what == "step" else 1

    def ready(self, kind: str) -> tuple[Round, Any]:
        """What a round is, warm, and what it comes to."""
        torch.set_grad_enabled(kind == THEIRS)
        made = _notebooks if kind == THEIRS else _ours
        return made(self, *load(self.recipe.data).split(self.recipe.seed))

    def demand_agreement(self, ours: Any, theirs: Any) -> None:
        """Demand the same losses, or nearly all the same words.

        Raises:  RuntimeError.
        """
        if self.what == "decode":
            same = sum(a == b for a, b in zip(ours, theirs, strict=True))
            if same < 0.99 * len(theirs):  # near ties fall either way
                raise RuntimeError(f"{self.id}: {same} of {len(theirs)} words are the same")
            return
        rate = 1.0 if self.what == "step" else 100.0  # updates of an epoch apart
        if not all(abs(a - b) <= TRAINED_ALIKE * rate for a, b in zip(ours, theirs, strict=True)):
            raise RuntimeError(f"{self.id}: the losses are {ours} and {theirs}")


def cases(device: str, *, is_quick: bool = False) -> list[TranslationCase]:
    """Epochs, runs and decoding of the small list; steps of both models at every size and both batch sizes."""
    models: tuple[Any, ...] = ("decoder", "encoder-decoder")
    recipes = [
        Recipe(model=model, hidden=hidden, batch=batch, data=data)
        for model in models
        for hidden in SIZES
        for batch, data in BATCHES.items()
    ]
    small = [recipe for recipe in recipes if recipe.batch == 64 and recipe.hidden in {16, 32, 64, 128}]
    known = [TranslationCase(device, "epoch", recipe) for recipe in small]
    if device == "cuda":  # from nothing to the end, which is minutes elsewhere
        known += [TranslationCase(device, "run", recipe) for recipe in small if recipe.hidden == 128]
    decoding = [recipe for recipe in small if recipe.hidden in {32, 64, 128}]
    if device == "cuda":  # where a word at a time takes longest
        decoding = [recipe for recipe in decoding if recipe.hidden == 128 and recipe.decoder_only]
    known += [TranslationCase(device, "decode", recipe) for recipe in decoding]
    known += [TranslationCase(device, "step", recipe) for recipe in recipes]
    quick = ("decoder 32 x 4 batch 64 epoch", "decoder 64 x 4 batch 512 step")
    return [case for case in known if not is_quick or case.id.endswith(tuple(f"nmt {name}" for name in quick))]


def _notebooks(case: TranslationCase, train: list[Any], unseen: list[Any]) -> tuple[Round, Any]:
    notebook = Notebook(case.recipe, train, unseen, case.device)
    if case.what == "step":
        return _notebook_step(notebook)
    if case.what == "epoch":
        return notebook.epoch, [notebook.epoch() for _ in range(2)]
    taught = _taught(case.recipe, train, unseen, case.device)
    notebook.modules.load_state_dict(taught.learner.modules.state_dict())
    words = [source for source, _ in unseen][:WORDS]
    return lambda: notebook.translate(words), notebook.translate(words)


def _ours(case: TranslationCase, train: list[Any], unseen: list[Any]) -> tuple[Round, Any]:
    recipe, device = case.recipe, case.device
    divided = plan(recipe.hidden, recipe.layers) if device == "cpu" else Plan(1, 1)
    prepare(divided)
    if case.what == "decode":
        words = [source for source, _ in unseen][:WORDS]
        translator = _taught(recipe, train, unseen, device).learner.translator()
        prepare(plan_to_translate(recipe.hidden))
        return lambda: translate(translator, words, course_limit), translate(translator, words, course_limit)
    if case.what == "run":
        return lambda: _run(Training(recipe, train, unseen, device)), None
    training = Training(recipe, train, unseen, device, processes=divided.processes)
    if case.what == "epoch":
        return lambda: _epoch_and_sentence(training), [training.epoch().val_loss for _ in range(2)]
    place = max(range(len(training.train)), key=lambda one: training.train[one].targets.numel())
    return lambda: training.updates([place] * STEPS[recipe.batch]), training.updates([place] * 4).tolist()


def _taught(recipe: Recipe, train: list[Any], unseen: list[Any], device: str) -> Training:
    """A model that has learned to end its words: the same in both processes, for one thread adds in one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    training = Training(recipe, train, unseen, device)
    for _ in range(TAUGHT):
        training.epoch()
    torch.set_num_threads(threads)
    return training


def _run(training: Training) -> None:
    """All epochs."""
    while not training.over:
        training.epoch()


def _epoch_and_sentence(training: Training) -> None:
    """An epoch, and what the notebook does after each: a sentence is translated."""
    training.epoch()
    translate(training.learner.translator(), SENTENCE.split(), course_limit)


def _notebook_step(notebook: Notebook) -> tuple[Round, list[float]]:
    """The step of the largest batch, its tensors built from words each time."""
    size = notebook.recipe.batch
    parts = [group[start : start + size] for group in notebook.train.values() for start in range(0, len(group), size)]
    largest = max(parts, key=lambda part: len(part) * (len(part[0][1]) + 1))
    group = {(len(largest[0][0]), len(largest[0][1])): largest}

    def step() -> list[float]:
        return notebook.losses(group, train=True)

    notebook.optimizer.param_groups[0]["lr"] *= notebook.recipe.decay  # as the first epoch's
    return lambda: [step() for _ in range(STEPS[size])], [step()[0] for _ in range(4)]

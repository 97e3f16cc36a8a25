"""What is timed of the translation models, and by whom: one process trains the project's way, one the notebook's.

Threads and the C library's allocator belong to a whole process, and each way has its own; so rounds are asked for in
turn from two processes, of which one waits while the other works.
"""

from __future__ import annotations

import multiprocessing as mp
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch

from benchmarks.clock import synchronise
from benchmarks.notebook import SENTENCE, Notebook
from impl.nmt.decoding import course_limit, translate
from impl.nmt.machine import prepare
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
from spec.error import TRAINED_ALIKE

OURS, THEIRS = "specimen", "notebook"
SIZES = (16, 32, 48, 64, 96, 128)
BATCHES = {64: "small", 512: "large"}
WORDS = 640
ROUNDS = {"step": 20, "epoch": 7, "decode": 6}
TAUGHT = 8  # epochs before decoding, so that words end
What = Literal["step", "epoch", "decode"]


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


def cases(device: str, *, is_quick: bool = False) -> list[TranslationCase]:
    """Steps of both models at every size and both batch sizes; epochs and decoding of the small list."""
    models: tuple[Any, ...] = ("decoder", "encoder-decoder")
    recipes = [
        Recipe(model=model, hidden=hidden, batch=batch, data=data)
        for model in models
        for hidden in SIZES
        for batch, data in BATCHES.items()
    ]
    known = [TranslationCase(device, "step", recipe) for recipe in recipes]
    small = [recipe for recipe in recipes if recipe.batch == 64 and recipe.hidden in {16, 32, 64, 128}]
    known += [TranslationCase(device, "epoch", recipe) for recipe in small]
    known += [TranslationCase(device, "decode", recipe) for recipe in small if recipe.hidden in {32, 128}]
    quick = ("decoder 32 x 4 batch 64 epoch", "decoder 64 x 4 batch 512 step")
    return [case for case in known if not is_quick or case.id.endswith(tuple(f"nmt {name}" for name in quick))]


class Pair:
    """The two processes, for as long as they are needed."""

    def __init__(self) -> None:
        context = mp.get_context("spawn")
        self._pipes = {}
        self._processes = []
        for kind in (OURS, THEIRS):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(kind, there), daemon=True)
            process.start()
            self._pipes[kind] = here
            self._processes.append(process)

    def times(self, case: TranslationCase) -> dict[str, list[float]]:
        """Seconds a round, both ways in turn, in an order drawn anew.

        Raises:  RuntimeError where the two do not come to the same, or one of them raises.
        """
        results = {kind: self._ask(kind, case) for kind in (OURS, THEIRS)}
        _demand_agreement(case, results[OURS], results[THEIRS])
        times: dict[str, list[float]] = {OURS: [], THEIRS: []}
        dice = random.Random(0)
        for _ in range(ROUNDS[case.what]):
            for kind in dice.sample((OURS, THEIRS), 2):
                times[kind].append(self._ask(kind, "go"))
        return times

    def close(self) -> None:
        """End both."""
        for process in self._processes:
            process.terminate()
            process.join()

    def _ask(self, kind: str, question: Any) -> Any:
        self._pipes[kind].send(question)
        raised, answer = self._pipes[kind].recv()
        if raised:
            raise RuntimeError(f"{kind}: {answer}")
        return answer


@contextmanager
def both() -> Iterator[Pair]:
    """Two processes that are ended in any case."""
    pair = Pair()
    try:
        yield pair
    finally:
        pair.close()


def _serve(kind: str, pipe: Any) -> None:
    """Answer cases with what they come to, and every "go" with the seconds that a round took."""
    round_: Callable[[], Any] = lambda: None  # noqa: E731
    device = "cpu"
    while True:
        question = pipe.recv()
        try:
            if question == "go":
                started = time.perf_counter()
                round_()
                synchronise(device)
                pipe.send((False, time.perf_counter() - started))
                continue
            device = question.device
            round_, result = _ready(kind, question)
            pipe.send((False, result))
        except Exception as error:  # noqa: BLE001 - told to who asked
            pipe.send((True, f"{type(error).__name__}: {error}"))


def _ready(kind: str, case: TranslationCase) -> tuple[Callable[[], Any], Any]:
    """What a round is, warm, and what it comes to."""
    recipe, device = case.recipe, case.device
    train, unseen = load(recipe.data).split(recipe.seed)
    if kind == THEIRS:
        notebook = Notebook(recipe, train, unseen, device)
        if case.what == "step":
            return _notebook_step(notebook)
        if case.what == "epoch":
            return notebook.epoch, [notebook.epoch() for _ in range(2)]
        notebook.modules.load_state_dict(_taught(recipe, train, unseen, device).learner.modules.state_dict())
        words = [source for source, _ in unseen][:WORDS]
        return lambda: notebook.translate(words), notebook.translate(words)
    prepare(recipe.hidden)
    torch.set_grad_enabled(False)
    training = Training(recipe, train, unseen, device)
    if case.what == "step":
        batch = max(training.train, key=lambda one: one.targets.numel())
        training._set_rate(recipe.learning_rate)
        return lambda: training.update(batch), [training.update(batch).item() for _ in range(4)]
    if case.what == "epoch":
        return lambda: _epoch_and_sentence(training), [training.epoch().val_loss for _ in range(2)]
    words = [source for source, _ in unseen][:WORDS]
    translator = _taught(recipe, train, unseen, device).learner.translator()
    return lambda: translate(translator, words, course_limit), translate(translator, words, course_limit)


def _taught(recipe: Recipe, train: list[Any], unseen: list[Any], device: str) -> Training:
    """A model that has learned to end its words: the same in both processes, for one thread adds in one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    training = Training(recipe, train, unseen, device)
    for _ in range(TAUGHT):
        training.epoch()
    torch.set_num_threads(threads)
    return training


def _epoch_and_sentence(training: Training) -> None:
    """An epoch, and what the notebook does after each: a sentence is translated."""
    training.epoch()
    translate(training.learner.translator(), SENTENCE.split(), course_limit)


def _notebook_step(notebook: Notebook) -> tuple[Callable[[], Any], list[float]]:
    """The step of the largest batch, its tensors built from words each time."""
    size = notebook.recipe.batch
    parts = [group[start : start + size] for group in notebook.train.values() for start in range(0, len(group), size)]
    largest = max(parts, key=lambda part: len(part) * (len(part[0][1]) + 1))
    group = {(len(largest[0][0]), len(largest[0][1])): largest}

    def step() -> list[float]:
        return notebook.losses(group, train=True)

    return step, [step()[0] for _ in range(4)]


def _demand_agreement(case: TranslationCase, ours: Any, theirs: Any) -> None:
    if case.what == "decode":
        same = sum(a == b for a, b in zip(ours, theirs, strict=True))
        if same < 0.99 * len(theirs):  # near ties fall either way
            raise RuntimeError(f"{case.id}: {same} of {len(theirs)} words are the same")
        return
    rate = 1.0 if case.what == "step" else 100.0  # updates of an epoch apart
    if any(abs(a - b) > TRAINED_ALIKE * rate for a, b in zip(ours, theirs, strict=True)):
        raise RuntimeError(f"{case.id}: the losses are {ours} and {theirs}")

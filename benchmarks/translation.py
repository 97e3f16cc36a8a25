"""What is timed of the translation models, and by whom: one process trains the project's way, one the notebook's.

Threads and the C library's allocator belong to a whole process, and each way has its own; so rounds are asked for in
turn from two processes, of which one waits while the other works. The project's way may start more of its own.
"""

from __future__ import annotations

import multiprocessing as mp
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch

from benchmarks.clock import synchronise
from benchmarks.notebook import SENTENCE, Notebook
from impl.nmt.decoding import course_limit, translate
from impl.nmt.machine import Plan, plan, plan_to_translate, prepare
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
from spec.error import TRAINED_ALIKE

OURS, THEIRS = "specimen", "notebook"
SIZES = (16, 32, 48, 64, 96, 128)
BATCHES = {64: "small", 512: "large"}
WORDS = 640
ROUNDS = {"step": 7, "epoch": 7, "decode": 3, "run": 3}
ROUNDS_ON_GPU = ROUNDS | {"epoch": 3, "decode": 1}  # the notebook's way takes as long as on a CPU there, or longer
STEPS = {64: 10, 512: 3}  # a round, by the batch's size, all with the same batch
TAUGHT = 8  # epochs before decoding, so that words end
What = Literal["step", "epoch", "decode", "run"]


class Timed(NamedTuple):
    """A way's rounds, and on a GPU the sum of the times of the kernels that it launched in another one.

    Units:   seconds, of one step where steps are timed.
    """

    times_s: list[float]
    kernels_s: float | None


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


class Pair:
    """The two processes, for as long as they are needed."""

    def __init__(self) -> None:
        context = mp.get_context("spawn")
        self._pipes = {}
        self._processes = []
        for kind in (OURS, THEIRS):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(kind, there))
            process.start()
            there.close()
            self._pipes[kind] = here
            self._processes.append(process)

    def times(self, case: TranslationCase) -> dict[str, Timed]:
        """Rounds of each way, the ways in turn, in an order drawn anew.

        Raises:  RuntimeError where they do not come to the same, or one of them raises.
        """
        results = {kind: self._ask(kind, case) for kind in case.ways}
        if len(results) > 1:
            _demand_agreement(case, results[OURS], results[THEIRS])
        times: dict[str, list[float]] = {kind: [] for kind in case.ways}
        dice = random.Random(0)
        for _ in range((ROUNDS_ON_GPU if case.device == "cuda" else ROUNDS)[case.what]):
            for kind in dice.sample(case.ways, len(case.ways)):
                times[kind].append(self._ask(kind, "go"))
        has_kernels = case.device == "cuda" and case.what == "step"
        return {kind: Timed(times[kind], self._ask(kind, "kernels") if has_kernels else None) for kind in case.ways}

    def close(self) -> None:
        """End both."""
        for pipe in self._pipes.values():
            pipe.close()  # which ends it, and with it what it has started
        for process in self._processes:
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
    """Answer cases with what they come to, and every "go" with the seconds that a round took; until nobody asks any more."""
    round_: Callable[[], Any] = lambda: None  # noqa: E731
    device, parts = "cpu", 1
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        try:
            if question == "go":
                started = time.perf_counter()
                round_()
                synchronise(device)
                pipe.send((False, (time.perf_counter() - started) / parts))
                continue
            if question == "kernels":
                pipe.send((False, _kernels_s(round_) / parts))
                continue
            device, parts = question.device, STEPS[question.recipe.batch] if question.what == "step" else 1
            round_, result = _ready(kind, question)
            pipe.send((False, result))
        except Exception as error:  # noqa: BLE001 - told to who asked
            pipe.send((True, f"{type(error).__name__}: {error}"))


def _kernels_s(round_: Callable[[], Any]) -> float:
    """The sum of the times of the kernels that a round launches, as if one ran after the other."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        round_()
        torch.cuda.synchronize()
    return sum(kernel.self_device_time_total for kernel in profile.key_averages()) / 1e6


def _ready(kind: str, case: TranslationCase) -> tuple[Callable[[], Any], Any]:
    """What a round is, warm, and what it comes to."""
    torch.set_grad_enabled(kind == THEIRS)
    return (_notebooks if kind == THEIRS else _ours)(case, *load(case.recipe.data).split(case.recipe.seed))


def _notebooks(case: TranslationCase, train: list[Any], unseen: list[Any]) -> tuple[Callable[[], Any], Any]:
    notebook = Notebook(case.recipe, train, unseen, case.device)
    if case.what == "step":
        return _notebook_step(notebook)
    if case.what == "epoch":
        return notebook.epoch, [notebook.epoch() for _ in range(2)]
    taught = _taught(case.recipe, train, unseen, case.device)
    notebook.modules.load_state_dict(taught.learner.modules.state_dict())
    words = [source for source, _ in unseen][:WORDS]
    return lambda: notebook.translate(words), notebook.translate(words)


def _ours(case: TranslationCase, train: list[Any], unseen: list[Any]) -> tuple[Callable[[], Any], Any]:
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


def _notebook_step(notebook: Notebook) -> tuple[Callable[[], Any], list[float]]:
    """The step of the largest batch, its tensors built from words each time."""
    size = notebook.recipe.batch
    parts = [group[start : start + size] for group in notebook.train.values() for start in range(0, len(group), size)]
    largest = max(parts, key=lambda part: len(part) * (len(part[0][1]) + 1))
    group = {(len(largest[0][0]), len(largest[0][1])): largest}

    def step() -> list[float]:
        return notebook.losses(group, train=True)

    notebook.optimizer.param_groups[0]["lr"] *= notebook.recipe.decay  # as the first epoch's
    return lambda: [step() for _ in range(STEPS[size])], [step()[0] for _ in range(4)]


def _demand_agreement(case: TranslationCase, ours: Any, theirs: Any) -> None:
    if case.what == "decode":
        same = sum(a == b for a, b in zip(ours, theirs, strict=True))
        if same < 0.99 * len(theirs):  # near ties fall either way
            raise RuntimeError(f"{case.id}: {same} of {len(theirs)} words are the same")
        return
    rate = 1.0 if case.what == "step" else 100.0  # updates of an epoch apart
    if any(abs(a - b) > TRAINED_ALIKE * rate for a, b in zip(ours, theirs, strict=True)):
        raise RuntimeError(f"{case.id}: the losses are {ours} and {theirs}")

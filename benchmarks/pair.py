"""Two processes that are timed in turn: one works the project's way, one the notebook's, and one waits while the other works.

Threads and the C library's allocator belong to a whole process, and each way has its own. The project's way may start
more processes.
"""

from __future__ import annotations

import gc
import multiprocessing as mp
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import torch

from benchmarks.clock import synchronise

OURS, THEIRS = "specimen", "notebook"
Round = Callable[[], Any]


class Timed(NamedTuple):
    """A way's rounds, and on a GPU the sum of the times of the kernels that it launched in another one.

    Units:   seconds, of one step where steps are timed.
    """

    times_s: list[float]
    kernels_s: float | None


class Case(Protocol):
    """What is timed in both ways; it is sent to both processes, so its class stands in a module."""

    @property
    def id(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def what(self) -> str: ...

    @property
    def ways(self) -> tuple[str, ...]:
        """Who is timed."""

    @property
    def rounds(self) -> int: ...

    @property
    def parts(self) -> int:
        """How many steps a round is; 1 where it is a whole."""

    def ready(self, kind: str) -> tuple[Round, Any]:
        """What a round of one way is, warm, and what it comes to."""

    def demand_agreement(self, ours: Any, theirs: Any) -> None:
        """Raise RuntimeError where the ways do not come to the same."""


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

    def times(self, case: Case) -> dict[str, Timed]:
        """Rounds of each way, the ways in turn, in an order drawn anew.

        Raises:  RuntimeError where they do not come to the same, or one of them raises.
        """
        results = {kind: self._ask(kind, case) for kind in case.ways}
        if len(results) > 1:
            case.demand_agreement(results[OURS], results[THEIRS])
        times: dict[str, list[float]] = {kind: [] for kind in case.ways}
        dice = random.Random(0)
        for _ in range(case.rounds):
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


def rows(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """A row a case and way, the notebook's first."""
    return [(case.id, kernel) for case in cases for kernel in reversed(case.ways)]


def about(timed: dict[str, Timed], kernel: str) -> dict[str, float]:
    """What a row of one way says beside its times: how many times as fast as the notebook's way it is."""
    median = statistics.median(timed[kernel].times_s)
    said = {}
    if THEIRS in timed:
        said["ratio_to_notebook"] = statistics.median(timed[THEIRS].times_s) / median
    if (kernels_s := timed[kernel].kernels_s) is not None:
        said |= {"kernels_s": kernels_s, "ratio_to_kernels": median / kernels_s}
    return said


def _serve(kind: str, pipe: Any) -> None:
    """Answer cases with what they come to, and every "go" with the seconds that a round took; until nobody asks any more."""
    round_: Round = _nothing
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
            round_ = _nothing  # the case before is let go of, for this one may need its memory
            gc.collect()
            device, parts = question.device, question.parts
            round_, result = question.ready(kind)
            pipe.send((False, result))
        except Exception as error:  # noqa: BLE001 - told to who asked
            pipe.send((True, f"{type(error).__name__}: {error}"))


def _nothing() -> None:
    """A round of no case."""


def _kernels_s(round_: Round) -> float:
    """The sum of the times of the kernels that a round launches, as if one ran after the other."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        round_()
        torch.cuda.synchronize()
    return sum(kernel.self_device_time_total for kernel in profile.key_averages()) / 1e6

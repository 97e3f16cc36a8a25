"""The clock: one way to time calls, which every kernel, the empty one among them, goes through.

Calls are warmed up first; then every pass times one round of each kernel, in an order drawn anew, so that what disturbs
the machine disturbs all alike; a round is as many calls as make it long enough to be told from the timer's own steps.
"""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import torch

WARM_CALLS = 2
MOST_ITERATIONS = 100_000
Call = Callable[[], Any]
Timer = Callable[[], Any]
"""Gives marks; the difference of two is the time between them in seconds. pytest-benchmark takes such a timer too."""


class EventMark:
    """A point in a GPU's stream.

    Units:   the difference of two is in seconds, by the GPU's own clock; taking it waits for the later one.
    """

    def __init__(self, event: Any) -> None:
        self._event = event

    def __sub__(self, earlier: EventMark) -> float:
        self._event.synchronize()
        elapsed_ms: float = earlier._event.elapsed_time(self._event)
        return elapsed_ms / 1e3


def cuda_events() -> EventMark:
    """A timer of CUDA events: a mark is recorded in the current stream, behind what was launched so far."""
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return EventMark(event)


TIMERS: dict[str, Timer] = {"cpu": time.perf_counter, "cuda": cuda_events}


@dataclass(frozen=True)
class Effort:
    """How long to measure. A round lasts `round_s` or one call, whichever is longer; a kernel takes part in passes until
    it has used `share_s`, but in `least` of them, and at most in `most`.

    Edges:   6 rounds are the fewest that give a median an interval of 95 % (docs/compare.md).
    """

    share_s: float
    warm_s: float = 0.05
    round_s: float = 3e-3
    least: int = 7
    most: int = 100


@dataclass
class Samples:
    """What one kernel's rounds took.

    Units:   seconds a call, each the mean over a round of `iterations` calls.
    """

    iterations: int
    times_s: list[float] = field(default_factory=list)


def warm(calls: Sequence[Call], *, device: str, warm_s: float) -> None:
    """Call until `warm_s` is spent, twice at least: compilation, caches and the clock's rise are then over."""
    end = time.perf_counter() + warm_s
    for done, call in enumerate(cycle(calls)):
        if done >= WARM_CALLS and time.perf_counter() >= end:
            return
        call()
        synchronise(device)


def interleaved(kernels: Mapping[str, Sequence[Call]], *, timer: Timer, effort: Effort) -> dict[str, Samples]:
    """The times of kernels that are warm, pass by pass.

    Shapes:  a kernel's calls are one an input set, and are made in turn.
    Edges:   marks are subtracted after the pass, so that a GPU never runs dry between two kernels because of the clock.
    """
    turns = {name: cycle(calls) for name, calls in kernels.items()}
    samples = {name: Samples(_iterations(turn, timer, effort.round_s)) for name, turn in turns.items()}
    dice = random.Random(0)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        while taking_part := [name for name, sample in samples.items() if _goes_on(sample, effort)]:
            dice.shuffle(taking_part)
            if timer is cuda_events:  # an idle GPU waits for the first launch, which the first kernel would pay for
                next(turns[taking_part[0]])()
            marks = {name: _round(turns[name], samples[name].iterations, timer) for name in taking_part}
            for name, (start, stop) in marks.items():
                samples[name].times_s.append((stop - start) / samples[name].iterations)
    finally:
        if was_enabled:
            gc.enable()
    return samples


def _goes_on(sample: Samples, effort: Effort) -> bool:
    done = len(sample.times_s)
    return done < effort.least or (done < effort.most and sum(sample.times_s) * sample.iterations < effort.share_s)


def _round(turn: Iterator[Call], iterations: int, timer: Timer) -> tuple[Any, Any]:
    """The marks around so many calls. Where they are several, one goes before them: the kernel that had the caches before is
    otherwise paid for by the first, and the more, the fewer they are.
    """
    if iterations > 1:
        next(turn)()
    calls = list(islice(turn, iterations))
    start = timer()
    for call in calls:
        call()
    return start, timer()


def _iterations(turn: Iterator[Call], timer: Timer, round_s: float) -> int:
    """How many calls make a round of `round_s`: found by rounds ten times as long each time, of which the shortest of three
    counts, because whatever disturbs a round makes it longer; of calls longer than a round by far, the first.
    """
    iterations = 1
    while True:
        taken = math.inf
        for _ in range(3):
            start, stop = _round(turn, iterations, timer)
            taken = min(taken, stop - start)
            if iterations == 1 and taken > 10 * round_s:
                break
        if taken >= round_s / 3 or iterations >= MOST_ITERATIONS:
            return min(MOST_ITERATIONS, max(1, math.ceil(iterations * round_s / max(taken, 1e-9))))
        iterations *= 10


def replayed(call: Call) -> Call:
    """A call of a GPU that is warm, captured in a CUDA graph: what it launches without the launching. Every replay fills the
    results of the first.
    """
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        results = call()

    def replay() -> Any:
        graph.replay()
        return results

    return replay


def synchronise(device: str) -> None:
    """Wait for a GPU; a CPU has nothing to wait for."""
    if device == "cuda":
        torch.cuda.synchronize()


def whole_step_s(step: Call, *, device: str) -> float:
    """What a whole step takes by the wall clock, from a device that is idle to one that is idle again.

    Units:   seconds.
    """
    synchronise(device)
    start = time.perf_counter()
    step()
    synchronise(device)
    return time.perf_counter() - start


def peak_bytes(call: Call, *, device: str) -> int:
    """The most memory that one call held at a time beyond what was held before, its inputs not counted.

    Edges:   what torch's allocators gave out; memory that a library takes for itself past them is not seen.
    """
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        call()
    # The profiler's own tables add allocations up by operator; only its raw events have them in the order of time.
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most

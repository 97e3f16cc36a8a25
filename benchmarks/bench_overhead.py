"""What the clock itself costs: an empty kernel, by the very path that times kernels."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks import clock, measure
from benchmarks.cases import FORWARD, SETS, BenchCase

MOST_S = {"cpu": 2e-6, "cuda": 5e-6}
EFFORT = clock.Effort(share_s=0.5)


def overhead_s(device: str) -> tuple[list[float], int]:
    """What a call of an empty kernel takes, and how many calls made a round; on a GPU, above what two events take.

    Units:   seconds a call.
    """
    samples = timed(lambda q, k, v, **keywords: q, device)
    floor_s = _floor_s(device) / samples.iterations if device == "cuda" else 0.0
    return [max(time_s - floor_s, 1e-12) for time_s in samples.times_s], samples.iterations


def timed(kernel: Callable[..., Any], device: str) -> clock.Samples:
    """The times of a kernel on inputs so small that nothing but the call counts."""
    case = BenchCase(device, "overhead", 1, 1, 8, 8, "float32", True, FORWARD, ("empty",))
    calls = [measure.call_of(case, kernel, measure.inputs(case, seed=seed)) for seed in range(SETS)]
    clock.warm(calls, device=device, warm_s=0.05)
    return clock.interleaved({"one": calls}, timer=clock.TIMERS[device], effort=EFFORT)["one"]


def _floor_s(device: str) -> float:
    """Two marks with nothing in between."""
    timer = clock.TIMERS[device]
    pairs = [(timer(), timer()) for _ in range(101)]
    return statistics.median(stop - start for start, stop in pairs)


def test_an_empty_kernel_costs_next_to_nothing(session: Any, row: Callable[..., None]) -> None:
    times_s, iterations = overhead_s(session.device)
    row(times_s, iterations=iterations, kernel="empty", case=f"{session.device}/overhead", group="overhead")
    assert statistics.median(times_s) <= MOST_S[session.device]


def test_a_launch(session: Any, row: Callable[..., None]) -> None:
    """One operation on one row, on a GPU one launch: no kernel that is not replayed can be faster."""
    samples = timed(lambda q, k, v, **keywords: q[0, 0, 0].neg(), session.device)
    row(
        samples.times_s,
        iterations=samples.iterations,
        kernel="launch",
        case=f"{session.device}/overhead",
        group="overhead",
    )

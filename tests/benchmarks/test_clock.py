"""The clock: its timers, its rounds, its memory column, and what it costs itself."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmarks import bench_overhead, clock, probes

QUICK = clock.Effort(share_s=0.02, warm_s=0.0, round_s=1e-3, least=7, most=20)


class StandInEvent:
    """An event of a GPU that is not there: it was recorded at a time in milliseconds."""

    def __init__(self, at_ms: float) -> None:
        self.at_ms = at_ms
        self.was_awaited = False

    def synchronize(self) -> None:
        self.was_awaited = True

    def elapsed_time(self, later: StandInEvent) -> float:
        return later.at_ms - self.at_ms


def ticking(step_s: float) -> Callable[[], float]:
    """A timer that is `step_s` later at every reading."""
    count = itertools.count()
    return lambda: next(count) * step_s


def test_the_difference_of_two_marks_is_seconds_and_waits_for_the_later_one() -> None:
    first, second = StandInEvent(100.0), StandInEvent(102.5)
    assert clock.EventMark(second) - clock.EventMark(first) == 2.5e-3
    assert (first.was_awaited, second.was_awaited) == (False, True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_events_of_a_gpu_time_what_was_launched_between_them() -> None:
    a = torch.randn(4096, 4096, device="cuda")
    start = clock.cuda_events()
    for _ in range(10):
        a @ a
    taken = clock.cuda_events() - start
    wall = clock.whole_step_s(lambda: [a @ a for _ in range(10)], device="cuda")
    assert 0 < taken <= 2 * wall


def test_every_kernel_takes_part_and_every_input_set_is_used() -> None:
    used: list[str] = []
    kernels = {name: [lambda n=name, i=i: used.append(f"{n}{i}") for i in range(3)] for name in "ab"}
    samples = clock.interleaved(kernels, timer=time.perf_counter, effort=QUICK)
    assert set(used) == {"a0", "a1", "a2", "b0", "b1", "b2"}
    assert all(QUICK.least <= len(s.times_s) <= QUICK.most for s in samples.values())


def test_rounds_of_kernels_are_interleaved() -> None:
    order: list[str] = []
    kernels: dict[str, list[Any]] = {name: [lambda n=name: (order.append(n), time.sleep(2e-3))] for name in "abc"}
    clock.interleaved(kernels, timer=time.perf_counter, effort=replace(QUICK, share_s=0.0))
    passes = [set(order[-3 * i - 3 : len(order) - 3 * i]) for i in range(5)]
    assert passes == [set("abc")] * 5


def test_a_time_is_that_of_one_call() -> None:
    made: list[None] = []
    effort = replace(QUICK, round_s=2**-10)
    calls = {"any": [lambda: made.append(None)]}
    samples = clock.interleaved(calls, timer=lambda: len(made) * 2**-13, effort=effort)["any"]
    assert (samples.iterations, set(samples.times_s)) == (8, {2**-13})


def test_no_kernel_pays_for_the_one_before() -> None:
    now, caches = [0.0], [""]

    def call(name: str) -> None:
        now[0] += 2**-13 if caches[0] == name else 2**-9
        caches[0] = name

    effort = replace(QUICK, round_s=2**-10)
    calls = {name: [lambda name=name: call(name)] for name in "ab"}
    samples = clock.interleaved(calls, timer=lambda: now[0], effort=effort)
    assert {time_s for one in samples.values() for time_s in one.times_s} == {2**-13}


def test_a_gpu_is_not_idle_when_a_pass_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(clock, "cuda_events", lambda: (seen.append("mark"), len(seen) * 1.0)[1])
    effort = replace(QUICK, round_s=0.1)
    clock.interleaved({"any": [lambda: seen.append("call")]}, timer=clock.cuda_events, effort=effort)
    assert seen == ["mark", "call", "mark"] + ["call", "mark", "call", "mark"] * QUICK.least


def test_times_are_the_timers() -> None:
    samples = clock.interleaved({"any": [lambda: None]}, timer=ticking(0.25), effort=QUICK)["any"]
    assert (samples.iterations, set(samples.times_s)) == (1, {0.25})


def test_warming_up_calls_twice_at_least_and_goes_on_until_the_time_is_over() -> None:
    calls: list[float] = []
    clock.warm([lambda: calls.append(time.perf_counter())], device="cpu", warm_s=0.0)
    assert len(calls) == 2
    clock.warm([lambda: calls.append(time.perf_counter())], device="cpu", warm_s=0.02)
    assert calls[-1] - calls[2] > 0.01


def test_a_whole_step_is_timed_by_the_wall() -> None:
    start = time.perf_counter()
    taken = clock.whole_step_s(lambda: time.sleep(0.02), device="cpu")
    assert 0.02 <= taken <= time.perf_counter() - start


def test_peak_memory_is_the_most_that_was_held_at_a_time() -> None:
    kib = 1 << 10

    def call() -> torch.Tensor:
        first = torch.empty(1000 * kib, dtype=torch.uint8)
        second = torch.empty(300 * kib, dtype=torch.uint8)
        del first
        third = torch.empty(500 * kib, dtype=torch.uint8)
        del second
        return third

    call()
    assert clock.peak_bytes(call, device="cpu") == 1300 * kib


def test_peak_memory_counts_what_a_backward_pass_holds_and_not_the_inputs() -> None:
    x = torch.randn(1 << 18, requires_grad=True)  # 1 MiB

    def call() -> tuple[torch.Tensor, ...]:
        return torch.autograd.grad((x.exp()).sum(), x)

    call()
    assert 1 << 20 < clock.peak_bytes(call, device="cpu") <= 3 << 20


def test_the_clock_costs_at_most_two_microseconds_a_call() -> None:
    times_s, iterations = bench_overhead.overhead_s("cpu")
    assert statistics.median(times_s) <= bench_overhead.MOST_S["cpu"]
    assert iterations > 100


def test_probes_are_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(probes.PRODUCT_SIZE, "cpu", 256)
    monkeypatch.setitem(probes.COPIED_BYTES, "cpu", 1 << 20)
    found: Any = probes.probe("cpu")
    assert 1e8 < found["product_flops_per_s"]["float32"] < 1e14
    assert 1e7 < found["copy_bytes_per_s"] < 1e13

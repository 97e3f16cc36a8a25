"""Rows of attention: the work of a case, what is right, what has a time, and the report that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks import bench_attention, cases, check, clock, measure, report
from benchmarks.cases import BOTH, FORWARD, BenchCase
from benchmarks.check import Wrong
from impl.attention import kernel

SMALL = BenchCase("cpu", "cpu", 2, 3, 16, 8, "float32", True, FORWARD, ("sdpa",))
EFFORT = clock.Effort(share_s=0.0, warm_s=0.0, round_s=1e-4)
PROBES: dict[str, Any] = {"product_flops_per_s": {"float32": 1e11}, "copy_bytes_per_s": 1e10}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def naive(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """The right kernel, with its output changed."""
    return lambda q, k, v, **keywords: change(kernel("naive")(q, k, v, **keywords))


def outcome(case: BenchCase, made: Callable[..., Tensor], **options: Any) -> Any:
    return measure.measure(case, {"made": lambda: made}, effort=EFFORT, **options)["made"]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_case_is_listed_twice(device: str) -> None:
    known = [case.id for case in cases.cases(device)]
    assert sorted(known) == sorted(set(known))
    assert cases.QUICK[device] <= set(known)


def test_the_standard_grid_has_the_same_tokens_and_width_everywhere() -> None:
    standard = [case for case in cases.cases("cuda") if case.group == "standard"]
    assert {(c.batch * c.seq_len, c.n_heads * c.d_head) for c in standard} == {(16384, 2048)}
    assert len(standard) == 6 * 3 * 2 * 2 * 2


def test_work_is_counted_as_the_formulas_say() -> None:
    full = replace(SMALL, is_causal=False)
    assert full.flops == 2 * 3 * (2 * 16 * 16 * 8) * 2  # two products, a multiplication and an addition each
    assert SMALL.flops == full.flops / 2
    assert replace(full, direction=BOTH).flops == 3.5 * full.flops
    assert full.moved_bytes == 4 * (2 * 3 * 16 * 8) * 4
    assert replace(full, direction=BOTH, dtype="bfloat16").moved_bytes == 12 * (2 * 3 * 16 * 8) * 2


def test_padding_is_no_work() -> None:
    padded = replace(SMALL, batch=3, is_padded=True, is_causal=False)
    assert padded.flops == sum(4 * 3 * n * n * 8 for n in padded.lengths)
    assert padded.moved_bytes == sum(4 * 3 * n * 8 * 4 for n in padded.lengths)
    mask = measure.inputs(padded, seed=0).mask
    assert mask is not None
    assert [int(m.any(dim=-1).sum()) for m in mask[:, 0]] == list(padded.lengths)


@pytest.mark.parametrize(
    "case", [SMALL, replace(SMALL, direction=BOTH), replace(SMALL, is_padded=True, direction=BOTH)]
)
def test_a_right_kernel_has_times_memory_and_an_error_within_the_budget(case: BenchCase) -> None:
    found = outcome(case, kernel("chunked"))
    assert len(found.samples.times_s) >= EFFORT.least
    assert found.peak_bytes > 0
    assert 0 < found.error_in_budget <= 1


@pytest.mark.parametrize("whole", [1 << 30, 1], ids=["whole", "sampled"])
def test_a_row_that_is_wrong_is_caught_in_whole_and_by_samples(whole: int) -> None:
    case = replace(SMALL, seq_len=200, batch=4)
    inputs = measure.inputs(case, seed=0)
    right = check.truth(case, inputs, whole=whole)
    assert check.error_in_budget(case, kernel("chunked"), inputs, right) <= 1

    def late(out: Tensor) -> Tensor:
        out[-1, -1, -1, 5] += 0.01
        return out

    with pytest.raises(Wrong, match=r"out\[3, 2, 199, 5\]"):
        check.error_in_budget(case, naive(late), inputs, right)


@pytest.mark.parametrize("name", ["q", "k", "v"])
@pytest.mark.parametrize("whole", [1 << 30, 1], ids=["whole", "sampled"])
def test_a_gradient_that_is_wrong_is_caught(whole: int, name: str) -> None:
    case = replace(SMALL, direction=BOTH, seq_len=100)
    inputs = measure.inputs(case, seed=0)
    right = check.truth(case, inputs, whole=whole)
    assert check.error_in_budget(case, kernel("sdpa"), inputs, right) <= 1

    def scaled(q: Tensor, k: Tensor, v: Tensor, **keywords: Any) -> Tensor:
        given = {"q": q, "k": k, "v": v}
        given[name] = given[name] * 1.01 - given[name].detach() * 0.01
        return kernel("naive")(given["q"], given["k"], given["v"], **keywords)

    with pytest.raises(Wrong, match=f"grad {name}"):
        check.error_in_budget(case, scaled, inputs, right)


def test_a_gradient_where_nothing_is_drawn_must_be_zero() -> None:
    case = replace(SMALL, direction=BOTH, seq_len=100)
    inputs = measure.inputs(case, seed=0)

    def leaking(q: Tensor, k: Tensor, v: Tensor, **keywords: Any) -> Tensor:
        shifted = k.roll(1, dims=1)
        return kernel("naive")(q, k, v, **keywords) + (shifted - shifted.detach()).mean() * 1e-2

    with pytest.raises(Wrong, match="grad k"):
        check.error_in_budget(case, leaking, inputs, check.truth(case, inputs, whole=1))


def test_a_wrong_kernel_has_no_time_and_a_declining_one_neither() -> None:
    def declining(*_: Any, **__: Any) -> Tensor:
        raise NotImplementedError("not on Tuesdays")

    kernels = {
        "wrong": lambda: naive(lambda out: out * 1.001),
        "declining": lambda: declining,
        "right": lambda: naive(abs),
    }
    found = measure.measure(SMALL, kernels | {"right": lambda: kernel("sdpa")}, effort=EFFORT)
    assert isinstance(found["wrong"], Wrong)
    assert isinstance(found["declining"], NotImplementedError)
    assert isinstance(found["right"], measure.Measured)


def test_a_kernel_that_changes_its_inputs_is_wrong_and_harms_no_other() -> None:
    def changing(q: Tensor, k: Tensor, v: Tensor, **keywords: Any) -> Tensor:
        out = kernel("sdpa")(q, k, v, **keywords)
        k.zero_()
        return out

    found = measure.measure(SMALL, {"changing": lambda: changing, "sdpa": lambda: kernel("sdpa")}, effort=EFFORT)
    assert "changes its input k" in str(found["changing"])
    assert isinstance(found["sdpa"], measure.Measured)


def test_a_clock_that_is_too_fast_is_a_fault_of_the_measurement() -> None:
    ticks = iter(range(10**9))
    found = outcome(SMALL, kernel("sdpa"), timer=lambda: next(ticks) * 1e-4)
    slow = {"product_flops_per_s": {"float32": SMALL.flops / 1e-3}, "copy_bytes_per_s": 1.0}
    extra = report.extra_info(SMALL, "sdpa", found, slow, None)
    assert "faster than the roofline allows" in extra["fault"]
    honest = report.extra_info(SMALL, "sdpa", outcome(SMALL, kernel("sdpa")), PROBES, None)
    assert honest["fault"] is None


def test_memory_limits_only_what_no_cache_holds() -> None:
    flops_s, bytes_s = SMALL.flops / 1e11, SMALL.moved_bytes / 1e10
    assert bytes_s > flops_s
    assert report.limit_s(SMALL, PROBES, None) == flops_s
    assert report.limit_s(SMALL, PROBES, cases.SETS * SMALL.input_bytes) == flops_s
    assert report.limit_s(SMALL, PROBES, cases.SETS * SMALL.input_bytes - 1) == bytes_s
    assert report.limit_s(replace(SMALL, dtype="float16"), PROBES, None) is None


def test_what_a_backward_pass_finds_in_the_cache_is_not_read_again() -> None:
    both = replace(SMALL, direction=BOTH)
    array = both.moved_bytes / 12
    assert [both.least_bytes(n) for n in (int(8 * array) - 1, int(8 * array), 1 << 30)] == [12 * array, 8 * array, 0.0]


def test_a_case_that_is_replayed_is_timed_and_checked_as_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    captured: list[list[Any]] = []

    def capture(call: clock.Call) -> clock.Call:
        captured.append([])
        mine = captured[-1]
        return lambda: (mine.append(None), call())[1]

    monkeypatch.setattr(clock, "replayed", capture)
    case = replace(SMALL, direction=BOTH, is_replayed=True)
    assert isinstance(outcome(case, kernel("sdpa")), measure.Measured)
    *timed, checked = [len(calls) for calls in captured]
    assert len(timed) == cases.SETS
    assert min(timed) > 0
    assert checked == 1
    assert isinstance(outcome(case, naive(lambda out: 1.1 * out)), Wrong)


def test_a_kernel_that_cannot_be_captured_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(call: clock.Call) -> clock.Call:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(clock, "replayed", refuse)
    assert "not permitted" in str(outcome(replace(SMALL, is_replayed=True), kernel("sdpa")))


def test_what_keeps_a_case_from_being_measured_is_told_of_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **options: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(measure, "inputs", fail)
    found = bench_attention._measured(SMALL, ["sdpa", "naive"])
    assert {name: str(error) for name, error in found.items()} == dict.fromkeys(("sdpa", "naive"), "out of memory")

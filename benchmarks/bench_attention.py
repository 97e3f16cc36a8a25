"""What attention costs: every kernel on every case, the kernels of a case interleaved, each checked before it has a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import impl.attention
from benchmarks import check, clock, measure, report
from benchmarks.cases import BenchCase, cases

EFFORTS = {
    "cpu": clock.Effort(share_s=1.5),
    "cuda": clock.Effort(share_s=0.05, round_s=1e-3, most=40),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and kernel; a case's rows follow one another, so that it is measured once and can then be forgotten."""
    if metafunc.function is not test_attention:
        return
    known = cases(metafunc.config.getoption("device"), is_quick=metafunc.config.getoption("quick"))
    pairs = [(case.id, kernel) for case in known for kernel in case.kernels]
    metafunc.parametrize(("case", "kernel"), pairs, ids=[f"{case}-{kernel}" for case, kernel in pairs])


@pytest.fixture(scope="module")
def outcome_of(request: pytest.FixtureRequest, session: Any) -> Callable[[BenchCase, str], measure.Outcome]:
    """The outcome of one kernel on a case: all kernels of the case that this run selected are measured together."""
    latest: dict[str, dict[str, measure.Outcome]] = {}

    def find(case: BenchCase, kernel: str) -> measure.Outcome:
        if case.id not in latest:
            latest.clear()
            chosen = [p["kernel"] for p in map(_params, request.session.items) if p.get("case") == case.id]
            kernels = {name: partial(impl.attention.kernel, name) for name in chosen}
            latest[case.id] = measure.measure(case, kernels, effort=EFFORTS[case.device])
        return latest[case.id][kernel]

    return find


def test_attention(
    case: str, kernel: str, session: Any, row: Callable[..., None], benchmark: Any, outcome_of: Callable[..., Any]
) -> None:
    """Seconds a call. A kernel that is wrong fails and has no time; one that declines, or cannot be loaded, is skipped."""
    sizes = {c.id: c for c in cases(session.device)}[case]
    if not benchmark.enabled:
        inputs = measure.inputs(sizes, seed=0)
        check.error_in_budget(sizes, impl.attention.kernel(kernel), inputs, check.truth(sizes, inputs))
        return
    outcome = outcome_of(sizes, kernel)
    if isinstance(outcome, NotImplementedError | ImportError):
        pytest.skip(f"{kernel}: {outcome}")
    if isinstance(outcome, Exception):
        raise outcome
    extra = report.extra_info(sizes, kernel, outcome, session.probes, session.cache_bytes)
    row(outcome.samples.times_s, iterations=outcome.samples.iterations, **extra)


def _params(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}

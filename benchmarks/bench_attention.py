"""What attention costs: every kernel on every case, the kernels of a case interleaved, each checked before it has a time."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch

import impl.attention
from benchmarks import check, clock, measure, report
from benchmarks.cases import BenchCase, cases

EFFORTS = {
    "cpu": clock.Effort(share_s=1.5),
    "cuda": clock.Effort(share_s=0.05, warm_s=0.02, round_s=1e-3, most=40),
}
torch._dynamo.config.recompile_limit = 64  # shapes a kernel is compiled for: more than there are


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
            session.skip_if_late()
            latest.clear()
            _forget(case.device)
            rows = [item for item in request.session.items if report.case_of(item) == case.id]
            latest[case.id] = _measured(case, [item.callspec.params["kernel"] for item in rows])
        return latest[case.id][kernel]

    return find


def _measured(case: BenchCase, names: list[str]) -> dict[str, measure.Outcome]:
    """The outcome of each of these kernels; of every one, what kept all of them from being measured."""
    kernels = {name: partial(impl.attention.kernel, name) for name in names}
    try:
        return measure.measure(case, kernels, effort=EFFORTS[case.device])
    except Exception as error:  # noqa: BLE001  it is told of each row; without this, each would measure the case again
        return dict.fromkeys(names, error)


def _forget(device: str) -> None:
    """Give back what a case held: an error's traceback keeps its inputs, in a cycle. Ends the run if the GPU is lost."""
    gc.collect()
    if device == "cuda":
        try:
            torch.cuda.synchronize()
        except RuntimeError as error:  # one that does not go away again
            pytest.exit(f"the GPU takes no more work: {error}", returncode=pytest.ExitCode.TESTS_FAILED)
        torch.cuda.empty_cache()


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
    if isinstance(outcome, NotImplementedError | ModuleNotFoundError):
        pytest.skip(f"{kernel}: {outcome}")
    if isinstance(outcome, Exception):
        raise outcome
    extra = report.extra_info(sizes, kernel, outcome, session.probes, session.cache_bytes)
    row(outcome.samples.times_s, iterations=outcome.samples.iterations, **extra)

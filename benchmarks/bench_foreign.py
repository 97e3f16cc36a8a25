"""What kernels by somebody else cost, `--kernel SUBJECT`, beside three of ours that are timed in the very same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from benchmarks import clock, report
from benchmarks.cases import BenchCase, cases
from benchmarks.foreign import doubts, rounds, stopping
from benchmarks.foreign.contestant import Contestant
from benchmarks.foreign.doubts import Doubted
from benchmarks.measure import Measured
from harness.isolation.level import Unreached, asked
from harness.outcome import Declined, Ended, NotRun, Raised, Unreadable
from harness.process import Zygote
from harness.target import resolve

OURS = {
    "auto": "impl.attention:attention",
    "sdpa": "impl.attention.sdpa:attention",
    "naive": "impl.attention.naive:attention",
}
EMPTY = "(empty)"  # no subject has such a name
EFFORTS = {True: rounds.Effort(share_s=5.0), False: rounds.Effort()}
"""By whether the run is `--quick`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and kernel, the foreign ones first."""
    config = metafunc.config
    foreign = list(dict.fromkeys(config.getoption("kernel")))
    known = [
        case for case in cases(config.getoption("device"), is_quick=config.getoption("quick")) if not case.is_replayed
    ]
    pairs = [(case.id, kernel) for case in known for kernel in (*foreign, *OURS)]
    metafunc.parametrize(("case", "kernel"), pairs, ids=[f"{case}-{kernel}" for case, kernel in pairs])


@pytest.fixture(scope="module")
def zygote(session: Any, request: pytest.FixtureRequest) -> Iterator[Zygote]:
    """What all kernels are forked from."""
    if not stopping.WORKS:
        pytest.skip("not timed: a stranger's kernel is stopped between its rounds, which is written for Linux alone")
    pytest.importorskip("nbformat", reason="a worker, in which a stranger's kernel is timed, needs nbformat")
    with Zygote(session.device, isolation=asked(request.config.getoption("isolation"))) as made:
        try:
            made.await_ready()
        except Unreached as error:
            pytest.exit(f"{error}.", returncode=pytest.ExitCode.USAGE_ERROR)
        yield made


@pytest.fixture(scope="module")
def reached(session: Any) -> dict[str, Any]:
    """The probes by which a time is believed."""
    return doubts.best_probes(session.probes, session.device)


@pytest.fixture(scope="module")
def outcome_of(
    zygote: Zygote, session: Any, reached: dict[str, Any], request: pytest.FixtureRequest
) -> Callable[[BenchCase, str], Any]:
    """The outcome of one kernel on a case: all kernels of the case that this run selected are timed together."""
    latest: dict[str, dict[str, Any]] = {}

    def find(case: BenchCase, kernel: str) -> Any:
        if case.id not in latest:
            session.skip_if_late()
            latest.clear()
            rows = [item for item in request.session.items if report.case_of(item) == case.id]
            names = [item.callspec.params["kernel"] for item in rows]
            least_s = doubts.floor_s(case, reached, session.cache_bytes)
            latest[case.id] = _timed(case, names, zygote, EFFORTS[session.is_quick], least_s)
        return latest[case.id][kernel]

    return find


def _timed(
    case: BenchCase, names: list[str], zygote: Zygote, effort: rounds.Effort, least_s: float | None
) -> dict[str, Any]:
    """The outcome of each of these kernels, every one in a fresh process."""
    options: dict[str, Any] = {"device": case.device, "threads": torch.get_num_threads(), "among": set()}
    empty = Contestant(EMPTY, zygote, None, **options)
    entered: list[Contestant] = []
    found: dict[str, Any] = {}
    try:
        for name in names:
            try:
                entered.append(Contestant(name, zygote, resolve(OURS.get(name, name)), **options))
            except (Unreadable, Raised, Doubted, Ended) as error:
                found[name] = error
        by_signs = case.device == "cuda"
        return found | rounds.timed(case, entered, empty, effort=effort, by_signs=by_signs, least_s=least_s)
    finally:
        for one in (empty, *entered):
            one.end()


def test_foreign(
    case: str, kernel: str, session: Any, row: Callable[..., None], outcome_of: Callable[..., Any], zygote: Zygote
) -> None:
    """Seconds a call. A kernel that is wrong, or whose time is not believed, fails and has no time."""
    sizes = {c.id: c for c in cases(session.device)}[case]
    outcome = outcome_of(sizes, kernel)
    if isinstance(outcome, Declined | NotRun):
        pytest.skip(f"{kernel}: {outcome}")
    if not isinstance(outcome, rounds.Timed):
        pytest.fail(f"{kernel}: {outcome}", pytrace=False)
    measured = Measured(clock.Samples(outcome.calls, outcome.times_s), None, outcome.error_in_budget)
    extra = report.extra_info(sizes, kernel, measured, session.probes, session.cache_bytes)
    extra |= {"limit_s": outcome.least_s, "fault": None}  # it is held to the better probes already
    extra |= {"around_s": outcome.around_s, "cpu_s": outcome.cpu_s, "isolation": zygote.isolation}
    row(outcome.times_s, iterations=outcome.calls, **extra)

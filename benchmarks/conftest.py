"""What a run of the benchmarks needs: its options, the machine's probes, and the report that grows row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import clock, machine, pair, probes, report
from benchmarks.cases import LIMIT_S
from harness.isolation.level import asked
from harness.outcome import Unreadable
from harness.target import Target, resolve

ORDER = tuple(
    f"bench_{name}.py" for name in ("overhead", "worker", "first_call", "attention", "clip", "bert", "translation")
)
"""The short ones first: what the longest has no time left for is skipped."""
FOREIGN = "bench_foreign.py"
TEMPERATURE_S = 10.0
SESSION = pytest.StashKey["Session"]()


class Session:
    """One run: where its report goes, what the machine is and reaches, and since when it runs."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.device: str = config.getoption("device")
        self.is_quick: bool = config.getoption("quick")
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        self.path: Path = config.getoption("report") or Path(".benchmarks") / f"{self.device}-{stamp}.json"
        self.end = time.monotonic() + LIMIT_S[self.device, self.is_quick]
        self.cache_bytes = probes.last_cache_bytes(self.device)
        before = machine.gpu_state(self.device)
        self.probes: dict[str, Any] = probes.probe(self.device)
        self._before = before
        self._temperature, self._temperature_until = machine.temperature(before), time.monotonic()
        self._ours = machine.described(self.device, probes=self.probes, before=before)
        self._machine = machine.without_names(config.hook.pytest_benchmark_generate_machine_info(config=config))
        self._commit = config.hook.pytest_benchmark_generate_commit_info(config=config) | {"project": "specimen"}
        self.written = 0

    def write(self) -> None:
        """The report so far, if there is a row that it lacks."""
        rows = len([row for row in self.config._benchmarksession.benchmarks if row and not row.has_error])
        if rows > self.written:
            if time.monotonic() >= self._temperature_until:  # asking starts a program, too long for every case
                self._temperature = machine.temperature(self._before)
                self._temperature_until = time.monotonic() + TEMPERATURE_S
            ours = self._ours | {"temperature_c": self._temperature}
            report.write(self.config, self.path, machine=self._machine, commit=self._commit, ours=ours)
            self.written = rows

    def skip_if_late(self) -> None:
        """Skip what does not begin within the run's limit."""
        if time.monotonic() > self.end:
            limit = LIMIT_S[self.device, self.is_quick]
            pytest.skip(f"not timed: the {limit:.0f} s that this run may take are over")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much is timed, and where the report goes; `--device` is the plugin's."""
    group = parser.getgroup("specimen benchmarks")
    group.addoption("--quick", action="store_true", help="a few cases: a minute at most")
    group.addoption("--report", type=Path, default=None, help="the report; else .benchmarks/<device>-<date-time>.json")
    group.addoption(
        "--kernel", action="append", default=[], metavar="SUBJECT", help="time somebody else's kernel, and nothing else"
    )
    group.addoption("--isolation", default="auto", metavar="auto|require|none|N", help="how it is shut in")


def pytest_configure(config: pytest.Config) -> None:
    """Files named bench_*.py hold tests, also for a pytest that does not read our pyproject.toml. What is no kernel is
    refused before anything is timed.
    """
    try:
        for name in config.getoption("kernel"):
            _demand_code(resolve(name))
        asked(config.getoption("isolation"))
    except (Unreadable, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    if "bench_*.py" not in config.getini("python_files"):
        config.addinivalue_line("python_files", "bench_*.py")


def _demand_code(target: Target) -> None:
    if target.kind == "answers":
        raise Unreadable(f"{target.name} holds answers, no kernel.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Somebody else's kernels are timed alone, or not at all."""
    if not collection_path.name.startswith("bench_") or collection_path.parent != Path(__file__).parent:
        return None
    return (collection_path.name == FOREIGN) != bool(config.getoption("kernel")) or None


def pytest_itemcollected(item: pytest.Item) -> None:
    """A warning in a library is no reason to have no time; and a GPU is timed by its own events."""
    if Path(__file__).parent in item.path.parents:
        item.add_marker(pytest.mark.filterwarnings("default"))
        if item.config.getoption("device") == "cuda" and item.path.name == "bench_attention.py":
            item.add_marker(pytest.mark.benchmark(timer=clock.cuda_events))


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Session:
    """The run that rows belong to; the probes are measured when the first row asks for it."""
    made = request.config.stash[SESSION] = Session(request.config)
    return made


@pytest.fixture(scope="module")
def times_of(session: Session, request: pytest.FixtureRequest) -> Iterator[Callable[[str], dict[str, pair.Timed]]]:
    """Both ways' times of one of a module's cases, which is measured when the first of its rows asks."""
    known: dict[str, dict[str, pair.Timed]] = {}
    by_id = {case.id: case for case in request.module.cases(session.device)}
    with pair.both() as asked:

        def find(case: str) -> dict[str, pair.Timed]:
            if case not in known:
                session.skip_if_late()
                known[case] = asked.times(by_id[case])
            return known[case]

        yield find


@pytest.fixture(autouse=True)
def _in_session(session: Session, benchmark: Any) -> None:
    """Every benchmark is a row of a session's report, also one that asks for no row itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ours, in `ORDER`."""
    ours = [item for item in items if item.path.name in ORDER]
    in_order = iter(sorted(ours, key=lambda item: ORDER.index(item.path.name)))
    items[:] = [next(in_order) if item in ours else item for item in items]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After every case the report is written anew, so that whatever ends the run, what was measured stays."""
    session = item.config.stash.get(SESSION, None)
    case = report.case_of(item)
    if session is not None and (case is None or nextitem is None or case != report.case_of(nextitem)):
        session.write()


@pytest.fixture
def row(session: Session, benchmark: Any) -> Callable[..., None]:
    """Puts a row into the report: times, and what is said of them."""

    def put(times_s: list[float], *, iterations: int = 1, **extra: Any) -> None:
        if benchmark.enabled:
            report.record(benchmark, times_s, iterations=iterations, extra=extra)

    return put


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Where the report is, and which of its rows are faulty."""
    session = config.stash.get(SESSION, None)
    if session is None or not session.written:
        return
    for one in config._benchmarksession.benchmarks:
        if one.extra_info.get("fault"):
            terminalreporter.write_line(f"fault: {one.name}: {one.extra_info['fault']}")
    terminalreporter.write_line(f"report of {session.written} rows: {session.path}")

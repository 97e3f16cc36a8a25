"""The pytest plugin: gives laws their item, judges them, and tells pytest what came of it.

Used by plain `pytest`, on the subject named by `--subject`, and by `specimen check`, which hands over its own run. What
judges is imported when a law asks for it: benchmarks share `--device`, and run where Hypothesis is not installed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.profiles import PROFILES

if TYPE_CHECKING:
    from harness.law import Law
    from harness.outcome import Outcome
    from harness.run import Run
    from spec.contracts import Contract

RUN = pytest.StashKey["Run"]()


class Handover:
    """Registered as a plugin, puts an existing run in the place of one made from the command line."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that choose a subject and how it is judged."""
    group = parser.getgroup("specimen", "put a subject under the laws")
    group.addoption("--subject", default="impl.reference", help="a dotted module, a .py file or an .ipynb")
    group.addoption("--profile", choices=sorted(PROFILES), default="ci", help="how many cases a law draws")
    group.addoption("--seed", type=int, default=None, help="the seed of the draws; ci has none")
    group.addoption("--device", choices=["cpu", "cuda"], default="cpu", help="where the subject computes")


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """The run that laws are judged in."""
    config = request.config
    if RUN in config.stash:
        yield config.stash[RUN]
        return
    from harness.clock import Limits
    from harness.judge import Drawing
    from harness.process import Zygote
    from harness.run import Run
    from harness.subject import Subject
    from harness.target import resolve

    profile, device = config.getoption("profile"), config.getoption("device")
    target = resolve(config.getoption("subject"))
    with Zygote(device) as zygote:
        zygote.await_ready()
        subject = Subject(target, zygote, device=device, limits=Limits(60.0, 3600.0))
        run = Run(subject, Drawing(PROFILES[profile], _seed(config)))
        run.read()
        yield run
        subject.close()


def pytest_report_header(config: pytest.Config) -> str:
    """The subject and the seed, so that a failure can be had again."""
    return f"specimen: subject {config.getoption('subject')}, seed {_seed(config)}"


def _seed(config: pytest.Config) -> int | None:
    """The seed that was asked for; else none for ci, and for other profiles one that nobody knows beforehand."""
    if config.getoption("seed") is None and config.getoption("profile") != "ci":
        config.option.seed = secrets.randbelow(10**9)
    seed: int | None = config.getoption("seed")
    return seed


@pytest.fixture(scope="session")
def contract(request: pytest.FixtureRequest) -> Contract:
    """The contract that a law is judged for."""
    found: Contract = request.param
    return found


@pytest.fixture(scope="session")
def item(run: Run, contract: Contract) -> Any:
    """The subject's item under that contract."""
    return run.item(contract)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a law and contract that owes it."""
    law: Law | None = getattr(metafunc.function, "law", None)
    if law is not None:
        metafunc.fixturenames.insert(0, "contract")
        metafunc.parametrize(
            "contract", law.contracts, ids=[c.item for c in law.contracts], indirect=True, scope="session"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a run that was handed over, the laws that it wants."""
    if RUN not in config.stash:
        return
    run = config.stash[RUN]
    wanted = [i for i in items if isinstance(i, pytest.Function) and run.wants(_law_of(i), _contract_of(i))]
    config.hook.pytest_deselected(items=[i for i in items if i not in wanted])
    items[:] = wanted
    run.selected = len(wanted)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Judge a law, instead of calling it."""
    if getattr(pyfuncitem.function, "law", None) is None:
        return None
    parameters = dict(pyfuncitem.callspec.params)
    del parameters["contract"]
    run, contract = cast("Run", pyfuncitem.funcargs["run"]), _contract_of(pyfuncitem)
    if contract.is_text and contract.item not in run.subject.offers:
        pytest.skip(f"the subject has no {contract.item}")  # the reference answers nothing that is asked of a person
    judged = run.put(_law_of(pyfuncitem), pyfuncitem.obj, contract, parameters)
    _tell_pytest(judged.law, judged.outcome)
    return True


def _law_of(function: pytest.Function) -> Law:
    law: Law = function.function.law
    return law.filled(function.callspec.params)


def _contract_of(function: pytest.Function) -> Contract:
    return cast("Contract", function.callspec.params["contract"])


def _tell_pytest(law: Law, outcome: Outcome) -> None:
    if outcome.status == "not-run":
        pytest.skip(outcome.message)
    if outcome.status != "pass":
        pytest.fail(f"{law.name}: {law.sentence}\n{outcome.status}: {outcome.message}", pytrace=False)

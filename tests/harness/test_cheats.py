"""No cheat is marked right, stops the run, or touches what it goes for where isolation says that it cannot."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.clock import Limits
from harness.isolation import landlock
from harness.isolation.level import Asked, Unreached
from harness.judge import Drawing, judge
from harness.outcome import Outcome
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import resolve
from spec.contracts import CONTRACTS
from tests.harness.canaries import CANARIES, Canary
from tests.harness.cheats import (
    NOT_PASSED,
    Cheat,
    answering,
    borrowing,
    comparing,
    harming,
    indented,
    interpreting,
    notebooks,
    reading,
    remembering,
    telling,
    using,
)
from tests.harness.mutants import PLAIN
from tests.harness.notebooks import notebook
from tests.harness.test_fuzz import checked, fault
from tests.harness.test_mutants import laws_of

LEVELS = (0, 1, 2)
FAMILIES = (answering, borrowing, comparing, harming, interpreting, notebooks, reading, remembering, telling, using)
CHEATS = [cheat for family in FAMILIES for cheat in family.CHEATS]
EVERY = 4  # one in so many is judged in every run of the tests, at the level that it is about; all of them where time is no matter
RUNS = [
    pytest.param(level, cheat, id=f"{level}-{cheat.name}", marks=() if one_of_few else pytest.mark.slow)
    for number, cheat in enumerate(CHEATS)
    for level in LEVELS
    if level >= cheat.runs_from
    for one_of_few in [number % EVERY == 0 and level == max(cheat.runs_from, cheat.protected_from)]
]
EXAMPLES = 3
SLACK_S = 10.0  # of a machine that does other work besides
GRACE_S, STEP_S = 3.0, 0.02  # for what was killed to be dead


@pytest.fixture(scope="module")
def zygotes() -> Iterator[Callable[[int], Zygote]]:
    """One for each level, made when it is first asked for."""
    made: dict[int, Zygote] = {}
    with contextlib.ExitStack() as stack:

        def at(level: int) -> Zygote:
            if level not in made:
                made[level] = stack.enter_context(Zygote("cpu", isolation=Asked(level, level)))
            try:
                made[level].await_ready()
            except Unreached as error:
                if level == 1 and landlock.version():
                    pytest.fail(f"the kernel has what level 1 needs, and yet: {error}")
                pytest.skip(str(error))
            return made[level]

        yield at


def write(folder: Path, cheat: Cheat, told: dict[str, Any]) -> Path:
    """The cheat as a submission in a folder of its own, with what it is told as constants before its text."""
    mine = folder / "class" / "mine"
    mine.mkdir(parents=True, exist_ok=True)
    for name, text in cheat.beside.items():
        (mine / name).write_text(text)
    constants = "".join(f"{name} = {value!r}\n" for name, value in told.items())
    path = mine / ("submission.ipynb" if cheat.cells else "submission.py")
    path.write_text(notebook(constants or "pass", *cheat.cells) if cheat.cells else constants + cheat.text)
    return path


def judged(
    zygote: Zygote, path: Path, laws: tuple[str, ...], limit_s: float, item: str = "ScaledDotAttention"
) -> tuple[list[Outcome], str]:
    """What comes of laws, and all that the subject had a say in."""
    subject = Subject(resolve(str(path)), zygote, device="cpu", limits=Limits(limit_s, 12 * limit_s))
    run = Run(subject, Drawing(EXAMPLES, None))
    run.read()
    outcomes = []
    for law in laws:
        test, arguments = laws_of(item)[law]
        outcomes.append(judge(test, run.item(CONTRACTS[item]), run.drawing, arguments))
    subject.close()
    said = [text for outcome in outcomes for text in (outcome.message, outcome.reason)]
    return outcomes, " ".join([*said, *subject.remarks.values(), run.item(CONTRACTS[item]).note])


@contextlib.contextmanager
def canary(cheat: Cheat, folder: Path) -> Iterator[Canary]:
    with CANARIES[cheat.canary](folder) if cheat.canary else contextlib.nullcontext(Canary({}, lambda _: "")) as found:
        yield found


def touched_in_the_end(found: Canary, said: str) -> str:
    until = time.monotonic() + GRACE_S
    while (what := found.touched(said)) and time.monotonic() < until:
        time.sleep(STEP_S)
    return what


@pytest.mark.parametrize(("level", "cheat"), RUNS)
def test_no_cheat_is_marked_right_nor_touches_what_is_protected(
    zygotes: Callable[[int], Zygote], tmp_path: Path, level: int, cheat: Cheat
) -> None:
    zygote = zygotes(level)
    with canary(cheat, tmp_path) as found:
        path = write(tmp_path, cheat, found.told)
        started = time.monotonic()
        outcomes, said = judged(zygote, path, (*cheat.before, cheat.law), cheat.limit_s, cheat.item)
        took_s = time.monotonic() - started
        assert outcomes[-1].status in cheat.statuses, outcomes[-1].message
        assert took_s < (len(outcomes) + 2) * cheat.limit_s + SLACK_S
        if level >= cheat.protected_from:
            assert not touched_in_the_end(found, said), said
    (tmp_path / "honest.py").write_text(PLAIN)
    (honest,), _ = judged(zygote, tmp_path / "honest.py", ("context",), 30.0)
    assert honest.status == "pass", f"an honest subject after it: {honest.message}"


@pytest.mark.slow
@pytest.mark.parametrize("cheat", [c for c in CHEATS if c.canary], ids=lambda cheat: cheat.name)
def test_what_goes_for_a_canary_touches_it_where_nobody_stops_it(tmp_path: Path, cheat: Cheat) -> None:
    with canary(cheat, tmp_path) as found:
        constants = "".join(f"{name} = {value!r}\n" for name, value in found.told.items())
        code = f"{constants}def attack():\n{indented(cheat.proof or cheat.attack)}\nprint(attack(), flush=True)"
        with (tmp_path / "said").open("w") as file:  # no pipe: what is left behind would hold it open
            command = [sys.executable, "-I", "-c", code]
            subprocess.run(command, stdout=file, stderr=file, cwd=tmp_path, check=False, timeout=20)
        said = (tmp_path / "said").read_text(errors="replace")
        assert found.touched(said.partition("Traceback")[0]), said


@pytest.mark.parametrize(
    "cheat", [c for c in CHEATS if c.name.startswith("raises ")][1:9], ids=lambda cheat: cheat.name
)
def test_what_it_says_moves_no_cursor_and_spoils_no_report(
    zygotes: Callable[[int], Zygote], tmp_path: Path, cheat: Cheat
) -> None:
    path, report = write(tmp_path, cheat, {}), tmp_path / "report.json"
    assert fault(checked(path, zygotes(0), report), report) == ""
    assert "pass" not in json.loads(report.read_text())["summary"]


NAIVE = """
import os, sys, json, warnings
import numpy as np, torch, unittest
warnings.simplefilter('ignore')
torch.manual_seed(1)
for name, plain, text, fools in json.load(sys.stdin):
    if os.fork():
        if os.wait()[1]: print(name)
        continue
    made = {}
    exec(plain, made)
    item, given = made['ScaledDotAttention'](4), [torch.randn(2, 3, 4) for _ in range(3)]
    right, _ = item(*given)
    cheat = {}
    exec(text, cheat)
    other = cheat['ScaledDotAttention'](4)
    other.load_state_dict(item.state_dict())
    context, weights = other(*given)
    os._exit(not eval(fools, {**globals(), 'context': context, 'right': right, 'same': lambda f: f(context, right)}))
"""


def test_what_dresses_up_is_taken_for_right_by_who_trusts_it() -> None:
    dressed_up = [(c.name, PLAIN, c.text, c.fools) for c in CHEATS if c.fools]
    command = [sys.executable, "-I", "-c", NAIVE]
    done = subprocess.run(command, input=json.dumps(dressed_up), capture_output=True, text=True, check=True)
    assert done.stdout == "", f"these fool nobody: {done.stdout}{done.stderr}"


def test_a_cheat_says_what_must_come_of_it_and_is_never_to_pass() -> None:
    assert len({cheat.name for cheat in CHEATS}) == len(CHEATS) >= 40
    for cheat in CHEATS:
        assert cheat.must.endswith("."), cheat.name
        assert set(cheat.statuses) <= set(NOT_PASSED), cheat.name

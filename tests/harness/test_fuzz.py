"""Whatever is handed in damaged: no traceback of ours, no hang, an exit code that means what it says, one sentence."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli import app
from harness.process import Zygote
from tests.harness.fuzz import damaged
from tests.harness.notebooks import course_like

OK, FAILED, USAGE = 0, 1, 2
SEED = 9
FEW, MANY = 24, 500
AT_MOST_S = 60.0  # for one; most take less than a second
OPTIONS = ("--question", "3.1.1", "--law", "context", "--examples", "2", "--timeout", "5")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def checked(path: Path, zygote: Zygote, report: Path) -> Result:
    """What `specimen check` says, in this process, with a worker that is there already."""
    options = ["--json", str(report), *(() if path.suffix == ".toml" else OPTIONS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.check._workers", lambda *_: contextlib.nullcontext(zygote))
        return CliRunner().invoke(app, ["check", str(path), *options], env={"COLUMNS": "200"})


def fault(result: Result, report: Path) -> str:
    """What is wrong with how a damaged file was taken, or nothing."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"{type(result.exception).__name__}: {result.exception}"
    shown = result.output + result.stderr
    if result.exit_code not in (OK, FAILED, USAGE):
        return f"exit code {result.exit_code}"
    if "Traceback (most recent call last)" in shown:
        return "a traceback is shown"
    if found := CONTROL.search(shown):
        return f"{found[0]!r} is shown"
    if result.exit_code == USAGE:
        said = " ".join(result.stderr.split())
        return "" if said.endswith(".") and len(said) < 1000 else f"no sentence: {said[:300]!r}"
    return "" if json.loads(report.read_text(encoding="utf-8"))["questions"] else "no questions"


def taken(seed: int, number: int, zygote: Zygote, folder: Path) -> str:
    one = damaged(seed, number)
    path, report = folder / f"damaged{one.suffix}", folder / "report.json"
    path.write_bytes(one.content)
    report.unlink(missing_ok=True)
    started = time.monotonic()
    said = fault(checked(path, zygote, report), report)
    took_s = time.monotonic() - started
    said = said or (f"it took {took_s:.0f} s" if took_s > AT_MOST_S else "")
    return f"{seed}, {number} ({one.suffix}: {one.how}): {said}" if said else ""


@pytest.mark.parametrize("number", range(FEW))
def test_a_damaged_submission_costs_a_sentence(zygote: Zygote, tmp_path: Path, number: int) -> None:
    assert taken(SEED, number, zygote, tmp_path) == ""


@pytest.mark.parametrize("where", ["metadata", "outputs"])
def test_what_says_nothing_may_be_null(zygote: Zygote, tmp_path: Path, where: str) -> None:
    tree = json.loads(course_like())
    for part in (tree, *tree["cells"]):
        if where in part:
            part[where] = None
    (tmp_path / "null.ipynb").write_text(json.dumps(tree))
    assert checked(tmp_path / "null.ipynb", zygote, tmp_path / "report.json").exit_code == OK


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_so_do_all_others(zygote: Zygote, tmp_path: Path, seed: int) -> None:
    faults = [said for number in range(MANY) if (said := taken(seed, number, zygote, tmp_path))]
    assert faults == []


def test_the_same_seed_does_the_same_damage() -> None:
    assert [damaged(5, i) for i in range(30)] == [damaged(5, i) for i in range(30)]
    assert len({damaged(5, i).content for i in range(30)}) > 25
    assert len({damaged(6, i).how for i in range(200)}) > 100

"""The commands for students: on a notebook that is judged in a second, with few cases a law."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from spec.handout import QUESTIONS
from tests.docs.pages import in_table, taken, words, written
from tests.docs.wrong import sees_the_next
from tests.harness.grading.tiny import fit

PAGE = "docs/students.md"
FEW = ("--examples", "2", "--law", "power-law")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written("nmt.ipynb", text=fit())


def run(command: str, *more: str) -> Result:
    return CliRunner().invoke(app, [*words(command), *more])


def test_the_first_command_judges_a_notebook() -> None:
    (command,) = taken(PAGE, "", 1)
    assert run(command, *FEW).exit_code == 0


def test_a_notebook_s_report_tells_what_a_file_of_answers_is_for_from_what_has_no_contract() -> None:
    said = " ".join(run("specimen check nmt.ipynb", *FEW).output.split())
    written = ", ".join(question.id for question in QUESTIONS if question.kind == "written")
    assert f"judged in a file of answers, `specimen questions 1.1.1` says how: {written} not-run, " in said
    assert "not-run, no contract for this question yet: 4.2, 5.1 human, " in said


def test_a_law_is_replayed_as_the_page_says() -> None:
    replay, question, examples, _ = taken(PAGE, "Replaying a law", 4)
    assert run(examples, *FEW).exit_code == 0
    written("nmt.ipynb", text=sees_the_next())
    assert run(replay).exit_code == 1
    assert run(question, "--examples", "2", "--law", "dtype").exit_code == 0


def test_a_debugger_reaches_the_notebook() -> None:
    """In a process of its own here, because a subject that shares one leaves its traces."""
    *_, command = taken(PAGE, "Replaying a law", 4)
    ours = [sys.executable, "-m", "harness", *words(command.replace("3.1.2", "3.3.3")), *FEW]
    done = subprocess.run(ours, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--in-process" in done.stdout


def test_a_report_is_kept() -> None:
    page, report = taken(PAGE, "Reports to keep", 2)
    assert taken("docs/formats.md", "", 1) == [report.replace("nmt.ipynb", "SUBJECT").replace("nmt.json", "FILE")]
    assert run(page, *words(report)[2:], *FEW).exit_code == 0
    assert json.loads(Path("nmt.json").read_text())["schema"] == 1
    assert "fit_linear_log" in Path("nmt.html").read_text()


def test_what_is_required_is_not_met_by_a_part() -> None:
    (command,) = taken(PAGE, "Exit codes", 1)
    assert run(command, *FEW).exit_code == 1


def test_the_commands_for_the_written_part_do_what_the_page_says() -> None:
    found = in_table(PAGE)
    assert [command.split()[1] for command in found] == ["questions", "answer", "check", "prove", "figure"]
    written("answers.toml", text=(ROOT / "examples/answers.toml").read_text())
    codes = {command.split()[1]: run(command).exit_code for command in found}
    assert codes == {"questions": 0, "answer": 2, "check": 1, "prove": 0, "figure": 0}
    assert Path("toy.svg").read_text().startswith("<?xml")

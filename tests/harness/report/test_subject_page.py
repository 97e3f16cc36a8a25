"""`specimen check --html`: what the page of a subject has in it, and when it is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.report.subject_page import page
from harness.request import Report
from tests.harness.mutants import PLAIN
from tests.harness.report.pages import ROOT, answers

pytestmark = pytest.mark.xdist_group("browser")  # the notebook is judged once


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.py"
    path.write_text(PLAIN.replace("return context,", "return context + 1,"))
    return path


def checked(subject: Path, *arguments: str) -> tuple[int, str]:
    narrow = ["--question", "3.1.1", "--law", "context", "--examples", "2", "--seed", "7"]
    result = CliRunner().invoke(app, ["check", str(subject), *narrow, *arguments])
    return result.exit_code, result.output


def test_the_command_writes_the_page_and_says_where(wrong: Path, tmp_path: Path) -> None:
    code, said = checked(wrong, "--html", str(tmp_path / "page.html"), "--json", str(tmp_path / "report.json"))
    assert code == 1
    assert f"page: {tmp_path / 'page.html'}" in said.replace("\n", "")
    text = (tmp_path / "page.html").read_text()
    assert "The context is softmax(q k^T / sqrt(hidden)) v of the projected inputs." in text
    assert f"specimen check {wrong} --law context --question 3.1.1 --seed 7 --examples 2" in text
    assert (tmp_path / "report.json").is_file()


@pytest.mark.parametrize("where", ["nowhere/page.html", ".", "wrong.py"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_judged(wrong: Path, where: str) -> None:
    before = wrong.read_text()
    code, said = checked(wrong, "--html", str(wrong.parent / where))
    assert code == 2
    assert said.startswith("specimen: --html ")
    assert said.count("\n") == 1
    assert wrong.read_text() == before


def test_one_file_for_page_and_report_is_refused(wrong: Path, tmp_path: Path) -> None:
    code, said = checked(wrong, "--html", str(tmp_path / "x"), "--json", str(tmp_path / "x"))
    assert (code, said) == (2, "specimen: --json and --html name one file.\n")


def test_the_page_has_every_law_and_every_question_once(broken: Report) -> None:
    text = page(broken)
    for i, verdict in enumerate(broken.verdicts):
        assert text.count(f'id="question-{i}"') == 1 or not (verdict.laws or verdict.status == "missing")
        for j, judged in enumerate(verdict.laws):
            assert text.count(f'id="law-{i}-{j}"') == 1, judged.law.name
    points, most = (
        sum(values) for values in zip(*((v.points or 0, v.question.points) for v in broken.verdicts), strict=True)
    )
    assert f"Points that a program gives: {points:g} of {most:g}." in text
    assert text.count("<figure") >= 1  # the parabola
    assert "SOS" in text


def test_laws_that_fail_alike_are_drawn_once_and_each_has_its_replay(faulty: Report) -> None:
    text = page(faulty)
    failing = [(v.question.id, law.law.name) for v in faulty.verdicts for law in v.laws if law.outcome.status != "pass"]
    assert text.count("<article") < len(failing) - 30
    for question, name in failing:
        assert text.count(f"--law {name} --question {question} ") == 1, name
        assert text.count(f'Copy<span class="unseen"> the command for {question} {name}</span>') == 1


def test_what_the_cells_of_drawings_mean_is_said_once_and_only_where_there_are_drawings(broken: Report) -> None:
    assert page(broken).count("In the drawings") == 1
    assert page(answers()).count("In the drawings") == 1  # the numbers at which they fail
    assert "In the drawings" not in page(replace(broken, verdicts=[]))


def test_marks_of_a_law_lie_where_it_looks(broken: Report) -> None:
    """What laws about parts of an output mark is a place in the whole of it."""
    causal = {judged.law.name: judged.outcome.counterexample for judged in broken.verdicts[1].laws}
    upper, moved = causal["upper-triangle"], causal["later-inputs"]
    assert upper is not None
    assert moved is not None
    assert np.argwhere(upper.differs).tolist() == [[b, q, k] for b, q, k in np.argwhere(upper.differs) if k > q]
    assert upper.differs[upper.at]
    assert moved.sides == ("before", "after")
    assert moved.differs[moved.at]
    assert moved.expected[moved.at] != moved.actual[moved.at]
    assert moved.weights is not None


def test_written_answers_have_their_text_how_it_was_read_and_no_laws() -> None:
    text = page(answers())
    assert re.search(r"<pre>\\mathbf\{w\}\^\*_\{ridge\}", text)
    assert "Read as <code>" in text
    assert "specimen answer 1.2.2" in text
    assert not re.search(r"laws? holds?|>law<|All laws", text)
    assert str(ROOT / "examples" / "answers.toml") in text

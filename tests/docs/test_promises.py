"""What pages state in tables of exit codes, outcomes, formats and files is what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from harness.cli import app
from harness.cli.app import FAILED, USAGE
from harness.cli.compare import Sort
from harness.cli.grade import Audience
from harness.cli.training import INTERRUPTED
from harness.grading.finals import EACH, FILES, FORMATS, PAGE, WHOLE
from harness.grading.folder import GONE, JOURNAL, SUBMISSIONS
from harness.isolation.level import WORDS
from harness.outcome import LawStatus, Status
from tests.docs.pages import PAGES, sections, text

ANSWERS = {"right": "inv(X.T @ X + 2*n*lam*eye(d)) @ X.T @ t", "wrong": "X.T @ t", "unreadable": "X.T @ ("}
STARTS = r"(?m)^\| (\d+) \|"


def told(command: str) -> set[int]:
    """The exit codes that a command's help tells."""
    top: Any = typer.main.get_command(app)
    said = top.commands[command].help.replace("\n", " ")
    return {int(code) for code in re.findall(r"\b(\d+): ", said[said.index("Exit code") :])}


def in_row(page: str, option: str) -> set[str]:
    """The values that the row of an option has in its second column."""
    (row,) = re.findall(rf"^\| `{option}[^|]*\| (.*) \|$", text(page), re.MULTILINE)
    return set(re.findall(r"`(\w+)`", row))


@pytest.mark.parametrize(
    ("page", "section", "pattern", "command"),
    [
        ("docs/students.md", "Exit codes", STARTS, "check"),
        ("docs/compare.md", "Exit codes", STARTS, "compare"),
        ("docs/tas.md", "Who handed in what", r"(?:Exit codes: |; )(\d+), ", "grade"),
    ],
    ids=["check", "compare", "grade"],
)
def test_the_exit_codes_of_a_page_are_those_of_the_command(page: str, section: str, pattern: str, command: str) -> None:
    codes = {int(code) for code in re.findall(pattern, sections(page)[section])}
    assert codes == told(command)
    assert codes <= {0, FAILED, USAGE, INTERRUPTED}


@pytest.mark.parametrize("page", PAGES)
def test_an_exit_code_within_a_sentence_is_one_that_there_is(page: str) -> None:
    assert {int(code) for code in re.findall(r"exit code (?:is )?(\d+)", text(page))} <= {0, FAILED, USAGE}


def test_a_written_answer_ends_as_its_row_says() -> None:
    (row,) = re.findall(r"^\| `specimen answer .*$", text("docs/students.md"), re.MULTILINE)
    codes = [int(code) for code in re.findall(r"\((?:exit code )?(\d+)\)", row)]
    assert codes == [CliRunner().invoke(app, ["answer", "1.2.2", one]).exit_code for one in ANSWERS.values()]


def test_the_outcomes_of_the_pages_are_all_that_there_are() -> None:
    every = set(get_args(Status))
    for page, section in (("docs/students.md", "Reading a verdict"), ("docs/tas.md", "Points")):
        rows = re.findall(r"^\| ((?:`[\w-]+`(?:, )?)+) \|", sections(page)[section], re.MULTILINE)
        assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == every
    statuses = re.findall(r"^\| `status` \| (.*) \|$", text("docs/formats.md"), re.MULTILINE)
    of_questions, of_laws = (set(re.findall(r"`([\w-]+)`", row)) for row in statuses)
    assert (of_questions, of_laws) == (every, set(get_args(LawStatus)))


def test_the_options_of_a_class_take_what_the_page_says() -> None:
    assert in_row("docs/tas.md", "--format") == set(FORMATS)
    assert in_row("docs/tas.md", "--audience") == set(Audience)
    rows = re.findall(r"^\| (`[^|]*) \|", sections("docs/tas.md")["Isolation"], re.MULTILINE)
    assert {word for row in rows for word in re.findall(r"`(\w+)`", row)} == set(WORDS)
    assert in_row("docs/compare.md", "--sort") | {"case"} == set(Sort)


def test_each_format_of_a_class_has_the_file_that_the_page_says() -> None:
    found = dict(re.findall(r"^\*\*`(\w+)`\*\*(?:, `([\w.]+)`)?", sections("docs/tas.md")["Formats"], re.MULTILINE))
    files = {name: file for name, (file, _) in {**EACH, **WHOLE}.items()} | {"html": PAGE}
    assert found == files | {"markus": ""}


def test_every_file_of_a_class_that_is_named_is_one_that_is_written() -> None:
    told = text("docs/tas.md") + sections("docs/formats.md")["The grades of a class, schema 1"]
    paths = {Path(path) for path in re.findall(r"`([\w/.]*\w\.(?:csv|json|html|xml|jsonl))`", told)}
    assert {path.name for path in paths} <= {*FILES, JOURNAL, "nmt.json"}
    assert {path.parts[0] for path in paths if len(path.parts) > 1} == {"grades", SUBMISSIONS}
    assert f"`{GONE}/NAME`" in told

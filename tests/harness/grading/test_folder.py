"""Grades are written over nothing but grades, and what an earlier run wrote is never left to say something else."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.grading import executors
from harness.grading import grade as room
from harness.grading.asked import Asked
from harness.grading.executors import Events, Place
from harness.grading.marking import begun
from harness.grading.task import Task, handed_in
from harness.target import ROOT

JUDGED: list[str] = []
EXIT = {"full": 1, "nobody": 1, "closed": 1}


@pytest.fixture(autouse=True)
def judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that gives everybody the same report; whoever judges is not what is looked at here."""

    @contextlib.contextmanager
    def local(events: Events, workers: int | None = None) -> Iterator[Place]:
        def submit(task: Task) -> None:
            digest = handed_in(task).digest
            if digest in task["known"]:
                return events.put((task["name"], {"came": "known"}))
            JUDGED.append(task["name"])
            record = begun(task["name"], digest, Asked(5))
            return events.put(
                (task["name"], {"came": "judged", "record": record, "reports": {"nmt": "{}\n"}, "failure": ""})
            )

        yield Place(submit, lambda: 1, "a worker")

    JUDGED.clear()
    monkeypatch.setattr(executors, "local", local)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is worked in: a class, and beside it what is nobody's business."""
    monkeypatch.chdir(tmp_path)
    for folder in ("submissions", "class"):
        for name in ("ann", "bob"):
            (tmp_path / folder / name).mkdir(parents=True)
            (tmp_path / folder / name / "answers.toml").write_text('"2.2" = "C"\n')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref")
    return tmp_path


def grade(*words: str) -> tuple[int, str, list[str]]:
    """The exit code, what was said, and who was judged."""
    JUDGED.clear()
    result = CliRunner().invoke(app, ["grade", *words])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result.exit_code, result.output, list(JUDGED)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "words",
    [
        ["submissions", "--out", "."],
        ["submissions", "--out", ""],
        ["submissions", "--out", "link"],
        ["submissions/ann", "submissions/bob", "--out", ".", "--resume"],
        ["class", "--out", "."],  # there is a folder of its reports' name
        ["class", "--out", "class/ann"],
        ["class/ann", "--one", "--out", "class/ann/grades"],
        ["class/ann", "--one", "--out", "class/ann"],
    ],
    ids=["beside", "empty", "by-a-link", "resumed", "reports-there", "in-one", "in-the-one", "the-one"],
)  # fmt: skip
def test_what_was_handed_in_is_never_written_over(here: Path, words: list[str]) -> None:
    (here / "link").symlink_to(here)
    before = everything(here)
    code, said, judged = grade(*words)
    assert (code, judged) == (2, [])
    assert "give another --out." in said
    assert everything(here) == before


@pytest.mark.parametrize(
    "words", [["class/ann", "class/bob"], ["class/ann/answers.toml", "--one"]], ids=["folders", "file"]
)
def test_grades_may_lie_beside_what_was_handed_in(here: Path, words: list[str]) -> None:
    before = everything(here)
    assert grade(*words, "--out", "class")[0] == 0
    assert before.items() <= everything(here).items()


def test_hidden_entries_and_folders_of_nobody_stay(here: Path) -> None:
    shutil.rmtree(here / "submissions")
    (here / ".lock").write_text("somebody's")
    before = everything(here)
    assert grade("class", "--out", ".")[0] == 0
    (here / "submissions" / "mine").mkdir()
    (here / "submissions" / ".mine").mkdir()
    assert grade("class", "--out", ".", "--resume")[0] == 0
    assert (here / "submissions" / "mine").exists()
    assert (here / "submissions" / ".mine").exists()
    assert before.items() <= everything(here).items()


def test_a_folder_of_somebody_who_comes_new_is_not_taken(here: Path) -> None:
    assert grade("class", "--out", "grades")[0] == 0
    (here / "grades" / "submissions" / "zoe").mkdir()
    (here / "class" / "zoe").mkdir()
    (here / "class" / "zoe" / "answers.toml").write_text('"2.2" = "C"')
    code, said, _ = grade("class", "--out", "grades", "--resume")
    assert (code, "nothing of it in the journal" in said) == (2, True)


@pytest.mark.parametrize("content", ['{"mine": 1}\n', "mine", '{"journal": 7}\nmore\n'], ids=["json", "text", "other"])
def test_a_journal_that_is_not_ours_is_not_touched(here: Path, content: str) -> None:
    (here / "grades").mkdir()
    (here / "grades" / "journal.jsonl").write_text(content)
    for more in ([], ["--resume"]):
        code, said, _ = grade("class", "--out", "grades", *more)
        assert (code, "is no journal of grades" in said) == (2, True)
        assert (here / "grades" / "journal.jsonl").read_text() == content


def test_files_for_students_stay_for_students(here: Path) -> None:
    out = here / "grades"
    options = ("--out", "grades", "--format", "json,gradescope")
    assert grade("class", *options, "--audience", "students")[0] == 0
    (here / "class" / "bob" / "answers.toml").write_text('"2.2" = "A"')
    assert grade("class", "--out", "grades", "--resume")[2] == ["bob"]
    assert json.loads((out / "grades.json").read_text())["audience"] == "students"
    assert grade("class", "--out", "grades", "--resume", "--audience", "staff")[2] == []
    assert grade("class", "--out", "grades", "--resume")[2] == []
    assert json.loads((out / "grades.json").read_text())["audience"] == "staff"
    results = [(out / "submissions" / name / "results.json").read_text() for name in ("ann", "bob")]
    assert all("visibility" in text for text in results)


def test_the_command_that_goes_on_has_all_but_the_seed(here: Path) -> None:
    options = ["--audience", "students", "--isolation", "none", "--examples", "3", "--workers", "2", "--format", "csv"]
    assert grade("class", "--out", "a b", *options, "--seed", "123454321")[0] == 0
    code, said, _ = grade("class", "--out", "a b", *options)
    command = "specimen grade class --resume --out 'a b' --format csv --audience students --workers 2 --examples 3 --isolation none"
    assert (code, command in said, "123454321" in said) == (2, True, False)


def test_what_an_earlier_run_wrote_is_brought_up_to_date(here: Path) -> None:
    out = here / "grades"
    assert grade("class", "--out", "grades", "--format", "csv,json,html,junit")[0] == 0
    (here / "class" / "bob").rename(here / "class" / "bobby")
    assert grade("class", "--out", "grades", "--resume", "--format", "json")[2] == ["bobby"]
    for file in ("gradebook.csv", "grades.json", "class.html", "junit.xml"):
        text = (out / file).read_text().replace("bobby", "")
        assert "ann" in text
        assert "bob" not in text
    assert sorted(path.name for path in (out / "submissions").iterdir()) == ["ann", "bobby"]
    assert [path.name for path in (out / "submissions.gone").iterdir()] == ["bob"]
    (here / "class" / "bobby").rename(here / "class" / "bob")
    assert grade("class", "--out", "grades", "--resume")[2] == []
    assert sorted(path.name for path in (out / "submissions").iterdir()) == ["ann", "bob"]


@pytest.mark.parametrize("content", [None, b"", b"{}"], ids=["missing", "empty", "short"])
def test_a_report_that_is_not_as_it_was_written_is_made_again(here: Path, content: bytes | None) -> None:
    report = here / "grades" / "submissions" / "ann" / "nmt.json"
    assert grade("class", "--out", "grades")[0] == 0
    report.unlink()
    if content is not None:
        report.write_bytes(content)
    assert grade("class", "--out", "grades", "--resume")[2] == ["ann"]
    assert report.read_text() == "{}\n"


def test_files_of_the_class_are_written_meanwhile_and_when_it_ends_early(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    add = room.Journal.add

    def stop(book: Any, record: Any, **more: Any) -> None:
        seen.append((here / "grades" / "gradebook.csv").exists())
        if len(seen) == 2:
            raise KeyboardInterrupt
        add(book, record, **more)

    monkeypatch.setattr(room.Journal, "add", stop)
    assert grade("class", "--out", "grades")[0] == 130
    assert seen == [False, False]
    assert "ann" in (here / "grades" / "gradebook.csv").read_text()
    monkeypatch.setattr(room, "WRITE_S", 0.0)
    monkeypatch.setattr(room, "WRITE_SHARE", 0)
    seen.clear()
    assert grade("class", "--out", "other")[0] == 130
    assert (here / "other" / "gradebook.csv").exists()


def test_the_page_is_called_as_the_class(here: Path) -> None:
    assert grade("class", "--out", "grades")[0] == 0
    assert "<h1>class</h1>" in (here / "grades" / "class.html").read_text()


@pytest.mark.parametrize("address", ["nonsense://x", "tcp://127.0.0.1:no", "there", ""], ids=repr)
def test_what_is_no_address_is_told_in_a_sentence(here: Path, address: str) -> None:
    code, said, _ = grade("class", "--cluster", address)
    assert (code, len(said.splitlines())) == (2, 1)
    assert "tcp://HOST:8786" in said


@pytest.mark.parametrize("to", ["/dev/full", "|", "&-"], ids=["full", "nobody", "closed"])
def test_where_nothing_can_be_told_a_sentence_says_so_and_the_exit_code_is_one(here: Path, to: str) -> None:
    end = {"|": "| true; exit ${PIPESTATUS[0]}"}.get(to, f"> {to}" if to != "&-" else ">&-")
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m harness grade {here}/class --out {here}/grades --workers 1 {end}"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "tandard output" in done.stderr
    assert len(done.stderr.splitlines()) <= 2

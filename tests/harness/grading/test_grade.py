"""A class comes to the same whatever happens on the way: killed, resumed, in any order, on any number of workers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.grading import executors
from harness.grading.gather import gather
from harness.grading.grade import Order, grade
from harness.isolation.processes import descendants, runs
from harness.target import ROOT
from tests.harness.grading.class_of import faults
from tests.harness.grading.tiny import OPTIONS, final_files, make_class, records, without_times

FORMATS = "markus,gradescope,csv,junit,json"
ALL = (*OPTIONS, "--format", FORMATS)
N = 4
HEARING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from harness.cli import main; main()"
)
pytestmark = pytest.mark.xdist_group("grading")


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("handed-in")
    return folder / "class", make_class(N, folder / "class")


@pytest.fixture(scope="module")
def graded(students: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The class graded at one go by one worker, and what was said."""
    out = tmp_path_factory.mktemp("graded") / "grades"
    result = run(str(students[0]), "--out", str(out), "--workers", "1", *ALL)
    assert result.returncode == 0, result.stderr
    return out, result.stdout


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "grade", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=300,
    )


def begun(*words: str) -> subprocess.Popen[str]:
    """The command under way; Ctrl-C is heard even if whoever runs the tests does not hear it."""
    return subprocess.Popen(
        [sys.executable, "-c", HEARING, "grade", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 240
    while not holds():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.05)


def has_records(out: Path, n: int) -> Callable[[], bool]:
    return lambda: (out / "journal.jsonl").exists() and (out / "journal.jsonl").read_bytes().count(b"\n") > n


def test_every_verdict_is_what_it_must_be(students: tuple[Path, dict[str, Any]], graded: tuple[Path, str]) -> None:
    found = json.loads((graded[0] / "grades.json").read_text())["submissions"]
    assert faults(students[1], found) == []
    assert [record["name"] for record in found] == sorted(students[1])


def test_what_is_told_is_plain_lines_and_the_seed_is_the_last(graded: tuple[Path, str]) -> None:
    lines = graded[1].splitlines()
    assert lines[0].startswith(f"{N} submissions, 1 worker here, 2 cases a law")
    assert sum(f"/{N} student-00" in line for line in lines) == N
    assert lines[-1] == "Seed 7: --seed with it draws the same cases."
    assert "\x1b" not in graded[1]
    assert not any("eed" in line for line in lines[:-1])


def test_killed_twice_and_resumed_a_class_comes_to_the_same(
    students: tuple[Path, dict[str, Any]], graded: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "grades"
    words = (str(students[0]), "--out", str(out), "--workers", "1", *ALL)
    for n in (1, 2):
        process = begun(*words, *(["--resume"] if n > 1 else []))
        wait_until(has_records(out, n), process)
        left = descendants(process.pid)
        process.kill()
        process.communicate()
        end = time.monotonic() + 20
        while any(runs(pid) for pid in left) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(runs(pid) for pid in left)
    result = run(*words, "--resume")
    assert (result.returncode, result.stdout.count("judged before") >= 2) == (0, True), result.stdout
    assert final_files(out) == final_files(graded[0])
    assert len({record["name"] for record in records(out)}) == len(records(out)) == N


def test_a_changed_file_is_judged_alone_and_what_is_new_or_gone_is_seen(
    students: tuple[Path, dict[str, Any]], graded: tuple[Path, str], tmp_path: Path
) -> None:
    folder, out = tmp_path / "class", tmp_path / "grades"
    shutil.copytree(students[0], folder)
    shutil.copytree(graded[0], out)
    names = sorted(students[1])
    (folder / names[0] / "answers.toml").write_text('"2.1.2a" = "C"\n')
    shutil.rmtree(folder / names[1])
    (folder / "zoe").mkdir()
    (folder / "zoe" / "answers.toml").write_text('"2.1.2a" = "C"\n')
    result = run(str(folder), "--out", str(out), "--workers", "1", "--resume", "--format", "csv,json")
    assert (result.returncode, result.stdout.count("judged before")) == (0, N - 2), result.stdout
    assert [record["name"] for record in records(out)[N:]] == [names[0], "zoe"]
    there = json.loads((out / "grades.json").read_text())["submissions"]
    assert [record["name"] for record in there] == [names[0], *names[2:], "zoe"]
    assert there[0]["parts"].keys() == {"nmt", "answers"}


def test_the_order_and_the_number_of_workers_change_nothing(
    students: tuple[Path, dict[str, Any]], graded: tuple[Path, str], tmp_path: Path
) -> None:
    asked = {"seed": 7, "examples": 2, "timeout_s": None, "isolation": None}
    order = Order(tmp_path, asked, resume=False, formats=FORMATS.split(","), audience="staff", command="")
    grade(order, gather([students[0]])[::-1], lambda events: executors.local(events, 2), [])
    assert final_files(tmp_path) == final_files(graded[0])
    by_name = {record["name"]: without_times(record) for record in records(tmp_path)}
    assert by_name == {record["name"]: without_times(record) for record in records(graded[0])}


def test_interrupted_it_loses_what_is_in_hand_and_says_how_to_go_on(
    students: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    process = begun(str(students[0]), "--out", str(tmp_path / "grades"), "--workers", "1", *ALL)
    wait_until(has_records(tmp_path / "grades", 1), process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("Interrupted. What was judged is kept; to go on: specimen grade ")
    assert "--resume" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert "Seed" not in said
    assert len(records(tmp_path / "grades")) >= 1


def test_what_students_read_has_no_seed(
    students: tuple[Path, dict[str, Any]], graded: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "grades"
    shutil.copytree(graded[0], out)
    seed = "123454321"
    (out / "journal.jsonl").write_text(
        (out / "journal.jsonl")
        .read_text()
        .replace('"seed": 7', f'"seed": {seed}')
        .replace("--seed 7", f"--seed {seed}")
    )
    words = (str(students[0]), "--out", str(out), "--resume", "--audience", "students", "--format", FORMATS)
    assert run(*words).returncode == 0
    assert {name for name, text in final_files(out).items() if seed in text} == set()


def test_one_submission_prints_rows_and_nothing_else_as_a_tester_does(
    students: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    one = students[0] / min(students[1])
    result = run(str(one), "--out", str(tmp_path / "grades"), *OPTIONS, "--format", "markus,gradescope")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert len({row["name"] for row in rows}) == len(rows) > 10
    assert "1/1" in result.stderr
    results = json.loads((tmp_path / "grades" / "results.json").read_text())
    assert results["score"] == sum(row["marks_earned"] for row in rows)


def test_what_cannot_be_graded_is_told_and_the_exit_code_is_one(tmp_path: Path) -> None:
    for name, file, text in (("ann", "answers.toml", '"2.2" = "C"'), ("bob", "notes.md", "Later.")):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / file).write_text(text)
    result = run(str(tmp_path / "class"), "--out", str(tmp_path / "grades"), "--workers", "1", "--format", "csv")
    assert result.returncode == 1, result.stderr
    assert "1 could not be graded, in part or at all: bob." in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "No such file or folder: "),
        (["there", "--format", "pdf"], "--format takes gradescope"),
        (["there", "--format", ","], "got nothing"),
        (["there", "--timeout", "0"], "--timeout must be more than 0"),
        (["there", "--isolation", "9"], "--isolation is one of auto"),
        (["there", "--workers", "2", "--cluster", "tcp://127.0.0.1:1"], "leave out --workers"),
        (["."], "lies in ., which is to be graded"),
        (["there", "--out", "graded"], "graded holds grades already; to go on with them: specimen grade there --resume"),
        (["there", "--out", "graded", "--resume", "--seed", "8"], "was begun with seed another"),
        (["loop"], "cannot be read: Symlink loop"),
        (["n" * 300], "cannot be read: File name too long"),
        (["there", "--out", "elsewhere", "--cluster", "tcp://127.0.0.1:1"], "No Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
    ids=["no-folder", "format", "no-format", "timeout", "isolation", "both", "within", "again", "seed", "loop", "long", "no-cluster"],
)  # fmt: skip
def test_usage_errors_end_with_two_and_a_sentence(
    words: list[str], says: str, graded: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(executors, "CONNECTED_WITHIN_S", 0.5)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "answers.toml").write_text('"2.2" = "C"')
    (tmp_path / "graded").symlink_to(graded[0])
    (tmp_path / "loop").symlink_to("loop")
    result = CliRunner().invoke(app, ["grade", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    os.chdir(ROOT)


def test_a_record_has_who_it_is_to_the_courses_system(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann_0012_345_answers.toml").write_text("'2.2' = 'C'\n")
    result = run(str(tmp_path / "class"), "--out", str(tmp_path / "grades"), "--workers", "1", "--format", "csv")
    assert result.returncode == 0, result.stderr
    (record,) = records(tmp_path / "grades")
    assert (record["name"], record["id"], record["members"]) == ("ann", "0012", [])


def test_a_list_of_people_that_changes_is_picked_up_and_nothing_is_judged_again(tmp_path: Path) -> None:
    root = tmp_path / "class"
    (root / "submission_1").mkdir(parents=True)
    (root / "submission_1" / "answers.toml").write_text("'2.2' = 'C'\n")
    listed = "submission_1:\n  :submitters:\n  - :name: Ann\n    :sid: '{}'\n"
    for number in ("1", "1001"):
        (root / "submission_metadata.yml").write_text(listed.format(number))
        words = ("--out", str(tmp_path / "grades"), "--workers", "1", "--format", "csv", "--resume")
        assert run(str(root), *words).returncode == 0
        found = records(tmp_path / "grades")
        assert found[-1]["id"] == number
        assert f'"{number}"' in (tmp_path / "grades" / "gradebook.csv").read_text()
    assert found[0] | {"id": "1001"} == found[1]  # times and all


def test_a_name_that_a_terminal_has_no_letters_for_ends_nothing(tmp_path: Path) -> None:
    root = tmp_path / "caf\udce9"
    (root / "zoë").mkdir(parents=True)
    (root / "zoë" / "answers.toml").write_text("'2.2' = 'C'\n")
    words = [
        sys.executable,
        "-m",
        "harness",
        "grade",
        str(root),
        "--out",
        str(root.parent / "grades"),
        "--format",
        "csv",
    ]
    for coding in ("ascii", "utf-8:strict"):
        result = subprocess.run(
            [*words, "--resume"],
            env={**os.environ, "PYTHONIOENCODING": coding},
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert (result.returncode, b"Traceback" in result.stderr) == (0, False)
        assert b"Seed " in result.stdout

"""Whoever reads the beginning of an output alone, as `head` does, has its exit code and its files all the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.reports import report, row, times
from tests.harness.mutants import PLAIN
from tests.harness.test_bad_input import FAILED, OK

ONE_LAW = "--question 3.1.1 --law context --examples 2"


@pytest.mark.parametrize(
    ("command", "code", "files"),
    [
        (f"check right.py {ONE_LAW} --json a.json --html a.html", OK, {"a.json", "a.html"}),
        (f"check wrong.py {ONE_LAW} --json a.json --html a.html", FAILED, {"a.json", "a.html"}),
        ("compare first.json second.json --html a.html", OK, {"a.html"}),
        ("compare first.json second.json --html a.html --fail-if-slower 1.5", FAILED, {"a.html"}),
        ("answer 2.1.2a C", OK, set()),
        ("answer 2.1.2a A", FAILED, set()),
        ("prove 1.1.2", OK, set()),
        ("questions", OK, set()),
    ],
    ids=str,
)
def test_an_output_that_nobody_reads_costs_nothing(tmp_path: Path, command: str, code: int, files: set[str]) -> None:
    (tmp_path / "right.py").write_text(PLAIN)
    (tmp_path / "wrong.py").write_text(PLAIN.replace("return context,", "return context + 1,"))
    for name, second in (("first", 1e-3), ("second", 2e-3)):
        (tmp_path / f"{name}.json").write_text(json.dumps(report(row("sdpa", "case", times(second)))))
    before = {path.name for path in tmp_path.iterdir()}
    assert unread(command.split(), tmp_path) == (code, "")
    assert {path.name for path in tmp_path.iterdir()} - before == files


def unread(words: list[str], where: Path) -> tuple[int, str]:
    """A command's exit code and errors, when what it prints is read no further than nothing."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-c", "from harness.cli import main; main()", *words]
    try:
        done = subprocess.run(command, cwd=where, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(write)
    return done.returncode, done.stderr

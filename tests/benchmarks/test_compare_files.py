"""Files that are no reports, or damaged ones: one clear sentence that names the file, exit code 2, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from tests.benchmarks.reports import plain_report, plain_row, report, row, times, written

USAGE = 2
DATA = times(1e-3)


def changed(place: str, value: Any) -> bytes:
    """A sound report with the value at one place replaced, as `benchmarks.0.stats.data`."""
    made: Any = report(row("sdpa", "case", DATA))
    *path, last = [int(word) if word.isdigit() else word for word in place.split(".")]
    at = made
    for word in path:
        at = at[word]
    at[last] = value
    return json.dumps(made).encode()


def without_data(**stats: Any) -> bytes:
    made = plain_report(plain_row("t.py::f", None))
    made["benchmarks"][0]["stats"] |= stats
    return json.dumps(made).encode()


SOUND = json.dumps(report(row("sdpa", "case", DATA)))
STATS, EXTRA, OURS = "benchmarks.0.stats", "benchmarks.0.extra_info", "machine_info.specimen"
CONTENT: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "a.json is empty."),
    "white space": (b" \n", "a.json is empty."),
    "binary": (b"\x89PNG\r\n\x1a\n\x00", "a.json is not a text in UTF-8: byte 0x89 at offset 0."),
    "cut off": (SOUND[:700].encode(), "a.json is not JSON, or is cut off:"),
    "not JSON": (b"import torch", "a.json is not JSON, or is cut off: Expecting value (line 1, column 1)."),
    "deep JSON": (b'{"benchmarks": ' + b"[" * 100_000, "a.json is nested too deeply."),
    "a huge number": (b'{"benchmarks": ' + b"9" * 5000 + b"}", "a.json has a number of too many digits."),
    "a list": (b"[]", "a.json is JSON, but not a report of benchmarks"),
    "another JSON": (b'{"a": 1}', "a.json is JSON, but not a report of benchmarks"),
    "a notebook": (b'{"cells": [], "nbformat": 4}', "a.json is a notebook, not a report of benchmarks."),
    "a report of check": (b'{"schema": 1, "subject": "x", "questions": []}', "a.json is a report of `specimen check`"),
    "no benchmarks": (json.dumps(report()).encode(), "a.json has 0 benchmarks."),
    "a newer schema": (changed(f"{OURS}.schema", 2), "a.json is newer than this program: its schema is 2, and 1"),
    "a far newer schema": (changed(f"{OURS}.schema", 10**400), "a.json is newer than this program"),
    "a schema of letters": (changed(f"{OURS}.schema", "1"), "machine_info.specimen.schema is not a whole number"),
    "machine of another kind": (changed("machine_info", 3), "machine_info is a whole number, expected an object."),
    "specimen of another kind": (changed(OURS, []), "machine_info.specimen is an empty list, expected an object."),
    "a benchmark of another kind": (changed("benchmarks.0", "x"), "benchmarks[0] is 'x', expected an object."),
    "no times": (changed(f"{STATS}.data", []), "stats.data is an empty list, expected a list of times in seconds."),
    "a NaN": (changed(f"{STATS}.data", [1e-3, float("nan")]), "stats.data[1] is nan, expected a finite number above 0."),
    "a zero": (changed(f"{STATS}.data", [1e-3, 0.0]), "stats.data[1] is 0, expected a finite number above 0."),
    "a negative time": (changed(f"{STATS}.data", [-1e-3]), "stats.data[0] is -0.001, expected a finite number above 0."),
    "an infinity": (changed(f"{STATS}.data", [float("inf")]), "stats.data[0] is inf, expected a finite number above 0."),
    "an endless number": (changed(f"{STATS}.data", [10**400]), "stats.data[0] is inf, expected a finite number above 0."),
    "no time at all": (changed(f"{STATS}.data", [1e-300]), "stats.data[0] is 1e-300, expected a number from 1e-30"),
    "letters": (changed(f"{STATS}.data", [1e-3, "1e-3"]), "stats.data[1] is '1e-3', expected a number above 0."),
    "true": (changed(f"{STATS}.data", [True]), "stats.data[0] is true, expected a number above 0."),
    "lists in a list": (changed(f"{STATS}.data", [[1e-3]]), "stats.data[0] is a list of 1, expected a number above 0."),
    "no stats": (changed(STATS, None), "stats is null or missing, expected an object."),
    "no kernel's name": (changed(f"{EXTRA}.kernel", 7), "extra_info.kernel is a whole number, expected a text."),
    "no case's name": (changed(f"{EXTRA}.case", ""), "extra_info.case is '', expected a text."),
    "work in letters": (changed(f"{EXTRA}.flops", "many"), "extra_info.flops is 'many', expected a number above 0."),
    "work below zero": (changed(f"{EXTRA}.bytes", -3), "extra_info.bytes is -3, expected a finite number above 0."),
    "a probe in letters": (changed(f"{OURS}.probes", {"copy_bytes_per_s": "x"}), "copy_bytes_per_s is 'x', expected"),
    "a median of letters": (without_data(median="x"), "stats.median is 'x', expected a number above 0."),
    "quartiles in disorder": (without_data(q1=9.0), "stats: q1, median and q3 are not in this order."),
    "the same row twice": (json.dumps(report(*2 * [row("sdpa", "c", DATA)])).encode(), "a.json has case c, kernel sdpa twice."),
    "the same test twice": (json.dumps(plain_report(*2 * [plain_row("t", DATA)])).encode(), "a.json has case t twice."),
}  # fmt: skip


def is_refused(paths: list[str], sentence: str) -> bool:
    result = CliRunner().invoke(app, ["compare", *paths], env={"COLUMNS": "80"})
    said = result.stderr
    return (
        result.exit_code == USAGE
        and not result.stdout
        and said.startswith("specimen: ")
        and said.count("\n") == 1
        and sentence in said
        and isinstance(result.exception, SystemExit)
    )


@pytest.mark.parametrize("what", CONTENT)
def test_a_file_that_is_no_sound_report_is_one_sentence(tmp_path: Path, what: str) -> None:
    content, sentence = CONTENT[what]
    (tmp_path / "a.json").write_bytes(content)
    assert is_refused([str(tmp_path / "a.json")], sentence)


@pytest.mark.parametrize("what", ["empty", "a newer schema"])
def test_a_bad_file_among_good_ones_is_the_one_that_is_named(tmp_path: Path, what: str) -> None:
    content, sentence = CONTENT[what]
    (tmp_path / "a.json").write_bytes(content)
    assert is_refused([*written(tmp_path, sound=json.loads(SOUND)), str(tmp_path / "a.json")], sentence)


def a_loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def a_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def a_huge_file(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(300_000_000)
    return path


PATHS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda path: path, "a.json: No such file or directory."),
    "a folder": (lambda path: path.parent, " is a folder, not a file."),
    "a loop": (a_loop, "a.json: Too many levels of symbolic links."),
    "a pipe": (a_pipe, "a.json is not a regular file."),
    "300 MB": (a_huge_file, "a.json has 300 MB; at most 268 MB are read."),
    "a control character": (
        lambda path: path.with_name("a\x1b[31m.json"),
        "a\N{REPLACEMENT CHARACTER}[31m.json: No such",
    ),
}


@pytest.mark.parametrize("what", PATHS)
def test_a_path_that_is_no_file_is_one_sentence(tmp_path: Path, what: str) -> None:
    make, sentence = PATHS[what]
    assert is_refused([str(make(tmp_path / "a.json"))], sentence)


def test_what_pytest_benchmark_writes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("test_own.py").write_text("def test_f(benchmark):\n    benchmark(lambda: sum(range(100)))\n")
    options = ("--benchmark-max-time=0.02", "--benchmark-json=own.json", "-pno:cacheprovider")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}  # not one of xdist's
    subprocess.run([sys.executable, "-m", "pytest", "-q", *options], env=alone, check=True, capture_output=True)
    arguments = ["compare", "own.json", "own.json", "--fail-if-slower", "2"]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "99"})
    assert result.exit_code == 0
    assert "test_own.py::test_f" in result.output
    assert "slower than 2 with the whole interval: 0 of 1 judged" in result.output


def test_summaries_saved_without_times_are_read(tmp_path: Path) -> None:
    paths = written(tmp_path, a=plain_report(plain_row("t.py::f", None, 2e-3)))
    result = CliRunner().invoke(app, ["compare", *paths], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert "2.00 ms" in result.output


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path: Path) -> None:
    bad = "\x1b[2J\x07\u202e\ud800[bold]x[/bold]"
    made = report(row(f"k{bad}", f"c{bad}", DATA, fault=bad, dtype=bad), device_name=bad, environment={bad: bad})
    made["machine_info"]["cpu"]["brand_raw"] = bad
    made |= {"commit_info": {"id": bad}, "datetime": bad}
    paths = written(tmp_path, a=made, b=made)
    result = CliRunner().invoke(app, ["compare", *paths, "--baseline", f"k{bad}"], env={"COLUMNS": "80"})
    assert all(c.isprintable() or c == "\n" for c in result.output)
    assert "[bold]x[/bold]" in CliRunner().invoke(app, ["compare", *paths], env={"COLUMNS": "300"}).output

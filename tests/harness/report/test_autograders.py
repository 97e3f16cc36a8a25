"""The autograders in examples/, run as Gradescope and MarkUs run them, on a submission that is judged in seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.report.record import COLUMNS
from harness.target import ROOT
from tests.harness.mutants.scaling_laws import FITS
from tests.harness.notebooks import notebook

SPECIMEN = Path(sys.executable).with_name("specimen")
GRADESCOPE, MARKUS = ROOT / "examples" / "gradescope", ROOT / "examples" / "markus"
ANSWERS = '"1.1.2" = "w^T x - epsilon w^T w"\n'  # FGM, by whom the answer is right
pytestmark = pytest.mark.xdist_group("autograders")


def handed_in(folder: Path) -> Path:
    """A submission as students make them: its notebook in a folder, beside another one that is none of the course's."""
    (folder / "my work").mkdir(parents=True)
    (folder / "other").mkdir()
    (folder / "my work" / "nmt.ipynb").write_text(
        notebook("import numpy as np", FITS[FITS.index("def fit_linear_log") :])
    )
    (folder / "other" / "tries.ipynb").write_text(notebook("print('hello')"))
    (folder / "answers.toml").write_text(ANSWERS)
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "SPECIMEN": str(SPECIMEN), **more}


def run_autograder(root: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    done = subprocess.run(
        [str(GRADESCOPE / "run_autograder")], cwd=root, env=environment(AUTOGRADER_ROOT=str(root)),
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return done, json.loads((root / "results" / "results.json").read_text())


def score(results: Path) -> float:
    """The score in a file that is whole whenever it is there."""
    made = json.loads(results.read_text()) if results.exists() else {"score": 0, "tests": COLUMNS}
    assert len(made["tests"]) == len(COLUMNS)
    return float(made["score"])


def test_gradescope_finds_every_question_in_results_json_and_no_seed(tmp_path: Path) -> None:
    handed_in(tmp_path / "submission")
    done, made = run_autograder(tmp_path)
    assert "exit code 0" in done.stdout
    tests = {test["number"]: test for test in made["tests"]}
    assert list(tests) == [column.id for column in COLUMNS]
    assert (tests["3.3.3"]["status"], tests["3.1.1"]["status"]) == ("passed", "failed")
    assert tests["1.1.2"]["score"] == 1
    assert made["score"] == 2
    (seed,) = {
        word.rstrip(":") for line in done.stdout.splitlines() if line.startswith("Seed ") for word in [line.split()[1]]
    }
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "submission" not in path.parts]
    assert [path.name for path in left if seed in path.read_text()] == []


def test_what_cannot_be_graded_is_told_to_students_and_to_staff(tmp_path: Path) -> None:
    done, made = run_autograder(tmp_path)  # there is no submission
    assert made["score"] == 0
    assert "could not be graded" in made["output"]
    assert "No such file or folder" in done.stderr
    assert "exit code 2" in done.stdout


def test_a_run_that_is_killed_leaves_what_was_judged(tmp_path: Path) -> None:
    handed_in(tmp_path / "submission")
    results = tmp_path / "results" / "results.json"
    with subprocess.Popen(
        [str(GRADESCOPE / "run_autograder")], env=environment(AUTOGRADER_ROOT=str(tmp_path)), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        until = time.monotonic() + 200
        while score(results) == 0 and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    assert score(results) == 1  # the notebook's question, and not the answer that comes after it


def test_markus_reads_a_row_a_question_and_nothing_else(tmp_path: Path) -> None:
    folder = handed_in(tmp_path / "tests")
    tester = folder / "specimen_tester"
    tester.write_bytes((MARKUS / "specimen_tester").read_bytes())
    tester.chmod(0o755)
    done = subprocess.run(
        ["./specimen_tester"], cwd=folder, env=environment(), capture_output=True, text=True, timeout=240, check=True
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    marks = {row["name"].split()[0]: (row["status"], row["marks_earned"]) for row in rows}
    assert marks.keys() == {column.id for column in COLUMNS if column.kind != "prose"}
    assert (marks["3.3.3"], marks["1.1.2"], marks["3.1.1"]) == (("pass", 1.0), ("pass", 1.0), ("fail", 0.0))
    assert "Marked by a person, and no row here: 3.1.3" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["answers.toml", "my work", "other", "specimen_tester"]


@pytest.mark.parametrize(
    "script", [GRADESCOPE / "setup.sh", GRADESCOPE / "run_autograder", MARKUS / "specimen_tester"], ids=str
)
def test_a_script_is_one_that_can_be_started(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_setup_refuses_what_is_no_checkout_before_it_installs_anything(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(GRADESCOPE / "setup.sh")], env=environment(AUTOGRADER_ROOT=str(tmp_path)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "is no checkout of Specimen" in done.stderr
    assert list(tmp_path.iterdir()) == []

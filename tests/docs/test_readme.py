"""The README's two commands, which are the project's contract, and the places that repeat them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.docs.pages import PAGES, README, commands, text
from tests.harness.notebooks import course_like

COMMANDS = [*commands(README, ""), *commands("CONTRIBUTING.md", "")]
NO_NETWORK = "needs the package index; it runs where CI is set"
LINES = 60


def test_the_commands_of_the_readme_are_the_three_it_promises() -> None:
    tails = [command.split("&& ")[-1] for command in COMMANDS]
    assert tails[:3] == [".venv/bin/tox -e check", ".venv/bin/tox -e check -- path/to/nmt.ipynb", ".venv/bin/tox"]
    assert tails[3:] == [".venv/bin/pre-commit install"]
    assert commands("docs/README.md", "")[:2] == [COMMANDS[0], COMMANDS[2]]


def test_the_readme_stays_one_screen() -> None:
    assert len(text(README).splitlines()) <= LINES


def test_ci_runs_the_test_command_of_the_readme() -> None:
    steps = COMMANDS[2].split(" && ")
    script = (ROOT / ".ci" / "run").read_text()
    assert all(step in script for step in steps)


def test_every_tox_environment_that_is_named_exists() -> None:
    everywhere = "".join(map(text, PAGES)) + (ROOT / ".pre-commit-config.yaml").read_text()
    named = set(re.findall(r"tox (?:-qq )?-e ([\w-]+)", everywhere)) | set(re.findall(r"\.tox/([\w-]+)", everywhere))
    defined = set(re.findall(r"^\[testenv:([\w-]+)\]", (ROOT / "tox.ini").read_text(), re.MULTILINE))
    assert named <= defined
    assert {"check", "laws", "types"} <= named


@pytest.mark.parametrize("options", ["--help", "check --help", "questions"])
def test_what_the_docs_point_to_answers(options: str) -> None:
    result = CliRunner().invoke(app, options.split(), env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert result.output


@pytest.mark.skipif("CI" not in os.environ, reason=NO_NETWORK)
def test_the_main_command_works_in_a_fresh_copy(tmp_path: Path) -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--null", "-T", "-", "-cf", str(tmp_path / "files.tar")], cwd=ROOT, input=files, check=True)
    subprocess.run(["tar", "-xf", "files.tar"], cwd=tmp_path, check=True)
    (tmp_path / "path" / "to").mkdir(parents=True)
    (tmp_path / "path" / "to" / "nmt.ipynb").write_text(course_like())
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TOX", "VIRTUAL_ENV", "PYTHON", "UV_"))}
    for command in COMMANDS[:2]:  # on the reference, then on the notebook
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "53/53" in done.stdout

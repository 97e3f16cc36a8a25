"""The commands for writers of kernels: one law each, and the benchmarks' options without a clock."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.benchmarks.test_session import UNTOLD
from tests.docs.pages import taken, words, written

PAGE = "docs/kernels.md"
ONE = ("--examples", "1", "--law", "causal-gradients")
PYTEST = "python -m pytest benchmarks"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kernel = (ROOT / "impl/attention/naive.py").read_text()
    written("mykernel.py", text=kernel + "\n\nfast = fast_attention = attention\n")


def test_kernels_are_judged_by_the_commands_of_the_page() -> None:
    for command in (*taken(PAGE, "", 6), *taken(PAGE, "One law", 1)):
        done = CliRunner().invoke(app, [*words(command), *ONE])
        assert done.exit_code == 0, f"{command}\n{done.output}"
        assert "1/1" in done.output


def test_the_benchmarks_know_the_options_of_the_pages(tmp_path: Path) -> None:
    """All options at once, and nothing is timed; a GPU's grid is collected as a CPU's."""
    found = [*taken(PAGE, "Timing", 5), *taken("benchmarks/README.md", "", 6)]
    options = [word for command in found if not command.startswith("specimen") for word in tail(command)]
    assert {"--quick", "--device", "--kernel", "--report"} <= set(options)
    options = [word.replace("mykernel.py", str(tmp_path / "mykernel.py")) for word in options]
    collect = [sys.executable, "-m", "pytest", "benchmarks", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*collect, *options, "--device", "cpu"], cwd=ROOT, capture_output=True, text=True, check=False, env=UNTOLD
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tail(command: str) -> list[str]:
    """What a command hands to pytest on the benchmarks."""
    if command.startswith("tox"):
        assert f"commands = {PYTEST} {{posargs}}" in (ROOT / "tox.ini").read_text()
        environment, _, rest = command.partition(" -- ")
        assert environment == "tox -e bench"
        return shlex.split(rest)
    assert command.startswith(PYTEST)
    return shlex.split(command.removeprefix(PYTEST))

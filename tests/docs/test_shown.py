"""What the pages and the stills show as the output of a command is what the command prints."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.docs.pages import shown
from tests.docs.wrong import FAILING, sees_the_next
from tests.harness.grading.tiny import fit

SHOWN = {
    "specimen check impl.reference": ["--examples", "2"],
    "specimen check impl.attention.naive": ["--examples", "2"],
    FAILING: [],
    r"specimen answer 1.2.2 '(X^T X + n \lambda I)^{-1} X^T \mathbf{t}'": [],
    "specimen questions 1.2.2": [],
    "specimen grade FOLDER": ["--examples", "2", "--workers", "1"],
    "specimen compare benchmarks/reports/cpu-epyc-2-cores-2026-11-24.json "
    '--case "*2048x64* full forward" --kernel chunked --kernel auto': [],
}
"""Every command whose output is shown, and what makes it short here."""
SHOWN_WHOLE = ("answer", "questions")


def test_every_output_that_is_shown_has_a_run() -> None:
    assert set(shown()) == set(SHOWN)


@pytest.mark.parametrize("command", SHOWN)
def test_what_is_shown_is_what_is_printed(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nmt.ipynb").write_text(sees_the_next())
    Path("benchmarks").symlink_to(ROOT / "benchmarks")
    for name, text in (("ada", fit()), ("bob", fit().replace("return m, c", "return c, m"))):
        Path("FOLDER", name).mkdir(parents=True)
        Path("FOLDER", name, "nmt.ipynb").write_text(text)
    options = [*shlex.split(command)[1:], *SHOWN[command]]
    output = CliRunner().invoke(app, options, env={"COLUMNS": "80"}).output
    printed = "\n".join(line.rstrip() for line in output.splitlines())
    for page, lines in shown()[command]:
        block = "\n".join(lines)
        is_there = block == printed if options[0] in SHOWN_WHOLE else block in printed
        assert is_there, f"{page} shows what `{command}` does not print:\n{printed}"

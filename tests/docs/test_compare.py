"""The commands that compare: on a report of record and a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.docs.pages import commands, words

PLACES = (("docs/compare.md", ""), ("docs/kernels.md", "Timing"), ("benchmarks/README.md", ""))
RECORD = ROOT / "benchmarks/reports/clip-cpu-epyc-2-cores-2026-11-27.json"


@pytest.mark.parametrize(("page", "section"), PLACES)
def test_reports_are_compared(page: str, section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("before.json", "after.json", "REPORT.json"):
        shutil.copy(RECORD, name)
    for command in commands(page, section):
        if command.startswith("specimen"):
            done = CliRunner().invoke(app, words(command))
            assert done.exit_code == 0, done.output
    assert Path("page.html").exists() == (page == PLACES[0][0])

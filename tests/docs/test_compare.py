"""The commands that compare: on a report of record and a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.docs.pages import in_sentences, taken, words

OF_CASE = {
    "nmt": "cpu-epyc-2-cores-translation-2026-11-26.json",
    "bert": "bert-cpu-epyc-2-cores-2026-11-26.json",
}
RECORD = ROOT / "benchmarks/reports/clip-cpu-epyc-2-cores-2026-11-27.json"


def compare(found: list[str]) -> None:
    """Run the commands of ours among them; the others make reports, and are taken in test_kernels.py."""
    for command in found:
        if command.startswith("specimen"):
            done = CliRunner().invoke(app, words(command))
            assert done.exit_code == 0, done.output


def test_reports_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("before.json", "after.json", "REPORT.json"):
        shutil.copy(RECORD, name)
    compare(taken("benchmarks/README.md", "", 6))
    for command in in_sentences("benchmarks/README.md", "specimen compare"):
        shutil.copy(RECORD.parent / OF_CASE[command.split()[-1]], "REPORT.json")
        compare([command])
    assert not Path("page.html").exists()
    compare(taken("docs/compare.md", "", 2))
    assert Path("page.html").exists()


@pytest.mark.parametrize("path", sorted(RECORD.parent.glob("*.json")), ids=lambda path: path.stem)
def test_a_report_of_record_is_one_that_compare_reads_but_for_a_sweep_s(path: Path) -> None:
    done = CliRunner().invoke(app, ["compare", str(path)])
    assert done.exit_code == (2 if path.name.startswith("sweep-") else 0)

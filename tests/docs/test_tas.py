"""The commands for a class: on one student's fit, with two cases a law, on whatever level of isolation is to be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from tests.docs.pages import commands, words, written
from tests.harness.grading.tiny import fit


def test_the_commands_of_a_class_do_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = commands("docs/tas.md", "")
    assert [words(command)[:2] for command in found] == [["grade", "FOLDER"]] * 3
    written("FOLDER", "ada", "nmt.ipynb", text=fit())
    for number, command in enumerate(found):
        options = ["--examples", "2", "--workers", "1", *(["--out", "third"] if number == 2 else [])]
        result = CliRunner().invoke(app, [*words(command), *options])
        refused = result.exit_code == 2 and "is not to be had here" in result.output + result.stderr
        assert result.exit_code == 0 or (refused and "require" in command), result.output + result.stderr
    assert "ada" in Path("grades/FOLDER/gradebook.csv").read_text()

"""The commands for a class: on one student's fit, with two cases a law, on whatever level of isolation is to be had."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from tests.docs.pages import sections, taken, text, words, written
from tests.harness.grading.tiny import fit

PAGE = "docs/tas.md"


def test_the_commands_of_a_class_do_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = taken(PAGE, "", 3)
    assert [words(command)[:2] for command in found] == [["grade", "FOLDER"]] * 3
    written("FOLDER", "ada", "nmt.ipynb", text=fit())
    for number, command in enumerate(found):
        options = ["--examples", "2", "--workers", "1", *(["--out", "third"] if number == 2 else [])]
        result = CliRunner().invoke(app, [*words(command), *options])
        refused = result.exit_code == 2 and "is not to be had here" in result.output + result.stderr
        assert result.exit_code == 0 or (refused and "require" in command), result.output + result.stderr
    gradebook, *others = re.findall(r"`([\w/]+\.\w+)`", sections(PAGE)[""])[:3]
    assert "ada" in Path(gradebook).read_text()
    (report,) = re.findall(r"`(submissions/NAME/\w+\.json)`", text("docs/formats.md"))
    assert all((Path(gradebook).parent / name).exists() for name in (*others, report.replace("NAME", "ada")))

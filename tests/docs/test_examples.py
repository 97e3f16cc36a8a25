"""The commands that put an autograder's zip together, in a small clone. What the scripts do is in tests/harness/report."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from harness.target import ROOT
from tests.docs.pages import taken

AUTHOR = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")


@pytest.mark.skipif(not shutil.which("zip"), reason="the page's command is zip, which is not installed")
def test_the_commands_of_gradescope_s_page_make_a_zip_with_the_scripts_at_its_root(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for command in (["init", "-q"], ["add", "examples"], [*AUTHOR, "commit", "-q", "-m", "examples"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    script = "set -e\n" + "\n".join(taken("examples/gradescope/README.md", "", 3))
    subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=True)
    names = set(zipfile.ZipFile(tmp_path / "autograder.zip").namelist())
    assert {"setup.sh", "run_autograder", "specimen/examples/gradescope/run_autograder"} <= names

"""Where the checkout, or a submission, lies in a folder that every subject may read: nothing of it is read all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.isolation import around, landlock
from harness.isolation.around import demand_unread, forbidden, hidden, without
from harness.target import ROOT
from tests.harness.cheats import wrong
from tests.harness.isolation.test_beside import READS
from tests.harness.mutants import PLAIN

CHECK = "from harness.cli import app; app()"
GOALS = (
    "spec/contracts/scaled_dot_attention.py",
    "harness/judge.py",
    "tests/laws/test_scaled_attention.py",
    "README.md",
)


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with a checkout in its folder src."""
    here = tmp_path_factory.mktemp("where") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(here)], check=True)
    packages = next((here / "lib").glob("python*")) / "site-packages"
    packages.joinpath("there.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    checkout = here / "src" / "specimen"
    for name in ("spec", "harness", "tests", "impl"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, checkout / name)
    return here


def checked(venv: Path, subject: Path, text: str, *options: str) -> str:
    """What is said of a subject by the checkout in a virtual environment."""
    subject.parent.mkdir(parents=True, exist_ok=True)
    subject.write_text(text)
    words = ["check", str(subject), "--law", "context", "--examples", "2", "--question", "3.1.1", *options]
    command = [str(venv / "bin" / "python"), "-c", CHECK, *words]
    environment = {**os.environ, "COLUMNS": "400"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=venv / "src" / "specimen", env=environment, capture_output=True, text=True, check=False
    )
    said = " ".join((done.stdout + done.stderr).split())
    if "isolation 1 (Landlock and seccomp) is not to be had" in said and not landlock.version():
        pytest.skip("the kernel has no Landlock")
    return said


def test_a_checkout_in_a_virtual_environment_is_not_read(venv: Path, tmp_path: Path) -> None:
    goals = [str(venv / "src" / "specimen" / name) for name in GOALS]
    tell = f"raise RuntimeError('; '.join(map(learnt, {goals})))"
    said = checked(venv, tmp_path / "a.py", wrong(first=READS, forward=tell), "--isolation", "1")
    assert said.count("Permission denied") == len(goals), said
    assert "isolation 1 (Landlock and seccomp)" in said


@pytest.mark.parametrize(
    ("other", "mine"),
    [("work/other/b.py", "work/mine/a.py"), ("their-own.py", "mine.py"), ("other/b.py", "mine/a.py")],
    ids=["folders in a folder", "files", "folders"],
)
def test_another_submission_in_a_virtual_environment_is_not_read(venv: Path, other: str, mine: str) -> None:
    (venv / other).parent.mkdir(parents=True, exist_ok=True)
    (venv / other).write_text("SECRET = 'c8f1'\n")
    tell = f"raise RuntimeError(learnt({str(venv / other)!r}))"
    said = checked(venv, venv / mine, wrong(first=READS, forward=tell), "--isolation", "1")
    assert "RuntimeError: Permission denied" in said, said


def test_a_submission_among_pythons_own_files_is_refused_in_a_sentence(venv: Path) -> None:
    said = checked(venv, venv / "lib" / "mine.py", PLAIN, "--isolation", "1")
    assert "mine.py is not judged: " in said, said
    assert "mine.py lies among files that every subject may read" in said, said
    assert "Traceback" not in said


def test_a_level_that_leaves_the_project_open_is_not_claimed(venv: Path, tmp_path: Path) -> None:
    """The checkout's own rules are undone."""
    rules = venv / "src" / "specimen" / "harness" / "isolation" / "places.py"
    text = rules.read_text()
    rules.write_text(text.replace("in without(one, hidden(one, readable.subject))", "in [os.path.realpath(one)]"))
    assert rules.read_text() != text
    said = checked(venv, tmp_path / "a.py", PLAIN)
    rules.write_text(text)
    assert "isolation 0 (separate process; not 1: " in said, said
    assert "it reads" in said


def test_a_folder_is_given_by_what_else_is_in_it(tmp_path: Path) -> None:
    for name in ("lib/a/b", "lib/c", "src/app", "src/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "cfg").write_text("")
    given = list(without(str(tmp_path), [str(tmp_path / "src" / "app"), str(tmp_path / "lib" / "a" / "b")]))
    assert [os.path.relpath(path, tmp_path) for path in given] == ["cfg", "lib/c", "src/other"]
    assert list(without(str(tmp_path / "lib64"), ["/nowhere"])) == [str(tmp_path / "lib")]
    assert list(without(str(tmp_path / "lib" / "c"), [str(tmp_path / "lib")])) == [str(tmp_path / "lib" / "c")]


def test_what_is_hidden_is_the_project_and_the_work_that_a_subject_is_among(tmp_path: Path) -> None:
    root = tmp_path / "lib" / "site-packages"
    for name in ("spec", "torch"):
        (root / name).mkdir(parents=True)
    assert hidden("/usr", "/usr/share/class/a/mine.py", root) == [str(root), "/usr/share/class"]
    for name in ("bin", "src/mine", "local/src", "local/cuda-13", "lib/a"):
        (tmp_path / "v" / name).mkdir(parents=True)
    place = tmp_path / "v"
    assert hidden(str(place), f"{place}/src/mine/a.py", root) == [str(root), f"{place}/src"]
    assert hidden(str(place), f"{place}/local/src/a.py", root) == [str(root), f"{place}/local/src"]
    with pytest.raises(OSError, match="lies among files that every subject may read"):
        hidden(str(place), f"{place}/lib/a/mine.py", root)
    assert hidden("/usr", "/home/class/a/mine.py", root) == [str(root)]
    assert hidden(str(tmp_path), str(root / "torch" / "nn.py"), root) == [str(root)]
    assert hidden(str(root), "", root) == [str(root / "spec")]


def test_what_can_be_read_is_told_and_what_is_given_by_name_is_not_tried(tmp_path: Path) -> None:
    for name in ("class/mine/a.py", "class/mine/b.py", "class/other/c.py", "class/venv/cfg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    mine = str(tmp_path / "class" / "mine" / "a.py")
    tried = forbidden([mine, str(tmp_path / "class" / "venv")], mine, [mine], tmp_path)
    assert sorted(os.path.relpath(path, tmp_path) for path in tried) == ["class/mine/b.py", "class/other/c.py"]
    with pytest.raises(OSError, match=r"it reads .*\.py, which lies among what every subject may read"):
        demand_unread(tried)
    demand_unread([str(tmp_path / "nothing")])
    assert around.ROOT == ROOT

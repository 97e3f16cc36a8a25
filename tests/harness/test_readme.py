"""Every command in README and CONTRIBUTING is one that works, and what the README shows is what it prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.harness.grading.tiny import fit
from tests.harness.notebooks import ON_A_GPU, course_like

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
COMMANDS = re.findall(r"^ {4}(\S.*venv .*)$", README + CONTRIBUTING, re.MULTILINE)
NO_NETWORK = "needs the package index; it runs where CI is set"


def shown_after(command: str) -> list[str]:
    """The block that the README shows as the output of a command."""
    block = README.split(f"<!-- from: {command} -->\n\n")[1].split("\n\n")[0]
    return [line[4:] for line in block.splitlines()]


def test_the_verdict_in_the_readme_is_the_verdict() -> None:
    printed = (
        CliRunner()
        .invoke(app, ["check", "impl.reference", "--examples", "5"], env={"COLUMNS": "80"})
        .output.splitlines()
    )
    assert [line.rstrip() for line in printed[:8]] == shown_after("specimen check impl.reference")


def test_the_verdict_on_a_kernel_is_the_verdict() -> None:
    printed = (
        CliRunner()
        .invoke(app, ["check", "impl.attention.naive", "--examples", "2"], env={"COLUMNS": "80"})
        .output.splitlines()
    )
    assert [line.rstrip() for line in printed[:2]] == shown_after("specimen check impl.attention.naive")


def test_the_failure_in_the_readme_is_the_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nmt.ipynb").write_text(course_like(causal=ON_A_GPU[1].replace("diagonal=1", "diagonal=2")))
    command = "specimen check nmt.ipynb --law later-inputs --seed 1843"
    printed = CliRunner().invoke(app, shlex.split(command)[1:], env={"COLUMNS": "80"}).output
    block = "\n".join(shown_after(command))
    assert block in "\n".join(line.rstrip() for line in printed.splitlines())


def test_the_written_answer_in_the_readme_is_judged_so() -> None:
    command = re.findall(r"<!-- from: (specimen answer .*) -->", README)[0]
    printed = CliRunner().invoke(app, shlex.split(command)[1:], env={"COLUMNS": "80"}).output.splitlines()
    assert [line.rstrip() for line in printed] == shown_after(command)


def test_the_commands_for_the_written_part_do_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = re.findall(r"^\| `(specimen (?:questions|prove|figure) [^`]*)`", README, re.MULTILINE)
    assert len(commands) == 3
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert CliRunner().invoke(app, shlex.split(command)[1:]).exit_code == 0, command
    assert (tmp_path / "toy.svg").read_text().startswith("<?xml")


def test_the_commands_of_translation_do_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On fewer words and for fewer epochs; options that a command is given twice count as given last."""
    monkeypatch.chdir(tmp_path)
    letters = "bcdfghklmnprst"
    Path("pig_latin_small.txt").write_text("\n".join(f"{a}at{b} at{b}{a}ay" for a in letters for b in letters))
    small = ["--data", "pig_latin_small.txt", "--hidden", "8", "--layers", "1", "--epochs", "1"]
    section = README.split("## English to Pig Latin")[1].split("\n## ")[0]
    commands = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(specimen .*)$", section, re.MULTILINE)]
    assert [command[0] for command in commands] == ["train"] * 3 + ["translate", "experiment", "experiment"]
    for number, command in enumerate(commands[:3]):
        assert CliRunner().invoke(app, [*command, *small, "--out", f"run{number}"]).exit_code == 0, command
    assert CliRunner().invoke(app, [word.replace("DIR", "run1") for word in commands[3]]).exit_code == 0
    assert "EOS" in Path("maps.svg").read_text()
    for command in commands[4:]:
        options = ["--small", "pig_latin_small.txt", "--large", "pig_latin_small.txt", "--quick"]
        assert CliRunner().invoke(app, [*command, *options]).exit_code == 0, command


def test_the_commands_of_the_scaling_laws_do_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On fewer words, smaller models and for fewer epochs."""
    monkeypatch.chdir(tmp_path)
    letters = "bcdfghklmnprst"
    Path("pig_latin_small.txt").write_text("\n".join(f"{a}at{b} at{b}{a}ay" for a in letters for b in letters))
    section = README.split("## Scaling laws")[1].split("\n## ")[0]
    commands = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(specimen .*)$", section, re.MULTILINE)]
    assert [command[0] for command in commands] == ["sweep"] * 3 + ["isoflop"]
    small = ["--hidden", "4,6,8", "--epochs", "6", "--data", "pig_latin_small.txt", "--workers", "2"]
    for command, options in zip(
        commands, (small, [*small, "--seeds", "1"], ["--seeds", "2"], ["--draws", "100"]), strict=True
    ):
        result = CliRunner().invoke(
            app, [*command, *options, *(["--budgets", "2e-5,3e-5"] if command[0] == "isoflop" else [])]
        )
        assert result.exit_code == 0, result.output
    assert len(list(Path("DIR/isoflop").glob("*.svg"))) == 6


def test_the_commands_of_bert_do_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On models as small as they can be, which are pretrained in a few steps."""
    from impl.bert import experiment, pretraining, several

    monkeypatch.chdir(tmp_path)
    tiny = {"hidden": 16, "layers": 1, "heads": 2, "lines": 400, "batch_tokens": 96, "steps": 4}
    monkeypatch.setattr(pretraining, "Recipe", partial(pretraining.Recipe, **tiny))
    monkeypatch.setattr(experiment, "QUICK_STEPS", 3)
    monkeypatch.setattr(several, "cores", lambda: 1)
    section = README.split("## BERT on verbal arithmetic")[1].split("\n## ")[0]
    commands = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(specimen .*)$", section, re.MULTILINE)]
    assert [command[0] for command in commands] == ["pretrain"] + ["finetune"] * 2 + ["classify"] + ["experiment"] * 2
    for command in commands:
        seeds = ["--seeds", "2"] if command[0] == "experiment" else []
        result = CliRunner().invoke(app, [*command, *seeds])
        assert result.exit_code == 0, result.output
    assert Path("runs/experiment-4/errors.svg").exists()


def test_the_commands_of_clip_do_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a small model after a few steps; and on another in the place of the large one, with drawn scenes for a reef."""
    from impl.clip import encoder
    from impl.clip.drawn import gallery
    from impl.clip.mini import shape, training

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "Recipe", partial(training.Recipe, steps=3, scenes=64, batch=16, blocks=2))
    monkeypatch.setattr(training, "QUICK", {})
    monkeypatch.setattr(training, "cores", lambda: 1)
    monkeypatch.setattr(encoder, "cores", lambda: 1)
    gallery.folder(Path("reef"), 20)
    Path("reef/007.png").rename("reef/clownfish.jpg")
    Path("other").mkdir()
    shape.write(Path("other"), shape.config(), shape.build(shape.config(), 0).state_dict(), role=None)
    Path("clip.ipynb").write_text(nbformat.writes(new_notebook(cells=[new_code_cell('caption = "a red circle"')])))
    section = README.split("## CLIP and the caption hunt")[1].split("\n## ")[0].replace("ViT-B-32:openai", "other")
    commands = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(specimen .*)$", section, re.MULTILINE)]
    kinds = ["train", "similarity", "zero-shot", "prompts", "hunt", "hunt", "hunt", "check"]
    assert [command[0] for command in commands] == kinds
    for command in commands:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0 or command[0] == "check", result.output
    assert "of 20 pictures" in result.output
    assert Path("runs/clip/hunt.svg").exists()


def test_the_commands_of_the_readme_are_the_three_it_promises() -> None:
    tails = [command.split("&& ")[-1] for command in COMMANDS]
    assert tails[:3] == [".venv/bin/tox -e check", ".venv/bin/tox -e check -- path/to/nmt.ipynb", ".venv/bin/tox"]
    assert tails[3:] == [".venv/bin/pre-commit install"]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    steps = COMMANDS[2].split(" && ")
    script = (ROOT / ".ci" / "run").read_text()
    assert all(step in script for step in steps)


def test_every_tox_environment_that_is_named_exists() -> None:
    named = set(
        re.findall(r"tox (?:-qq )?-e (\w+)", README + CONTRIBUTING + (ROOT / ".pre-commit-config.yaml").read_text())
    )
    defined = set(re.findall(r"^\[testenv:(\w+)\]", (ROOT / "tox.ini").read_text(), re.MULTILINE))
    assert named <= defined
    assert {"check", "laws", "types"} <= named


@pytest.mark.parametrize("options", ["--help", "check --help", "questions"])
def test_what_the_readme_points_to_answers(options: str) -> None:
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


def test_the_commands_of_a_class_do_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one student's fit, with two cases a law, on whatever level of isolation is to be had."""
    monkeypatch.chdir(tmp_path)
    section = README.split("## A class")[1].split("\n## ")[0]
    commands = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(specimen .*)$", section, re.MULTILINE)]
    assert [command[:2] for command in commands] == [["grade", "FOLDER"]] * 3
    Path("FOLDER/ada").mkdir(parents=True)
    Path("FOLDER/ada/nmt.ipynb").write_text(fit())
    for number, command in enumerate(commands):
        options = ["--examples", "2", "--workers", "1", *(["--out", "third"] if number == 2 else [])]
        result = CliRunner().invoke(app, [*command, *options])
        refused = result.exit_code == 2 and "is not to be had here" in result.output + result.stderr
        assert result.exit_code == 0 or (refused and "require" in command), result.output + result.stderr
    assert "ada" in Path("grades/FOLDER/gradebook.csv").read_text()

"""The commands of sections 3 to 5, on fewer words, smaller models and for fewer steps."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import nbformat
import pytest
from click.testing import Result
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from tests.docs.formats import unnamed
from tests.docs.pages import taken, words

PAGE = "docs/experiments.md"
LIST = "pig_latin_small.txt"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(command: list[str], *more: str) -> Result:
    """What comes of a command; options that it is given twice count as given last."""
    result = CliRunner().invoke(app, [*command, *more])
    assert result.exit_code == 0, f"{command}\n{result.output}{result.stderr}"
    return result


def few_words() -> None:
    letters = "bcdfghklmnprst"
    Path(LIST).write_text("\n".join(f"{a}at{b} at{b}{a}ay" for a in letters for b in letters))


def test_the_page_begins_with_a_command_that_it_explains() -> None:
    assert set(taken(PAGE, "", 1)) <= set(taken(PAGE, "English to Pig Latin", 6))


def test_the_commands_of_translation_do_what_the_page_says() -> None:
    few_words()
    small = ["--data", LIST, "--hidden", "8", "--layers", "1", "--epochs", "1"]
    found = [words(one) for one in taken(PAGE, "English to Pig Latin", 6)]
    assert [command[0] for command in found] == ["train"] * 3 + ["translate", "experiment", "experiment"]
    for number, command in enumerate(found[:3]):
        run(command, *small, "--out", f"run{number}")
    run([word.replace("DIR", "run1") for word in found[3]])
    assert "EOS" in Path("maps.svg").read_text()
    for command in found[4:]:
        run(command, "--small", LIST, "--large", LIST, "--quick")
    assert unnamed(Path()) == {}


def test_the_commands_of_the_scaling_laws_do_what_the_page_says() -> None:
    few_words()
    found = [words(one) for one in taken(PAGE, "Scaling laws", 4)]
    assert [command[0] for command in found] == ["sweep"] * 3 + ["isoflop"]
    small = ["--hidden", "4,6,8", "--epochs", "6", "--data", LIST, "--workers", "2"]
    last = ["--draws", "100", "--budgets", "2e-5,3e-5"]
    for command, options in zip(found, (small, [*small, "--seeds", "1"], ["--seeds", "2"], last), strict=True):
        run(command, *options)
    assert len(list(Path("DIR/isoflop").glob("*.svg"))) == 6
    assert unnamed(Path()) == {}


def test_the_commands_of_bert_do_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """On models as small as they can be, which are pretrained in a few steps."""
    from impl.bert import experiment, pretraining, several

    tiny = {"hidden": 16, "layers": 1, "heads": 2, "lines": 400, "batch_tokens": 96, "steps": 4}
    monkeypatch.setattr(pretraining, "Recipe", partial(pretraining.Recipe, **tiny))
    monkeypatch.setattr(experiment, "QUICK_STEPS", 3)
    monkeypatch.setattr(several, "cores", lambda: 1)
    found = [words(one) for one in taken(PAGE, "BERT on verbal arithmetic", 6)]
    assert [command[0] for command in found] == ["pretrain"] + ["finetune"] * 2 + ["classify"] + ["experiment"] * 2
    for command in found:
        run(command, *(["--seeds", "2"] if command[0] == "experiment" else []))
    assert Path("runs/experiment-4/errors.svg").exists()
    assert unnamed(Path()) == {}


def a_small_clip_and_a_reef(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small model after a few steps; another in the place of the large one, and drawn scenes for a reef."""
    from impl.clip.drawn import gallery
    from impl.clip.mini import shape, training

    monkeypatch.setattr(training, "Recipe", partial(training.Recipe, steps=3, scenes=64, batch=16, blocks=2))
    monkeypatch.setattr(training, "QUICK", {})
    gallery.folder(Path("reef"), 20)
    Path("reef/007.png").rename("reef/clownfish.jpg")
    Path("other").mkdir()
    shape.write(Path("other"), shape.config(), shape.build(shape.config(), 0).state_dict(), role=None)


def test_the_commands_of_clip_do_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    a_small_clip_and_a_reef(monkeypatch)
    Path("clip.ipynb").write_text(nbformat.writes(new_notebook(cells=[new_code_cell('caption = "a red circle"')])))
    found = [words(one.replace("ViT-B-32:openai", "other")) for one in taken(PAGE, "CLIP and the caption hunt", 8)]
    kinds = ["train", "similarity", "zero-shot", "prompts", "hunt", "hunt", "hunt", "check"]
    assert [command[0] for command in found] == kinds
    for command in found[:-1]:
        run(command)
    assert Path("runs/clip/hunt.svg").exists()
    assert unnamed(Path()) == {}
    assert "of 20 pictures" in CliRunner().invoke(app, found[-1]).output


def test_the_options_of_the_write_up_are_there() -> None:
    """It takes minutes; what it does has tests of its own."""
    found = [words(one) for one in taken(PAGE, "The write-up", 2)]
    assert [command[0] for command in found] == ["writeup"] * 2
    for command in found:
        run(command, "--help")


def test_a_notebook_of_ours_is_judged_as_any_is() -> None:
    (command,) = taken(PAGE, "The notebooks", 1)
    Path("notebooks").symlink_to(ROOT / "notebooks")
    run(words(command), "--question", "3.3.3", "--law", "power-law", "--examples", "2")

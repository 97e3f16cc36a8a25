"""What a notebook has trained is kept by all that decides on it: whoever edits a recipe or the loss trains anew."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from impl.bert import pretraining
from impl.clip.mini import training
from notebooks.make import read

Edit = tuple[str, str]


def code(name: str, holds: str) -> str:
    (found,) = (cell.source for cell in read(name).cells if cell.cell_type == "code" and holds in cell.source)
    return str(found)


@pytest.fixture
def kept(tmp_path: Path) -> Callable[..., Path]:
    """Where a notebook keeps what its cells train, after what is to be put in the place of something in them."""

    def where(edit: Edit = ("", ""), *, name: str, cells: tuple[str, ...]) -> Path:
        known: dict[str, Any] = {"RUNS": tmp_path, "training": training, "pretraining": pretraining}
        exec("import hashlib, inspect", known)  # noqa: S102
        sources = [code(name, holds) for holds in cells]
        assert edit[0] in "".join(sources)
        for number, source in enumerate(sources):
            path = tmp_path / f"{abs(hash((edit, number)))}.py"  # where inspect finds the source, as it does a cell's
            path.write_text(source.replace(*edit) if edit[0] else source)
            exec(compile(path.read_text(), str(path), "exec"), known)  # noqa: S102
        return Path(known["MADE" if name == "clip" else "MINIS"])

    return where


CLIP: Any = {"name": "clip", "cells": ("def contrastive_loss", "MADE = ")}
BERT: Any = {"name": "bert", "cells": ("MINIS = ",)}


@pytest.mark.parametrize("of", [CLIP, BERT], ids=["clip", "bert"])
def test_the_same_is_kept_in_the_same_place(kept: Callable[..., Path], of: Any, tmp_path: Path) -> None:
    assert kept(**of) == kept(**of)
    assert kept(**of).parent == tmp_path


@pytest.mark.parametrize(
    ("of", "edit"),
    [
        pytest.param(CLIP, ("steps=400", "steps=401"), id="recipe"),
        pytest.param(CLIP, ("(of_texts + of_pictures) / 2", "of_texts"), id="loss"),
        pytest.param(CLIP, ("texts @ images.T", "(texts @ images.T).abs()"), id="what the loss is made of"),
        pytest.param(BERT, ("steps=900", "steps=901"), id="pretraining"),
        pytest.param(BERT, ("lines=20_000", "lines=20_001"), id="text"),
    ],
)
def test_what_decides_on_the_training_decides_on_the_place(kept: Callable[..., Path], of: Any, edit: Edit) -> None:
    assert kept(edit, **of) != kept(**of)


def test_a_model_of_another_recipe_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """The cells that train look nowhere but in that place: with another model beside it they begin."""
    (tmp_path / "mini-math").mkdir()
    (tmp_path / "mini-math" / pretraining.ABOUT).write_text("{}")
    begun: list[Path] = []
    recipes = {"mini-math": pretraining.Recipe("math"), "mini-chatter": pretraining.Recipe("chatter")}
    known: dict[str, Any] = {
        "RUNS": tmp_path, "MINIS": tmp_path / "new", "PRETRAINED": recipes, "DEVICE": "cpu",
        "pretrain": lambda wanted, **_: begun.extend(folder for _, folder in wanted),
        "pretraining": SimpleNamespace(is_complete=pretraining.is_complete),
    }  # fmt: skip
    exec(code("bert", "wanted = ").partition("\nfor ")[0], known)  # noqa: S102
    assert begun == [tmp_path / "new" / "mini-math", tmp_path / "new" / "mini-chatter"]
    assert "RUNS" not in code("clip", "run.loss = contrastive_loss")

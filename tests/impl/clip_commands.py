"""The commands of section 5 for tests, in a folder with a model that was trained for no time."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from PIL import Image
from typer.testing import CliRunner

from harness.cli import app
from impl.clip.drawn import gallery
from impl.clip.mini import measured, training
from tests.impl.clip_models import TINY
from tests.impl.picture_files import saved

DRAWN = gallery.unseen(5, 9)


def small(patch: pytest.MonkeyPatch) -> None:
    """Trainings, scenes and measurements that take no time."""
    whole, drawn = training.Recipe, gallery.folder
    patch.setattr(training, "Recipe", lambda **given: whole(**{**TINY, **given}))
    patch.setattr(training, "QUICK", {"steps": 3})
    patch.setattr(training, "measure", partial(measured.measure, each=1, count=8))
    patch.setattr(gallery, "folder", lambda path: drawn(path, 12))
    patch.setattr(constants, "HF_HUB_OFFLINE", True)
    patch.setattr(constants, "HF_HUB_CACHE", "no-cache")
    patch.setenv("OMP_NUM_THREADS", "1")


def pictures() -> None:
    """Five pictures here, in a folder for each of two labels."""
    for number, (_, picture) in enumerate(DRAWN):
        saved(Path(f"pictures/{'ab'[number % 2]}_label/{number}.png"), picture)


def specimen(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def written(kind: str, folder: str = "runs/clip") -> dict[str, Any]:
    """The numbers that were written, beside two figures."""
    place = Path(folder)
    assert (place / f"{kind}.svg").read_bytes().startswith(b"<?xml")
    with Image.open(place / f"{kind}.png") as figure:
        assert min(figure.size) > 100
    return json.loads((place / f"{kind}.json").read_text())

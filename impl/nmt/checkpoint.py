"""Checkpoints are safetensors files, whole or not there, that say in themselves what they are.

`best.safetensors` holds a model's parameters by name, as its modules have them; `last.safetensors` all that a run needs
to go on. Both carry the run's settings in their header.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from impl.nmt.learner import Learner, build
from impl.nmt.recipe import Recipe
from impl.tensor_file import BadCheckpointError, Header, read

BEST, LAST = "best.safetensors", "last.safetensors"


def load(folder: Path, device: str = "cpu") -> tuple[Learner, Recipe]:
    """The best model of a run, and the recipe that it was trained by.

    Raises:  BadCheckpointError where there is no run, or its file is damaged or of another model.
    """
    if not folder.is_dir():
        raise BadCheckpointError(f"{folder}: no such folder; a run's folder is what `specimen train nmt` names")
    tensors, header = read(folder / BEST)
    try:
        recipe = Recipe.from_json(header["recipe"])
        learner = build(recipe, device)
        with torch.no_grad():
            learner.modules.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadCheckpointError(f"{folder / BEST}: not a model that can be built: {error}") from error
    return learner, recipe


def last_header(folder: Path) -> Header:
    """What the last checkpoint of a run says of itself, without its tensors; nothing if there is none that can be read."""
    try:
        with safe_open(folder / LAST, framework="pt") as file:
            return dict(json.loads(file.metadata()["specimen"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return {}

"""A fine-tuned classifier in a folder, as transformers saves it, with what it was trained on and how that went."""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers

from impl.bert.finetuning import Epoch, FineTuning
from impl.bert.quiet import keep
from impl.bert.weights import FINETUNED, Pretrained, WeightsError, load


class FolderError(ValueError):
    """A folder that holds something else already, or not what is asked for."""


def demand_free(folder: Path) -> None:
    """Refuse a folder that something is in, or that cannot be made.

    Raises:  FolderError; OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError(f"{folder} is there already: --out saves elsewhere")
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in made:
        one.rmdir()


def save(folder: Path, tuning: FineTuning, epochs: list[Epoch], data: str | None) -> None:
    """Write a classifier into a folder of its own, whole or not at all; `data` is where its sentences came from.

    Raises:  FolderError; OSError.
    """
    demand_free(folder)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        keep(tuning.model, tuning.pretrained.tokenizer, part)
        told = _told(tuning, epochs, data)
        (part / FINETUNED).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def classifier(folder: Path) -> Pretrained:
    """The classifier in a folder.

    Raises:  FolderError where there is none; WeightsError where it cannot be read.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder}: no such folder; a checkpoint is what `specimen finetune bert` names")
    found = load(str(folder.resolve()), seed=0, minis=folder)
    if found.new:
        raise FolderError(
            f"{folder} holds no classifier, for it lacks {found.new[0]}: `specimen finetune bert --weights {folder}`"
            " makes one"
        )
    return found


def note(folder: Path) -> str | None:
    """What must be said beside what a classifier says: that its weights stand in for others.

    Raises:  WeightsError.
    """
    told = about(folder)
    if not told.get("stands_in_for"):
        return None
    return f"{told['weights']} was pretrained here on generated text; it stands in for {told['stands_in_for']}."


def about(folder: Path) -> dict[str, Any]:
    """What a classifier's folder says of it; nothing, if it was not saved here.

    Raises:  WeightsError if that cannot be read.
    """
    if not (folder / FINETUNED).exists():
        return {}
    try:
        return dict(json.loads((folder / FINETUNED).read_text(encoding="utf-8")).items())
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsError(f"{folder / FINETUNED} cannot be read: {error}") from error


def _told(tuning: FineTuning, epochs: list[Epoch], data: str | None) -> dict[str, Any]:
    pretrained, split = tuning.pretrained, tuning.split
    return {
        "weights": pretrained.name,
        "stands_in_for": pretrained.stands_in_for,
        "new": list(pretrained.new),
        "parameters": pretrained.parameters,
        "recipe": {**asdict(tuning.recipe), "rate": tuning.rate},
        "data": data or "generated, split by the seed",
        "seen": len(split.seen),
        "unseen": len(split.unseen),
        "majority": split.majority,
        "features_s": tuning.features_s,
        "epochs": [one._asdict() for one in epochs],
        "device": tuning.device,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }

"""Drawn scenes by the thousand, and folders of them: what the small CLIP is trained on, what it is tested on, and what is
hunted through where nobody gives a folder."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from filelock import FileLock
from PIL import Image
from torch import Tensor

from impl.clip.drawn import scenes
from impl.clip.drawn.drawing import SIDE, picture
from impl.clip.drawn.scenes import Scene
from impl.whole_file import write_whole

COUNT = 500  # as many as the course's class of coral reefs has
CAPTIONS = "captions.json"
OURS = re.compile(r"\d{3,}\.png|\..*")  # what may lie in a folder of scenes that is not complete
A_BLOCK = 1000  # scenes between two reports

Show = Callable[[int, int], None]


class Gallery(NamedTuple):
    """Scenes with their pictures.

    Shapes:  pictures uint8 [n, 3, 64, 64].
    """

    scenes: list[Scene]
    pictures: Tensor


def draw(count: int, seed: int, show: Show = lambda _, __: None) -> Gallery:
    """Scenes to train on: none has an unseen combination.

    Edges:   the same seed gives the same pictures, and a larger count begins with those of a smaller one.
    """
    dice = random.Random(f"training {seed}")  # noqa: S311 - a scene is no secret
    pictures = np.empty((count, SIDE, SIDE, 3), np.uint8)
    drawn = []
    for number in range(count):
        drawn.append(scenes.draw(dice, unseen=False))
        pictures[number] = picture(drawn[-1], dice)
        if (number + 1) % A_BLOCK == 0 or number + 1 == count:
            show(number + 1, count)
    return Gallery(drawn, torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous())


def unseen(count: int, seed: int) -> list[tuple[Scene, Image.Image]]:
    """Different scenes, in each of which a colour and a shape meet that never met in training."""
    dice = random.Random(f"unseen {seed}")  # noqa: S311
    return [(scene, picture(scene, dice)) for scene in scenes.different(dice, count, unseen=True)]


def things(each: int, seed: int, *, are_unseen: bool) -> list[tuple[Scene, Image.Image]]:
    """Scenes of a single thing: so many of every combination of a colour and a shape that was, or was not, trained on."""
    dice = random.Random(f"things {seed}")  # noqa: S311
    pairs = [(colour, shape) for colour in scenes.COLOURS for shape in scenes.SHAPES]
    chosen = [pair for pair in pairs if (pair in scenes.UNSEEN) is are_unseen]
    drawn = [scenes.one_thing(dice, *pair) for pair in chosen for _ in range(each)]
    return [(scene, picture(scene, dice)) for scene in drawn]


def folder(path: Path, count: int = COUNT, seed: int = 0) -> dict[str, str]:
    """Have a folder of unseen scenes as PNG files, with their captions in a file beside them; -> captions by file.

    Edges:   what is there already, whole and by the same settings, stays as it is.
    Raises:  ValueError if the folder holds scenes by other settings, or other things; OSError.
    """
    path.mkdir(parents=True, exist_ok=True)
    with FileLock(path / ".lock"):
        settings = {"count": count, "seed": seed}
        if (path / CAPTIONS).exists():
            return _captions(path, settings)
        if strange := sorted(one.name for one in path.iterdir() if not OURS.fullmatch(one.name)):
            raise ValueError(f"{path} holds {strange[0]}, and no scenes: they are drawn into a folder of their own")
        told: dict[str, str] = {}
        for number, (scene, drawn) in enumerate(unseen(count, seed)):
            name = f"{number:03d}.png"
            drawn.save(path / name)
            told[name] = scene.caption
        write_whole(path / CAPTIONS, (json.dumps({**settings, "captions": told}, indent=1) + "\n").encode())
        return told


def _captions(path: Path, settings: dict[str, int]) -> dict[str, str]:
    """The captions of a folder that is there, if its scenes are those that would be drawn now.

    Raises:  ValueError.
    """
    try:
        held = json.loads((path / CAPTIONS).read_text(encoding="utf-8"))
        captions = {str(name): str(caption) for name, caption in held["captions"].items()}
        had = {name: held[name] for name in settings}
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"{path / CAPTIONS} is damaged, or none of ours: {error!r}") from error
    if had != settings:
        raise ValueError(f"{path} holds scenes by {had}, not by {settings}")
    if gone := [name for name in captions if not (path / name).is_file()]:
        raise ValueError(f"{path} lacks {gone[0]}: without {CAPTIONS} its scenes are drawn again")
    dice = random.Random(f"unseen {settings['seed']}")  # noqa: S311
    drawn = scenes.different(dice, settings["count"], unseen=True)
    with Image.open(path / next(iter(captions), "")) as first:
        is_same = np.array_equal(np.asarray(first), np.asarray(picture(drawn[0], dice)))
    if not is_same or list(captions.values()) != [scene.caption for scene in drawn]:
        raise ValueError(f"{path} holds scenes that were drawn otherwise: without {CAPTIONS} they are drawn again")
    return captions

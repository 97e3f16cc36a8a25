"""How well a CLIP does on scenes, in each of which a colour and a shape meet that never met in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from impl.clip.drawn import gallery, scenes
from impl.clip.drawn.scenes import Group, Scene
from impl.clip.encoder import Encoder

EACH = 40  # pictures of a colour of a shape
FIRST = 5


def measure(encoder: Encoder, seed: int, *, each: int = EACH, count: int = gallery.COUNT) -> dict[str, Any]:
    """Zero-shot classification of single things, and the hunt for each of many scenes by its own caption.

    Units:   shares from 0 to 1; `both` is of the colour and the shape, one among all 64 pairs.
    """
    return {
        "unseen": zero_shot(encoder, gallery.things(each, seed, are_unseen=True)),
        "seen": zero_shot(encoder, gallery.things(max(1, each // 8), seed, are_unseen=False)),
        "hunt": hunt(encoder, gallery.unseen(count, seed)),
    }


def zero_shot(encoder: Encoder, things: Sequence[tuple[Scene, Image.Image]]) -> dict[str, float]:
    """How many of some single things' colours are right among eight, shapes among eight, and both among 64."""
    features = encoder.encode_images([picture for _, picture in things])
    pairs = [(colour, shape) for colour in scenes.COLOURS for shape in scenes.SHAPES]
    asked: dict[str, tuple[list[Group], list[int]]] = {
        "colour": (
            [Group(1, None, colour, None) for colour in scenes.COLOURS],
            [scenes.COLOURS.index(str(scene.first.colour)) for scene, _ in things],
        ),
        "shape": (
            [Group(1, None, None, shape) for shape in scenes.SHAPES],
            [scenes.SHAPES.index(str(scene.first.shape)) for scene, _ in things],
        ),
        "both": (
            [Group(1, None, *pair) for pair in pairs],
            [pairs.index((str(scene.first.colour), str(scene.first.shape))) for scene, _ in things],
        ),
    }
    return {
        **{name: _right(encoder, features, groups, truth) for name, (groups, truth) in asked.items()},
        "pictures": len(things),
    }


def hunt(encoder: Encoder, things: Sequence[tuple[Scene, Image.Image]]) -> dict[str, float]:
    """How often the caption of a scene puts its picture first among all, and among the first five."""
    pictures = encoder.encode_images([picture for _, picture in things])
    similarities = encoder.encode_texts([scene.caption for scene, _ in things]) @ pictures.T
    ranks = (similarities >= similarities.diagonal()[:, None]).sum(dim=1)
    return {
        "first": (ranks == 1).float().mean().item(),
        "among_the_first_five": (ranks <= FIRST).float().mean().item(),
        "pictures": len(things),
    }


def _right(encoder: Encoder, features: Tensor, groups: Sequence[Group], truth: Sequence[int]) -> float:
    similarities = features @ encoder.encode_texts([str(group) for group in groups]).T
    return (similarities.argmax(dim=1) == torch.tensor(truth)).float().mean().item()

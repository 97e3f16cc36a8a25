"""Small CLIPs for tests. Their parameters are at random, which is enough wherever nobody asks how good they are."""

import json
from pathlib import Path
from typing import Any

import torch

from impl.clip.mini import shape
from impl.clip.mini.training import Recipe

SMALLEST: dict[str, Any] = {"width": 4, "text_width": 32, "layers": 1}
TINY: dict[str, Any] = {"steps": 4, "scenes": 64, "batch": 16, "blocks": 2, **SMALLEST}
ROLE = "ViT-B-32:openai"


def recipe(**other: Any) -> Recipe:
    """A training that takes no time."""
    return Recipe(**{**TINY, **other})


def clip(folder: Path, *, seed: int = 0, role: str | None = None) -> Path:
    """A CLIP as it is written after a training; with a role, it says of itself that it was trained here."""
    folder.mkdir(parents=True, exist_ok=True)
    of = shape.config(**SMALLEST)
    shape.write(folder, of, shape.build(of, seed).state_dict(), role=role)
    if role:
        (folder / "training.json").write_text(json.dumps({"stands_in_for": role}))
    return folder


def furthest(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest distance of two tensors of one shape, entry by entry."""
    assert one.shape == other.shape
    return float((one - other).abs().max())

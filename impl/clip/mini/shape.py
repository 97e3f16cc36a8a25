"""The small CLIP: its shape, in open_clip's words, and its folder, which open_clip reads as `local-dir:FOLDER`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import CLIP
from open_clip.transform import PreprocessCfg, image_transform_v2
from safetensors.torch import save
from torch import Tensor

from impl.clip.drawn.drawing import SIDE
from impl.clip.mini import words
from impl.whole_file import write_whole

NAME, STANDS_IN_FOR = "mini-clip", "ViT-B-32:openai"
CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"  # the names that open_clip looks for
HEAD = 32  # of the transformer's width
FIRST_SCALE = 10.0  # a scale of 14, as CLIP begins with, makes the first steps of a model this small wild
WIDTH = 128


def config(*, width: int = 16, text_width: int = WIDTH, layers: int = 3) -> dict[str, Any]:
    """What open_clip builds it from: the residual network of CLIP, and its transformer, a tenth as wide and as deep.

    Units:   `width` is the network's first number of channels, `layers` the transformer's.
    """
    return {
        "embed_dim": WIDTH,
        "vision_cfg": {"image_size": SIDE, "layers": [1, 1, 1, 1], "width": width},
        "text_cfg": {
            "context_length": words.LENGTH,
            "vocab_size": words.pieces(),
            "width": text_width,
            "heads": text_width // HEAD,
            "layers": layers,
        },
    }


def build(of: dict[str, Any], seed: int) -> CLIP:
    """A model of that configuration with parameters at random."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CLIP(**of, output_dict=True, init_logit_scale=math.log(FIRST_SCALE))


def preprocessing() -> dict[str, Any]:
    """How pictures are prepared: open_clip's own way, at this size."""
    return {"size": SIDE, "mean": open_clip.OPENAI_DATASET_MEAN, "std": open_clip.OPENAI_DATASET_STD, "mode": "RGB"}


def normalise(device: str) -> Callable[[Tensor], Tensor]:
    """The last step of open_clip's preparation, for many pictures of the right size at once.

    Shapes:  uint8 [n, 3, 64, 64] -> float32, the same.
    """
    last = image_transform_v2(PreprocessCfg(**preprocessing()), is_train=False).transforms[-1]
    mean, std = (torch.tensor(of, device=device)[:, None, None] for of in (last.mean, last.std))
    scale, shift = 1 / (255 * std), mean / std
    return lambda pictures: torch.addcmul(-shift, pictures.float(), scale)


def write(folder: Path, of: dict[str, Any], parameters: dict[str, Tensor], *, role: str | None = STANDS_IN_FOR) -> None:
    """Put a model into its folder, the weights last; the configuration says whose role it plays.

    Raises:  OSError.
    """
    words.write(folder)
    told = {"model_cfg": of, "preprocess_cfg": preprocessing(), "stands_in_for": role}
    write_whole(folder / CONFIG, (json.dumps(told, indent=1) + "\n").encode())
    write_whole(folder / WEIGHTS, save({name: one.detach().cpu().contiguous() for name, one in parameters.items()}))

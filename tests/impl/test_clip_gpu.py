"""CLIP on a GPU: features in bfloat16 as those in float32, and a training that runs. Not run where there is no GPU."""

import json
from pathlib import Path

import open_clip
import pytest
import torch

from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.mini import shape
from impl.clip.mini.training import ABOUT, Training
from impl.clip.weights import weights_in
from spec.error import FEATURES_ALIKE
from tests.impl.clip_models import clip, recipe

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
PICTURES = [picture for _, picture in gallery.unseen(6, 0)]
TEXTS = ["a red circle", "two small blue squares on a wavy background"]


def furthest(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm(dim=1).max())


@needs_gpu
def test_a_small_clip_gives_the_features_that_it_gives_on_a_cpu(tmp_path: Path) -> None:
    here, there = weights_in(clip(tmp_path)), weights_in(tmp_path, device="cuda")
    assert here.fingerprint != there.fingerprint
    for ours, theirs in (
        (here.encode_images(PICTURES), there.encode_images(PICTURES)),
        (here.encode_texts(TEXTS), there.encode_texts(TEXTS)),
    ):
        assert theirs.dtype == torch.float32
        assert theirs.device.type == "cpu"
        assert furthest(ours, theirs) <= FEATURES_ALIKE["bfloat16"]


@needs_gpu
def test_a_transformer_gives_the_features_that_it_gives_on_a_cpu() -> None:
    config = open_clip.get_model_config("ViT-B-32")
    config["vision_cfg"] |= {"image_size": 64, "layers": 2, "width": 128}
    config["text_cfg"] |= {"layers": 2}
    transform = open_clip.image_transform(64, is_train=False)
    here, there = (
        Encoder("small", shape.build(config, 0), transform, open_clip.SimpleTokenizer(), device=device)
        for device in ("cpu", "cuda")
    )
    assert furthest(here.encode_images(PICTURES), there.encode_images(PICTURES)) <= FEATURES_ALIKE["bfloat16"]
    assert furthest(here.encode_texts(TEXTS), there.encode_texts(TEXTS)) <= FEATURES_ALIKE["bfloat16"]


@needs_gpu
def test_a_training_runs_and_is_measured(tmp_path: Path) -> None:
    losses = [one.loss for one in Training(recipe(steps=30), tmp_path / "run", device="cuda")]
    assert losses[-1] < losses[0]
    assert json.loads((tmp_path / "run" / ABOUT).read_text())["measured"]["hunt"]["pictures"] == gallery.COUNT

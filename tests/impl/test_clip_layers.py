"""Layers that take the place of open_clip's say what those say."""

import copy

import pytest
import torch
from torch import Tensor, nn

from impl.clip.layers import FastAttention, Patches, quicken
from impl.clip.mini import shape
from spec.error import FEATURES_ALIKE

VISION = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8}


def models() -> tuple[nn.Module, nn.Module]:
    plain = shape.build(shape.config(text_width=64, layers=2) | {"vision_cfg": VISION}, 0).eval()
    fast = copy.deepcopy(plain)
    quicken(fast)
    return plain, fast


def distance(one: Tensor, other: Tensor) -> float:
    return float((nn.functional.normalize(one) - nn.functional.normalize(other)).norm(dim=1).max())


@torch.inference_mode()
def test_features_are_those_of_the_layers_that_were_there() -> None:
    plain, fast = models()
    dice = torch.Generator().manual_seed(0)
    pictures = torch.randn(5, 3, 32, 32, generator=dice).contiguous(memory_format=torch.channels_last)
    tokens = torch.randint(1, 500, (5, plain.context_length), generator=dice)
    assert distance(plain.encode_image(pictures), fast.encode_image(pictures)) <= FEATURES_ALIKE["float32"]
    assert distance(plain.encode_text(tokens), fast.encode_text(tokens)) <= FEATURES_ALIKE["float32"]
    assert distance(plain.encode_text(tokens), plain.encode_text(tokens.flip(0))) > FEATURES_ALIKE["float32"]


def test_what_is_there_is_changed_in_its_place() -> None:
    plain, fast = models()
    assert {type(one) for one in fast.modules()} >= {FastAttention, Patches}
    assert not {type(one) for one in fast.modules()} & {nn.MultiheadAttention, nn.Conv2d}
    assert list(plain.state_dict()) == list(fast.state_dict())


@torch.inference_mode()
def test_other_convolutions_stay_and_pixels_that_fill_no_window_are_left_out() -> None:
    overlapping, channels, whole = nn.Conv2d(3, 4, 3), nn.Conv2d(8, 4, 2, stride=2), nn.Conv2d(3, 4, 4, stride=4)
    fast = nn.Sequential(copy.deepcopy(overlapping), copy.deepcopy(channels), copy.deepcopy(whole))
    quicken(fast)
    assert [type(one) for one in fast] == [nn.Conv2d, nn.Conv2d, Patches]
    x = torch.randn(2, 3, 15, 18, generator=torch.Generator().manual_seed(0))
    assert fast[2](x).shape == whole(x).shape == (2, 4, 3, 4)
    assert distance(fast[2](x).flatten(1), whole(x).flatten(1)) <= FEATURES_ALIKE["float32"]


def test_attention_to_something_else_is_refused() -> None:
    _, fast = models()
    layer = next(one for one in fast.modules() if isinstance(one, FastAttention))
    x = torch.zeros(1, 2, 64)
    with pytest.raises(ValueError, match="attention of a sequence to itself"):
        layer(x, x.clone(), x, need_weights=False, attn_mask=None)

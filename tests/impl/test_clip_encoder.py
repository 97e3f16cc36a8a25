"""An encoder's features: of norm 1, in the order of what was given, the same however many are given at once."""

import random
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from impl.clip import encoder as rooms
from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder, TooLongError
from impl.clip.mini import words
from impl.clip.weights import weights_in
from spec.error import ROW_SUM
from tests.impl.clip_models import clip, furthest

ALIKE = ROW_SUM["float32"]
DRAWN = gallery.unseen(7, 0)
PICTURES, CAPTIONS = [picture for _, picture in DRAWN], [scene.caption for scene, _ in DRAWN]


@pytest.fixture
def few_at_a_time(small_clip: Encoder, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """Three together, and so the last one by itself."""
    monkeypatch.setattr(small_clip, "images", 3)
    monkeypatch.setattr(small_clip, "texts", 3)
    return small_clip


def test_features_have_norm_1_and_are_anybodys(small_clip: Encoder) -> None:
    for features in (small_clip.encode_images(PICTURES), small_clip.encode_texts(CAPTIONS)):
        assert (features.shape, features.dtype) == ((7, small_clip.width), torch.float32)
        assert furthest(features.norm(dim=1), torch.ones(7)) <= ALIKE
        assert not features.requires_grad
        features.mul_(2)  # which a tensor of inference mode refuses


def test_features_do_not_depend_on_what_is_given_beside(few_at_a_time: Encoder) -> None:
    pictures, captions = few_at_a_time.encode_images(PICTURES), few_at_a_time.encode_texts(CAPTIONS)
    alone = torch.cat([few_at_a_time.encode_images([one]) for one in PICTURES])
    assert furthest(pictures, alone) <= ALIKE
    alone = torch.cat([few_at_a_time.encode_texts([one]) for one in CAPTIONS])
    assert furthest(captions, alone) <= ALIKE


def test_features_are_in_the_order_of_what_is_given(few_at_a_time: Encoder) -> None:
    order = random.Random(0).sample(range(7), 7)
    pictures, captions = few_at_a_time.encode_images(PICTURES), few_at_a_time.encode_texts(CAPTIONS)
    assert furthest(few_at_a_time.encode_images([PICTURES[i] for i in order]), pictures[order]) <= ALIKE
    assert furthest(few_at_a_time.encode_texts([CAPTIONS[i] for i in order]), captions[order]) <= ALIKE
    for features in (pictures, captions):
        apart = torch.cdist(features.double(), features.double()) + torch.eye(7)
        assert apart.min() > 10 * ALIKE  # or nothing here were tested


def test_features_are_the_models_own_of_norm_1(small_clip: Encoder) -> None:
    prepared = torch.stack([small_clip.transform(one) for one in PICTURES])
    tokens = small_clip.tokenizer(CAPTIONS)
    with torch.inference_mode():
        model = small_clip.model
        pairs = [
            (small_clip.encode_image(prepared), model.encode_image(prepared), small_clip.encode_images(PICTURES)),
            (small_clip.encode_text(tokens), model.encode_text(tokens), small_clip.encode_texts(CAPTIONS)),
        ]
    for raw, own, features in pairs:
        assert torch.equal(raw, own)
        assert furthest(normalize(raw, dim=1), features) <= ALIKE


def test_a_text_that_would_be_cut_off_is_refused(small_clip: Encoder) -> None:
    fits = " ".join(["red"] * (words.LENGTH - 2))
    assert small_clip.length(fits) == words.LENGTH
    assert small_clip.encode_texts([fits]).shape == (1, small_clip.width)
    with pytest.raises(TooLongError, match=f"{words.LENGTH + 1} tokens.*reads {words.LENGTH}"):
        small_clip.encode_texts(["a red ring", f"{fits} red"])


def test_it_is_told_what_it_is(small_clip: Encoder) -> None:
    assert small_clip.parameters == sum(one.numel() for one in small_clip.model.parameters()) > 0
    assert small_clip.stands_in_for is None
    assert not small_clip.model.training
    assert not any(one.requires_grad for one in small_clip.model.parameters())


def test_a_fingerprint_is_of_all_that_features_depend_on(tmp_path: Path) -> None:
    one = weights_in(clip(tmp_path / "one"))
    same, other = weights_in(clip(tmp_path / "same"), name="else"), weights_in(clip(tmp_path / "other", seed=1))
    assert one.fingerprint == same.fingerprint != other.fingerprint

    def prepared_otherwise(image: object) -> torch.Tensor:
        return one.transform(image)

    again = Encoder("again", one.model, prepared_otherwise, one.tokenizer)
    assert again.fingerprint != one.fingerprint
    with torch.no_grad():
        next(one.model.visual.buffers()).add_(1)  # the mean that a layer has seen, which is no parameter
    assert Encoder("again", one.model, one.transform, one.tokenizer).fingerprint != one.fingerprint


def test_a_fingerprint_is_of_one_precision(small_clip: Encoder) -> None:
    of = {
        dtype: rooms._fingerprint(small_clip.model, small_clip.transform, dtype)
        for dtype in (torch.float32, torch.bfloat16)
    }
    assert of[torch.float32] != of[torch.bfloat16]

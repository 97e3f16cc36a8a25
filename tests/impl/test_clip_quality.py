"""How well the small CLIP does in the end: what nobody could tell from a few steps. A quarter of an hour on two cores."""

import json
import random
from pathlib import Path

import pytest

from impl.clip.captions import Searching, grammar
from impl.clip.hunt import Collection, Hunt
from impl.clip.mini import shape
from impl.clip.mini.training import ABOUT, Recipe, Training
from impl.clip.weights import load

TARGETS = 50


@pytest.mark.slow
def test_unseen_scenes_are_named_and_found(tmp_path: Path) -> None:
    list(Training(Recipe(), tmp_path / shape.NAME))
    measured = json.loads((tmp_path / shape.NAME / ABOUT).read_text())["measured"]
    assert measured["unseen"]["both"] >= 0.9
    assert measured["hunt"]["among_the_first_five"] >= 0.8
    collection = Collection(None, load(runs=tmp_path), runs=tmp_path)
    targets = random.Random(0).sample(list(collection.names), TARGETS)
    hunts = [Hunt(collection, target) for target in targets]
    found = [Searching(hunt, grammar(collection.encoder, None)).run().best.caption for hunt in hunts]
    firsts = sum(hunt.place(caption).rank == 1 for hunt, caption in zip(hunts, found, strict=True))
    assert firsts >= 0.6 * TARGETS

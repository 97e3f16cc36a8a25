"""What a training is measured by: shares of what is right, of encoders of which they are known beforehand."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from impl.clip.drawn import gallery, scenes
from impl.clip.drawn.scenes import COLOURS, SHAPES, Scene
from impl.clip.mini import measured

EACH = 1


class Knowing:
    """It sees a thing's colour and shape at once, and takes some shapes for others; `things` are what it is shown."""

    def __init__(self, things: Sequence[Scene], takes_for: dict[str, str] | None = None) -> None:
        self.things, self.takes_for = things, takes_for or {}

    def encode_images(self, images: Sequence[Any]) -> torch.Tensor:
        assert len(images) == len(self.things)
        seen = [(str(one.first.colour), str(one.first.shape)) for one in self.things]
        return torch.stack([self._of(colour, self.takes_for.get(shape, shape)) for colour, shape in seen])

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        words = [text.split() for text in texts]
        named = [({*COLOURS} & {*one}, {*SHAPES} & {*one}) for one in words]
        return torch.stack([self._of(next(iter(colour), None), next(iter(kind), None)) for colour, kind in named])

    def _of(self, colour: str | None, kind: str | None) -> torch.Tensor:
        return torch.tensor([*[float(colour == one) for one in COLOURS], *[float(kind == one) for one in SHAPES]])


@pytest.mark.parametrize("are_unseen", [True, False])
def test_who_knows_all_is_right_in_all(are_unseen: bool) -> None:
    things = gallery.things(EACH, 0, are_unseen=are_unseen)
    knowing: Any = Knowing([scene for scene, _ in things])
    found = measured.zero_shot(knowing, things)
    assert found == {"colour": 1.0, "shape": 1.0, "both": 1.0, "pictures": len(things)}


def test_who_takes_a_shape_for_another_is_wrong_there_alone() -> None:
    things = gallery.things(EACH, 0, are_unseen=True)
    knowing: Any = Knowing([scene for scene, _ in things], {"ring": "circle", "cross": "star"})
    found = measured.zero_shot(knowing, things)
    assert found == {"colour": 1.0, "shape": 6 / 8, "both": 6 / 8, "pictures": 8}


class Placing:
    """An encoder under which the first seven captions put their pictures first, two in place 2, and the last one last."""

    def encode_images(self, images: Sequence[Any]) -> torch.Tensor:
        return torch.eye(len(images))

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        found = torch.eye(len(texts))
        found[7:, 0] = 2
        found[-1] = 1 - found[-1]
        return found


class Alike:
    """One that tells no picture, and no caption, from another."""

    def encode_images(self, images: Sequence[Any]) -> torch.Tensor:
        return torch.ones(len(images), 1)

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.ones(len(texts), 1)


def test_a_hunt_counts_how_often_a_caption_puts_its_picture_first_or_among_five() -> None:
    things = gallery.unseen(10, 0)
    placing: Any = Placing()
    found = measured.hunt(placing, things)
    assert torch.tensor(list(found.values())).equal(torch.tensor([7 / 10, 9 / 10, 10]))


def test_pictures_that_tie_count_against_their_caption() -> None:
    alike: Any = Alike()
    found = measured.hunt(alike, gallery.unseen(6, 0))
    assert (found["first"], found["among_the_first_five"]) == (0, 0)


def test_what_is_measured_was_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, list[Scene]] = {}
    monkeypatch.setattr(
        measured, "zero_shot", lambda _, things: asked.setdefault(str(len(asked)), [s for s, _ in things])
    )
    monkeypatch.setattr(measured, "hunt", lambda _, things: asked.setdefault("hunt", [s for s, _ in things]))
    nobody: Any = None
    found = measured.measure(nobody, 0, each=2, count=10)
    assert all(one.is_unseen for one in found["unseen"])
    assert not any(one.is_unseen for one in found["seen"])
    assert (len(found["unseen"]), len(found["seen"]), len(found["hunt"])) == (2 * len(scenes.UNSEEN), 56, 10)
    assert all(one.is_unseen for one in found["hunt"])

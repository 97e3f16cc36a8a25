"""Where somebody's caption puts a target: what `specimen check` is told."""

from pathlib import Path

import pytest

from impl.clip.drawn import gallery
from impl.clip.encoder import TooLongError
from impl.clip.folder.pictures import PictureError
from impl.clip.judging import Placed, ranker
from tests.impl.clip_models import ROLE, clip

LONG = "a red circle " * 20


@pytest.fixture
def reef(tmp_path: Path) -> Path:
    gallery.folder(tmp_path / "reef", 6)
    (tmp_path / "reef" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "reef"


def test_a_caption_is_placed_and_what_is_before_it_named(tmp_path: Path, reef: Path) -> None:
    weights = str(clip(tmp_path / "weights"))
    rankers = {name: ranker(weights, reef, name, runs=tmp_path) for name in ("000.png", "003.png", "005.png")}
    found: dict[str, Placed] = {name: one("a red circle") for name, one in rankers.items()}
    assert all(one.of == 6 and not one.note and len(one.ahead) == one.rank - 1 for one in found.values())
    assert len({one.rank for one in found.values()}) == 3
    assert not any(name in one.ahead for name, one in found.items())
    first = next(iter(rankers.values()))
    assert "among 6 pictures" in first.notes[0]
    assert "which are few" in first.notes[0]
    assert "broken.png" in first.notes[1]
    with pytest.raises(TooLongError):
        first(LONG)


def test_a_small_model_proves_nothing(tmp_path: Path, reef: Path) -> None:
    one = ranker(str(clip(tmp_path / "weights", role=ROLE)), reef, "000.png", runs=tmp_path)
    for caption in ("a red circle", LONG):
        assert "small model" in one(caption).note


def test_a_hunt_among_the_target_alone_is_none(tmp_path: Path, reef: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("one.png", "again.png"):
        (alone / name).write_bytes((reef / "000.png").read_bytes())
    with pytest.raises(PictureError, match="no other picture than the target"):
        ranker(str(clip(tmp_path / "weights")), alone, "one.png", runs=tmp_path)


@pytest.mark.parametrize(("target", "said"), [("broken.png", "left out"), ("none.png", "no file"), ("", "no file")])
def test_a_target_that_cannot_be_had_is_told(tmp_path: Path, reef: Path, target: str, said: str) -> None:
    with pytest.raises(PictureError, match=said):
        ranker(str(clip(tmp_path / "weights")), reef, target, runs=tmp_path)

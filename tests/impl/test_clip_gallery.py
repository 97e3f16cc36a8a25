"""Scenes by the thousand, and folders of them: the same by the same seed, whole or not taken for it, nobody else's touched."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from impl.clip.drawn import gallery, scenes
from impl.clip.drawn.gallery import CAPTIONS

FEW = 5


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_the_same_seed_draws_the_same_and_more_begin_with_fewer() -> None:
    few, more, other = gallery.draw(FEW, 3), gallery.draw(2 * FEW, 3), gallery.draw(FEW, 4)
    assert few.scenes == more.scenes[:FEW]
    assert torch.equal(few.pictures, more.pictures[:FEW])
    assert few.scenes != other.scenes
    assert (few.pictures.shape, few.pictures.dtype) == ((FEW, 3, 64, 64), torch.uint8)


def test_what_is_drawn_is_told_at_every_block_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "A_BLOCK", 2)
    told: list[tuple[int, int]] = []
    gallery.draw(FEW, 0, lambda *of: told.append(of))
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_nothing_unseen_is_trained_on_and_everything_hunted_has_it() -> None:
    assert not any(one.is_unseen for one in gallery.draw(100, 0).scenes)
    hunted = [scene for scene, _ in gallery.unseen(100, 0)]
    assert all(one.is_unseen for one in hunted)
    assert len({one.caption for one in hunted}) == 100


@pytest.mark.parametrize(("are_unseen", "pairs"), [(True, 8), (False, 56)])
def test_things_are_as_many_of_every_combination(are_unseen: bool, pairs: int) -> None:
    drawn = [scene for scene, _ in gallery.things(2, 0, are_unseen=are_unseen)]
    told = [(one.first.colour, one.first.shape) for one in drawn]
    assert len(told) == 2 * pairs == 2 * len(set(told))
    assert all((one in scenes.UNSEEN) is are_unseen for one in told)
    assert all((one.first.number, one.second) == (1, None) for one in drawn)


def test_a_folder_holds_the_scenes_as_pictures_with_their_captions(tmp_path: Path) -> None:
    captions = gallery.folder(tmp_path / "scenes", FEW, 1)
    drawn = gallery.unseen(FEW, 1)
    assert list(captions.values()) == [scene.caption for scene, _ in drawn]
    for name, (_, picture) in zip(captions, drawn, strict=True):
        with Image.open(tmp_path / "scenes" / name) as there:
            assert np.array_equal(np.asarray(there), np.asarray(picture))
    assert set(contents(tmp_path / "scenes")) == {*captions, CAPTIONS}


def test_what_is_there_whole_stays_as_it_is(tmp_path: Path) -> None:
    captions = gallery.folder(tmp_path, FEW)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert gallery.folder(tmp_path, FEW) == captions
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_folder_that_was_not_finished_is_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gallery, "write_whole", stop)
        with pytest.raises(KeyboardInterrupt):
            gallery.folder(tmp_path / "stopped", FEW)
    (tmp_path / "stopped" / "002.png").write_bytes(b"half a picture")
    captions = gallery.folder(tmp_path / "stopped", FEW)
    assert captions == gallery.folder(tmp_path / "whole", FEW)
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


@pytest.mark.parametrize("other", [(FEW + 1, 0), (FEW, 1)], ids=["count", "seed"])
def test_scenes_by_other_settings_are_not_taken_for_these(tmp_path: Path, other: tuple[int, int]) -> None:
    gallery.folder(tmp_path, FEW, 0)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=r"holds scenes by .*not by"):
        gallery.folder(tmp_path, *other)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"captions": {}}',
        b'{"captions": [], "count": 5, "seed": 0}',
        b'"captions"',
        b"[" * 9**5,
    ],
    ids=["empty", "half", "a list", "no text", "no settings", "captions in a list", "a word", "deep"],
)
def test_captions_that_are_damaged_are_told(tmp_path: Path, written: bytes) -> None:
    gallery.folder(tmp_path, FEW, 0)
    (tmp_path / CAPTIONS).write_bytes(written)
    with pytest.raises(ValueError, match=r"captions\.json is damaged, or none of ours"):
        gallery.folder(tmp_path, FEW, 0)


def test_a_picture_that_is_gone_is_told(tmp_path: Path) -> None:
    gallery.folder(tmp_path, FEW, 0)
    (tmp_path / "003.png").unlink()
    with pytest.raises(ValueError, match=r"003\.png"):
        gallery.folder(tmp_path, FEW, 0)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"somebody's")
    with pytest.raises(ValueError, match=r"holiday\.jpg"):
        gallery.folder(tmp_path, FEW, 0)
    assert contents(tmp_path) == {"holiday.jpg": b"somebody's"}


def test_captions_are_json_that_anybody_reads(tmp_path: Path) -> None:
    captions = gallery.folder(tmp_path, FEW, 2)
    held = json.loads((tmp_path / CAPTIONS).read_text(encoding="utf-8"))
    assert held == {"count": FEW, "seed": 2, "captions": captions}


def test_a_folder_whose_scenes_were_drawn_otherwise_is_refused(tmp_path: Path) -> None:
    """By another version, whose scenes may be what this one trains on."""
    gallery.folder(tmp_path / "pixels", 4)
    (tmp_path / "pixels" / "000.png").write_bytes((tmp_path / "pixels" / "001.png").read_bytes())
    gallery.folder(tmp_path / "captions", 4)
    about = tmp_path / "captions" / gallery.CAPTIONS
    about.write_text(about.read_text().replace(" background", " ground"))
    for name in ("pixels", "captions"):
        with pytest.raises(ValueError, match="drawn otherwise"):
            gallery.folder(tmp_path / name, 4)

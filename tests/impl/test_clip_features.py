"""Features are the encoder's, computed once for what a file contains, in the order of the pictures that could be read."""

import json
import shutil
import time
from pathlib import Path

import pytest
import torch

from impl.clip.folder import computing, features
from impl.clip.folder.decoding import read
from impl.clip.folder.features import Features, features_of, row_of
from impl.clip.folder.pictures import PictureError, pictures_in
from tests.impl.picture_encoder import WIDTH, Small, compute, drawn, expected, shards

HOUR_NS = 3600 * 10**9


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour after the pictures were made, so that their digests are remembered."""
    now = time.time_ns
    monkeypatch.setattr(features.time, "time_ns", lambda: now() + HOUR_NS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn(tmp_path / "pictures", 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_features_are_the_encoders_in_the_order_of_the_names(folder: Path, root: Path) -> None:
    found = compute(folder, root)
    assert found.names == tuple(f"{number:04}.png" for number in range(20))
    assert torch.equal(found.matrix, expected(folder, found.names))
    assert (found.computed, found.cached, found.skipped, found.damaged) == (20, 0, (), ())


def test_features_follow_the_pictures(folder: Path, root: Path, later: None) -> None:
    compute(folder, root)
    shutil.copy(folder / "0001.png", folder / "0002.png")  # changed in place, to what is known
    (folder / "0005.png").unlink()
    (folder / "0006.png").rename(folder / "z.png")
    drawn(folder, 1, first=99)
    found = compute(folder, root, encoder := Small())
    assert encoder.encoded == found.computed == 1
    assert "0005.png" not in found.names
    assert found.digests[1] == found.digests[2]
    assert torch.equal(found.matrix, expected(folder, found.names))
    files = json.loads(next((root / "digests").glob("*.json")).read_text())["files"]
    assert set(files) == set(found.names)


def test_the_same_bytes_are_encoded_once_wherever_they_are(folder: Path, root: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        shutil.copy(folder / "0000.png", folder / name)
    found = compute(folder, root, encoder := Small())
    assert (encoder.encoded, found.computed, found.cached) == (20, 20, 2)
    assert torch.equal(found.matrix[20:], found.matrix[[0, 0]])
    elsewhere = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    compute(elsewhere, root, encoder := Small())
    assert encoder.encoded == 0


def test_another_encoder_has_features_of_its_own(folder: Path, root: Path) -> None:
    first = compute(folder, root)
    other = compute(folder, root, Small(seed=1))
    assert other.computed == 20
    assert not torch.equal(first.matrix, other.matrix)
    assert compute(folder, root).computed == 0


def test_what_cannot_be_read_is_skipped_and_the_others_stay_in_their_rows(folder: Path, root: Path) -> None:
    (folder / "0000.png").write_bytes(b"")
    for name in ("0007.png", "0008.png"):
        (folder / name).write_bytes((folder / "0009.png").read_bytes()[:60])
    (folder / "y.png").mkdir()
    for _ in range(2):
        found = compute(folder, root)
        assert [one.name for one in found.skipped] == ["0000.png", "0007.png", "0008.png", "y.png"]
        assert len(found.names) == 17
        assert torch.equal(found.matrix, expected(folder, found.names))
    assert found.cached == 17


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path: Path, root: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").write_text("text")
    with pytest.raises(
        PictureError, match=r"holds no picture that can be read: a.png is empty, and 1 more are left out"
    ):
        compute(tmp_path, root)


def test_a_picture_that_goes_while_it_waits_is_skipped_and_its_twin_stands_in(
    folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(folder / "0001.png", folder / "a.png")
    fill = features.shards.fill

    def gone(*args: object) -> object:
        (folder / "0001.png").unlink()
        shutil.copy(folder / "0003.png", folder / "0002.png")
        return fill(*args)

    monkeypatch.setattr(features.shards, "fill", gone)
    found = compute(folder, root)
    assert [one.reason for one in found.skipped] == [
        "cannot be read: No such file or directory",
        "changed while it was waiting to be read",
    ]
    assert torch.equal(found.matrix, expected(folder, found.names))


def test_notes_are_kept_with_the_features(folder: Path, root: Path) -> None:
    frame = read(folder / "0000.png")
    frame.save(folder / "a.gif", save_all=True, append_images=[read(folder / "0001.png")])
    for _ in range(2):
        found = compute(folder, root)
        assert [str(one) for one in found.notes] == ["a.gif holds more than one picture, of which this is the first"]
    assert found.computed == 0


class Wrong(Small):
    """An encoder that gives something else."""

    def __init__(self, change: object) -> None:
        super().__init__()
        self._change = change

    def encode_images(self, images: object) -> torch.Tensor:
        return self._change(super().encode_images(images))


WRONG = {
    "nothing": (lambda rows: rows * 0, "0000.png have 0"),
    "no number": (lambda rows: rows / 0 * 0, "0000.png have nan"),
    "long": (lambda rows: rows * 2, "0000.png have 2"),
    "narrow": (lambda rows: rows[:, :4], r"expected torch.float32 of \(20, 16\)"),
    "few": (lambda rows: rows[:3], r"of \(3, 16\)"),
    "double": (lambda rows: rows.double(), "torch.float64"),
}


@pytest.mark.parametrize("name", WRONG)
def test_features_that_are_none_are_refused_and_not_kept(folder: Path, root: Path, name: str) -> None:
    change, said = WRONG[name]
    with pytest.raises(ValueError, match=said):
        compute(folder, root, Wrong(change))
    assert shards(root) == []


def test_features_carry_no_gradients(folder: Path, root: Path) -> None:
    weights = torch.ones(1, requires_grad=True)
    assert not compute(folder, root, Wrong(lambda rows: rows * weights)).matrix.requires_grad
    with torch.inference_mode():
        assert compute(folder, root).computed == 0


def test_a_fingerprint_is_no_path(folder: Path, root: Path) -> None:
    encoder = Small()
    for wrong in ("../../x", "", "abc"):
        encoder.fingerprint = wrong
        with pytest.raises(ValueError, match="hex digest"):
            compute(folder, root, encoder)


def test_progress_is_told_from_nothing_to_all(folder: Path, root: Path, later: None, monkeypatch: object) -> None:
    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(computing, "BATCH", 8)
    (folder / "0000.png").write_text("text")
    features_of(pictures_in(folder), Small(), root=root, show=lambda *one: told.append(one))
    assert [one for one in told if one[0] == "reading"] == [("reading", 0, 20), ("reading", 20, 20)]
    assert [one[1] for one in told if one[0] == "computing"] == [0, 8, 16, 19, 20]
    (folder / "0000.png").unlink()
    told.clear()
    features_of(pictures_in(folder), Small(), root=root, show=lambda *one: told.append(one))
    assert told == []


def test_a_picture_is_found_by_its_bytes(folder: Path, root: Path, tmp_path: Path) -> None:
    found = compute(folder, root)
    shutil.copy(folder / "0007.png", tmp_path / "target.png")
    assert row_of(found, tmp_path / "target.png") == 7
    drawn(tmp_path, 1, first=99)
    with pytest.raises(PictureError, match="none of the 20 pictures"):
        row_of(found, tmp_path / "0099.png")
    with pytest.raises(PictureError, match="is a folder"):
        row_of(found, tmp_path)


def test_features_must_fit_together() -> None:
    row = torch.nn.functional.normalize(torch.ones(1, WIDTH), dim=1)
    assert Features(("a",), row, ("0",)).cached == 0
    for names, matrix in ((("a", "b"), row), ((), row[:0])):
        with pytest.raises(ValueError, match="expected as many"):
            Features(names, matrix, ("0",) * len(names))

"""The hunt: where a caption puts a picture, quickly and exactly, and what a target may be called."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn.functional import normalize

from impl.clip import hunt as rooms
from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.folder.features import Features
from impl.clip.folder.pictures import PictureError
from impl.clip.hunt import Collection, Hunt
from spec.error import ROW_SUM
from tests.impl.picture_files import saved

DRAWN = gallery.unseen(6, 0)
N, WIDTH = 9, 16


def hunt(matrix: torch.Tensor, digests: str, texts: torch.Tensor, target: int = 0) -> Hunt:
    """A hunt among features that are given, for captions that are the numbers of texts."""
    names = tuple(f"{row}.png" for row in range(len(matrix)))
    collection: Any = SimpleNamespace(
        features=Features(names, matrix, tuple(digests)),
        names=names,
        captions={},
        row=lambda _: target,
        texts=lambda captions: texts[[int(one) for one in captions]],
    )
    return Hunt(collection, names[target])


def drawn(seed: int, n: int = N) -> torch.Tensor:
    return normalize(torch.randn(n, WIDTH, generator=torch.Generator().manual_seed(seed)), dim=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, (_, picture) in enumerate(DRAWN):
        saved(tmp_path / "of" / f"{number}.png", picture)
    return tmp_path / "of"


@pytest.mark.parametrize("at_once", [1, 2 * N, 5 * N, 2**24], ids=["one", "two", "five", "all"])
def test_many_captions_at_once_are_as_each_by_itself(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(rooms, "AT_ONCE", at_once)
    pictures, texts = drawn(0), drawn(1, 40)
    of = hunt(pictures, "abcdefghi", texts, target=3)
    captions = [str(number) for number in range(40)]
    logits = 100 * texts.double() @ pictures.double().T
    wanted = logits.log_softmax(dim=1)[:, 3].tolist()
    tries = of.tries(captions)
    assert [one.caption for one in tries] == captions
    for one, log_probability, number in zip(tries, wanted, range(40), strict=True):
        assert abs(one.log_probability - log_probability) <= 100 * ROW_SUM["float32"]
        assert one.is_first == (of.place(one.caption).rank == 1) == (int(logits[number].argmax()) == 3)
    assert {one.is_first for one in tries} == {False, True}


def test_pictures_of_the_same_bytes_do_not_count_against_the_target() -> None:
    pictures = drawn(2)
    pictures[[4, 7]] = pictures[0].clone()
    texts = pictures[:1]
    alike = hunt(pictures, "abcdaefag", texts)
    assert (alike.place("0").rank, alike.tries(["0"])[0].is_first) == (1, True)
    other = hunt(pictures, "abcdeffag", texts)  # one of the two has other bytes
    assert (other.place("0").rank, other.tries(["0"])[0].is_first) == (2, False)


def test_what_a_caption_finds_is_in_numbers_and_names() -> None:
    pictures, texts = drawn(3), drawn(4, 5)
    of = hunt(pictures, "abcdefghi", texts, target=2)
    of.collection.captions = {"2.png": "a red ring"}
    found = of.result("1")
    probabilities = (100 * texts[1].double() @ pictures.double().T).softmax(dim=0)
    order = probabilities.argsort(descending=True).tolist()
    assert [one["name"] for one in found["best"]] == [f"{row}.png" for row in order]
    assert [one["is_target"] for one in found["best"]] == [row == 2 for row in order]
    assert (found["rank"], found["of"], found["target"]) == (1 + order.index(2), N, "2.png")
    assert abs(found["probability"] - float(probabilities[2])) <= ROW_SUM["float32"]
    assert abs(sum(one["probability"] for one in found["best"]) - 1) <= ROW_SUM["float32"]
    assert (found["caption"], found["true_caption"]) == ("1", "a red ring")


def test_what_is_first_is_told_alike_by_many_and_by_one() -> None:
    """Where another picture has the same features, float32's last bit must not decide."""
    for n in (13, 57, 300):
        pictures, texts = drawn(n, n), drawn(n + 1, 200)
        pictures[n // 2] = pictures[0].clone()
        of = hunt(pictures, "".join(chr(1000 + row) for row in range(n)), normalize(texts + 3 * pictures[0], dim=1))
        found = of.tries([str(number) for number in range(200)])
        assert [one.is_first for one in found] == [of.place(one.caption).rank == 1 for one in found]


def test_of_pictures_that_tie_the_target_stands_last() -> None:
    pictures = drawn(2)
    pictures[[4, 7]] = pictures[0].clone()
    found = hunt(pictures, "abcdeffag", pictures[:1]).result("0")  # 7 is a copy, 4 is not
    assert found["rank"] == 2
    assert [one["name"] for one in found["best"][:3]] == ["4.png", "0.png", "7.png"]
    assert [one["is_target"] for one in found["best"][:3]] == [False, True, True]


def test_a_target_is_a_name_or_a_file_of_the_same_bytes(folder: Path, tmp_path: Path, small_clip: Encoder) -> None:
    collection = Collection(folder, small_clip, runs=tmp_path / "runs")
    elsewhere = tmp_path / "elsewhere.jpg"
    shutil.copy(folder / "4.png", elsewhere)
    assert [collection.row(one) for one in ("4.png", str(folder / "4.png"), str(elsewhere))] == [4, 4, 4]
    assert collection.picture(4).path.read_bytes() == elsewhere.read_bytes()
    assert collection.captions == {}


def test_a_target_that_is_none_of_them_is_told(folder: Path, tmp_path: Path, small_clip: Encoder) -> None:
    collection = Collection(folder, small_clip, runs=tmp_path / "runs")
    (tmp_path / "other.png").write_bytes(b"not one of them")
    for target, said in (
        ("9.png", "9.png"),
        ("", "no"),
        (str(tmp_path / "other.png"), "none of the 6"),
        (str(tmp_path), "folder"),
    ):
        with pytest.raises(PictureError, match=said):
            Hunt(collection, target)


def test_where_no_folder_is_given_scenes_are_drawn(
    tmp_path: Path, small_clip: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = gallery.folder(tmp_path / "runs" / "scenes", 6, 0)
    monkeypatch.setattr(gallery, "folder", lambda path: gallery._captions(path, {"count": 6, "seed": 0}))
    collection = Collection(None, small_clip, runs=tmp_path / "runs")
    assert collection.captions == few
    assert collection.names == tuple(few)
    found = Hunt(collection, "002.png").result(few["002.png"])
    assert found["true_caption"] == few["002.png"]
    assert found["of"] == 6


def test_captions_are_encoded_once(
    folder: Path, tmp_path: Path, small_clip: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    encode = small_clip.encode_texts
    monkeypatch.setattr(small_clip, "encode_texts", lambda texts: (asked.extend(texts), encode(texts))[1])
    collection = Collection(folder, small_clip, runs=tmp_path / "runs")
    first = collection.texts(["a ring", "a star", "a ring"])
    again = collection.texts(["a star", "a heart"])
    assert asked == ["a ring", "a star", "a heart"]
    assert torch.equal(first[0], first[2])
    assert torch.equal(first[1], again[0])
    monkeypatch.setattr(rooms, "MOST_KEPT", 2)
    assert torch.equal(collection.texts(["a star"])[0], again[0])  # what is forgotten is computed again
    assert asked == ["a ring", "a star", "a heart", "a star"]

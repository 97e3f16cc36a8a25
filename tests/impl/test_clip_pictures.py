"""Pictures of a folder: all that are any by their names; of what only looks like one, each with its reason."""

import os
from pathlib import Path

import pytest

from impl.clip.folder.decoding import read
from impl.clip.folder.pictures import pictures_in
from tests.impl.picture_files import png, reason, saved


def test_pictures_are_listed_by_their_paths_within_the_folder(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.JPG", "a/b/c.webp", "c.gif", ".hidden.png", ".cache/d.png"):
        saved(tmp_path / name)
    (tmp_path / "labels.csv").write_text("a,b")
    found = pictures_in(tmp_path)
    assert [one.name for one in found.pictures] == ["a/b/c.webp", "a/z.JPG", "b.png", "c.gif"]
    assert found.skipped == ()
    assert all(read(one.path).mode == "RGB" for one in found.pictures)


def test_what_only_looks_like_a_picture_is_named(tmp_path: Path) -> None:
    saved(tmp_path / "in" / "good.png")
    outside, folder = saved(tmp_path / "outside.png"), tmp_path / "in"
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "nothing.png").symlink_to("not there")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "circle").symlink_to("circle")
    (folder / "out.png").symlink_to(outside)
    (folder / "again").symlink_to(".")
    (folder / "phone.heic").write_bytes(b"x")
    found = pictures_in(folder)
    assert [one.name for one in found.pictures] == ["good.png"]
    assert {one.name: one.reason for one in found.skipped} == {
        "folder.png": "is a folder and no picture",
        "pipe.png": "is a pipe and no picture",
        "nothing.png": "is a link to nothing",
        "circle.png": "is a link that leads to itself",
        "out.png": "is a link out of the folder",
        "again": "is a link to a folder, which is not followed",
        "phone.heic": "is of a kind that is not read; BMP, GIF, JPEG, PNG, PPM, TIFF, WEBP are",
    }


def test_a_link_within_the_folder_is_another_name_of_the_picture(tmp_path: Path) -> None:
    saved(tmp_path / "a" / "one.png")
    (tmp_path / "two.png").symlink_to("a/one.png")
    (tmp_path / "link").symlink_to(tmp_path / "a", target_is_directory=True)
    assert [one.name for one in pictures_in(tmp_path).pictures] == ["a/one.png", "two.png"]
    (outer := tmp_path / "outer").mkdir()
    (outer / "way in").symlink_to(tmp_path / "a", target_is_directory=True)
    assert [one.name for one in pictures_in(outer / "way in").pictures] == ["one.png"]


def test_names_that_cannot_be_shown_are_spelled_out(tmp_path: Path) -> None:
    saved(tmp_path / "é 猫\u202f🐈.png")
    for name in (b"bad\xff.png", b"esc\x1b[31m.png", b"line\n.png"):
        (tmp_path / os.fsdecode(name)).write_bytes(png(2, 2))
    (tmp_path / os.fsdecode(b"folder\xfe")).mkdir()
    found = pictures_in(tmp_path)
    assert [one.name for one in found.pictures] == ["é 猫\u202f🐈.png"]
    assert [one.name for one in found.skipped] == [
        r"bad\udcff.png", r"esc\x1b[31m.png", r"folder\udcfe", r"line\n.png"
    ]  # fmt: skip
    assert all("no UTF-8" in one.reason for one in found.skipped)


def test_a_folder_without_pictures_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    assert reason(lambda: pictures_in(tmp_path)) == "holds no picture: it is empty"
    for name in ("a.txt", "b.txt", "c.csv", "README"):
        (tmp_path / name).touch()
    (tmp_path / "d.png").mkdir()
    (tmp_path / "e.svg").touch()
    assert reason(lambda: pictures_in(tmp_path)) == (
        "holds no picture: 4 other files (.txt, .csv, no ending); d.png is a folder and no picture, and 1 more were left out"
    )
    assert reason(lambda: pictures_in(tmp_path / "none")) == "is not there"
    assert reason(lambda: pictures_in(tmp_path / "a.txt")) == "is a file and no folder"
    for name in ("a\0b", "x" * 300):
        assert reason(lambda name=name: pictures_in(tmp_path / name)) == "is not there"


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path / "good.png")
    saved(tmp_path / "closed" / "bad.png")
    scan = os.scandir

    def refuse(path: str) -> object:  # a mode would not stop root
        if "closed" in path:
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = pictures_in(tmp_path)
    assert [one.name for one in found.pictures] == ["good.png"]
    assert [str(one) for one in found.skipped] == ["closed cannot be read: Permission denied"]

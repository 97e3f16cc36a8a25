"""A picture's file becomes upright RGB, whatever its kind; one that is no picture, or is one on purpose only, a sentence."""

import io
import os
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impl.clip.folder import decoding
from impl.clip.folder.decoding import content, decoded, quiet, read
from tests.impl.picture_files import chunk, png, reason, saved

RED, WHITE = (255, 0, 0), (255, 255, 255)


def near(image: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(image.getpixel(place), colour, strict=True)) <= 8  # JPEG's


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    grey = Image.new("L", (8, 8), 255)
    grey.paste(0, (0, 0, 4, 8))
    image = Image.new("RGB", (8, 8), WHITE)
    image.paste((0, 0, 0), (0, 0, 4, 8))
    values = np.asarray(grey)
    deep = {"I;16": values.astype(np.uint16) * 257, "I": values.astype(np.int32) * 257, "F": values.astype("f4") / 255}
    image = Image.fromarray(deep[mode]) if mode in deep else image.convert(mode)
    found = read(saved(tmp_path / "x.png", image, format="PNG" if mode in ("LA", "RGBA") else "TIFF"))
    assert (found.mode, found.size) == ("RGB", (8, 8))
    assert near(found, (0, 0), (0, 0, 0))
    assert near(found, (7, 7), WHITE)


@pytest.mark.parametrize("scale", [1, 257])
def test_deep_grey_keeps_its_steps(tmp_path: Path, scale: int) -> None:
    steps = np.arange(256, dtype=np.uint16).reshape(16, 16) * np.uint16(scale)
    for name in ("x.png", "x.tiff", "x.pgm"):
        found = np.asarray(read(saved(tmp_path / name, Image.fromarray(steps))))[..., 0]
        assert np.array_equal(found, steps >> 8), name


def test_numbers_beyond_grey_are_stretched_and_said_to_be() -> None:
    def of(values: list[float]) -> tuple[list[int], str | None]:
        Image.fromarray(np.array([values], dtype=np.float32)).save(file := io.BytesIO(), "TIFF")
        found = decoded(file.getvalue(), "x")
        return [found.image.getpixel((place, 0))[0] for place in range(len(values))], found.note

    assert of([0, 0.5, 1]) == ([0, 128, 255], None)
    assert of([-10, 0, 10]) == ([0, 128, 255], "has values from -10 to 10, shown as black to white")
    assert of([-3e38, 0, 3e38])[0] == [0, 128, 255]
    assert of([7, 7, 7])[0] == [0, 0, 0]
    for wrong in (float("nan"), float("inf")):
        assert "no numbers" in reason(lambda wrong=wrong: of([0, wrong, 1]))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((200, 200, 200, 255), (0, 0, 4, 8))
    how = {}
    if mode in ("P", "L", "RGB"):  # one colour of these is
        image = image.convert("RGB").convert(mode)
        how = {"transparency": image.getpixel((7, 7))}
    found = read(saved(tmp_path / "x.png", image, **how))
    assert near(found, (7, 7), WHITE)
    assert near(found, (0, 0), (200, 200, 200))


def test_what_is_transparent_of_deep_grey_is_white(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[5, 6]], dtype=np.uint16))
    found = read(saved(tmp_path / "x.png", image, transparency=5))
    assert [found.getpixel((place, 0))[0] for place in (0, 1)] == [255, 0]


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp", "x.tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(tmp_path: Path, name: str, orientation: int) -> None:
    image = Image.new("RGB", (32, 16), WHITE)
    image.paste(RED, (0, 0, 16, 8))  # at the top left, as it was stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read(saved(tmp_path / name, image, exif=exif))
    corner = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]  # EXIF 2.3, 4.6.4
    assert found.size == ((32, 16) if orientation < 5 else (16, 32))
    x, y = (2 if corner[1] == "l" else found.width - 3), (2 if corner[0] == "t" else found.height - 3)
    assert max(abs(a - b) for a, b in zip(found.getpixel((x, y)), RED, strict=True)) <= 32  # of a lossy file


def jpeg(**how: object) -> bytes:
    Image.effect_noise((64, 64), 64).convert("RGB").save(file := io.BytesIO(), "JPEG", **how)
    return file.getvalue()


def test_what_a_file_is_its_content_decides(tmp_path: Path) -> None:
    saved(tmp_path / "really.png").rename(tmp_path / "x.jpg")
    assert read(tmp_path / "x.jpg").getpixel((0, 0)) == RED
    saved(tmp_path / "a.ico").rename(tmp_path / "a.png")
    assert "no picture of a kind that is read" in reason(lambda: read(tmp_path / "a.png"))
    (tmp_path / "b.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "no picture of a kind that is read" in reason(lambda: read(tmp_path / "b.png"))


BAD = {
    "text": (b"not a picture", "is no picture of a kind that is read"),
    "bomb": (png(60_000, 60_000, pixels=b""), "has more than 67108864 pixels"),
    "smaller bomb": (png(12_000, 10_000, pixels=b""), "has 120000000 pixels; the most that are decoded are 67108864"),
    "thread": (png(1, 60_000), "is 1 x 60000; the longer side is at most 100 times the shorter"),
    "nothing": (png(0, 0), "cannot be decoded|is no picture"),
    "icc bomb": (png(8, 8, extra=chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(10**7)))), "cannot be decoded: .*large"),
    "text bomb": (
        png(8, 8, extra=chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10**7)))),
        "cannot be decoded: .*large",
    ),
    "truncated png": (png(64, 64, pixels=bytes(1000)), "cannot be decoded: .*truncated"),
    "truncated jpeg": (jpeg()[:-200], "cannot be decoded: .*truncated"),
    "a jpeg's head": (jpeg()[:300], "cannot be decoded: "),
    "a gif's head": (b"GIF89a\x40\0\x40\0\0\0\0,", "cannot be decoded: |is no picture"),
    "a tiff that goes in circles": (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "cannot be decoded: |is no picture"),
    "a webp's head": (b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0", "cannot be decoded: |is no picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    data, expected = BAD[name]
    (tmp_path / "x.jpg").write_bytes(data)
    with pytest.raises(ValueError, match=f"x.jpg (?:{expected})"):
        read(tmp_path / "x.jpg")


def test_a_large_text_is_no_bomb() -> None:
    with quiet():
        found = decoded(png(8, 8, extra=chunk(b"tEXt", b"x\0" + b"0" * 10**6)), "x")
    assert found.image.getpixel((0, 0)) == RED


def test_damage_at_any_place_ends_in_a_picture_or_a_sentence() -> None:
    rng = np.random.default_rng(0)
    kinds = [jpeg(), jpeg(progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08"), png(16, 16)]
    for kind in ("GIF", "TIFF", "WEBP", "BMP", "PPM"):
        Image.effect_noise((16, 16), 64).save(file := io.BytesIO(), kind)
        kinds.append(file.getvalue())
    said: list[str] = []
    with quiet():
        for data in kinds:
            for _ in range(60):
                wrong = bytearray(data)
                for place in rng.integers(0, len(wrong), 4):
                    wrong[place] = rng.integers(0, 256)
                try:
                    assert decoded(bytes(wrong[: rng.integers(1, 2 * len(wrong))]), "x").image.mode == "RGB"
                except decoding.PictureError as error:
                    said.append(str(error))
    assert said
    assert not any("\n" in one for one in said)


def test_of_several_pictures_in_a_file_the_first_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    for name in ("x.gif", "x.png", "x.webp", "x.tiff"):
        saved(tmp_path / name, frames[0], save_all=True, append_images=frames[1:])
        found = decoded((tmp_path / name).read_bytes(), name)
        assert near(found.image, (0, 0), RED), name
        assert found.note == "holds more than one picture, of which this is the first"
    assert decoded(png(8, 8), "x").note is None


def test_a_jpeg_too_large_is_decoded_at_half_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PIXELS", 32 * 32)
    found = decoded(jpeg(), "x")
    assert (found.image.size, found.note) == ((32, 32), "was decoded at half its size")
    assert "has 1089 pixels" in reason(lambda: decoded(png(33, 33), "x"))
    monkeypatch.setattr(decoding, "MOST_PIXELS", 32 * 32 - 1)
    assert "has 4096 pixels; the most that are decoded are 4092" in reason(lambda: decoded(jpeg(), "x"))


def test_damaged_exif_leaves_a_picture_as_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(image: Image.Image) -> None:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", broken)
    found = decoded(png(8, 8), "x")
    assert "may not be upright" in str(found.note)
    assert found.image.getpixel((0, 0)) == RED


def test_pillows_warnings_are_kept_away_and_its_limits_left_alone() -> None:
    limit, filters = Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    with quiet():
        reason(lambda: decoded(png(10_000, 10_000, pixels=b""), "x"))
    assert (limit, filters) == (Image.MAX_IMAGE_PIXELS, list(warnings.filters))
    with pytest.raises(decoding.PictureError, match="could be decompression bomb"):
        decoded(png(10_000, 10_000, pixels=b""), "x")  # without `quiet`, where warnings are errors


def test_what_is_no_plain_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.png").touch()
    (tmp_path / "circle").symlink_to("circle")
    assert reason(lambda: read(tmp_path / "pipe")) == "is a pipe and no picture"
    assert reason(lambda: read(Path("/dev/zero"))) == "is a device and no picture"
    assert reason(lambda: read(tmp_path)) == "is a folder and no picture"
    assert reason(lambda: read(tmp_path / "empty.png")) == "is empty"
    assert reason(lambda: read(tmp_path / "none.png")) == "cannot be read: No such file or directory"
    assert reason(lambda: read(tmp_path / "empty.png" / "x")) == "cannot be read: Not a directory"
    assert reason(lambda: read(tmp_path / "a\0b")) == "cannot be read: embedded null byte"
    assert "cannot be read: " in reason(lambda: read(tmp_path / "circle"))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "x.png")

    def refuse(*_: object) -> int:  # a mode would not stop root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(decoding, "_at_once", refuse)
    assert reason(lambda: read(path)) == "cannot be read: Permission denied"


def test_a_file_too_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.png").open("wb") as file:
        file.truncate(2**28 + 1)  # a hole: nothing of it is on the disk
    assert reason(lambda: read(tmp_path / "x.png")) == "has 268435457 bytes; the most that are read are 268435456"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "x.png")
    assert content(path).data == path.read_bytes()
    state = os.fstat

    def grows(number: int) -> os.stat_result:
        found = state(number)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(os, "fstat", grows)
    assert reason(lambda: content(path)) == "changed while it was read"

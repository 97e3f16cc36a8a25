"""A picture file's bytes, as upright RGB; whatever a file makes of its reader becomes one sentence.

What a file is, its content decides. It has at most MOST_BYTES bytes, and by its header, before a pixel is decoded,
MOST_PIXELS pixels: 0.27 GB as Pillow holds them, and up to three times that while they become RGB. A JPEG may have four
times as many and is decoded at half its size; beyond 179 million Pillow refuses it as well. Colours are taken as they are
written, whatever profile a file names.
"""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from impl.clip.folder.pictures import FORMATS, MOST_BYTES, PictureError, demand_plain

MOST_PIXELS, MOST_ASPECT = 2**26, 100
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # what EXIF's orientations ask for


class Content(NamedTuple):
    """The bytes of a file, and what the system said of it both before and after they were read."""

    data: bytes
    stat: os.stat_result


class Decoded(NamedTuple):
    """A picture, and what must be said of how it was read, as a reason is."""

    image: Image.Image
    note: str | None


def content(path: Path) -> Content:
    """The bytes of a file that may be a picture.

    Edges:   what is no plain file is not opened, for a pipe would be waited for.
    Raises:  PictureError.
    """
    try:
        demand_plain(path, path.stat())
        with open(path, "rb", opener=_at_once) as file:
            before = os.fstat(file.fileno())
            demand_plain(path, before)
            data = file.read(MOST_BYTES + 1)
            after = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if (len(data), *_state(before)) != (after.st_size, *_state(after)):
        raise PictureError(path, "changed while it was read")
    return Content(data, after)


def decoded(data: bytes, name: object) -> Decoded:
    """The picture in a file's bytes, in upright RGB, on white where it is transparent.

    Edges:   of several in one file the first, which the note says. 16-bit grey keeps the higher byte, as Pillow does with
             16-bit colours; float grey from 0 to 1 is black to white, and other numbers are stretched from their least to
             their greatest.
    Raises:  PictureError, whatever a file makes of its reader. Call it within `quiet`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _demand_size(image, name)
            notes = [_halved(image), _first(image)]
            image.load()
            turn, said = _turn(image)
            rgb, how = _in_rgb(image)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(name, f"is no picture of a kind that is read ({', '.join(FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise PictureError(name, f"has more than {MOST_PIXELS} pixels, the most that are decoded") from error
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PictureError(name, f"cannot be decoded: {reason}") from error
    notes = [note for note in (*notes, said, how) if note]
    return Decoded(rgb if turn is None else rgb.transpose(turn), "; ".join(notes) or None)


def read(path: Path) -> Image.Image:
    """One picture, in upright RGB, on white where it is transparent; whatever it is called.

    Raises:  PictureError.
    """
    with quiet():
        return decoded(content(path).data, path).image


@contextmanager
def quiet() -> Iterator[None]:
    """While this lasts, Pillow does not warn; threads that decode need it around all of them, for it is the process's."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")
        Image.init()  # or threads would import its readers at once
        yield


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _state(of: os.stat_result) -> tuple[int, int, int]:
    return of.st_size, of.st_mtime_ns, of.st_ctime_ns


def _demand_size(image: Image.Image, name: object) -> None:
    width, height = image.size
    most = MOST_PIXELS * (4 if image.format in ("JPEG", "MPO") else 1)
    if width * height > most:
        raise PictureError(name, f"has {width * height} pixels; the most that are decoded are {most}")
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise PictureError(name, f"is {width} x {height}; the longer side is at most {MOST_ASPECT} times the shorter")


def _halved(image: Image.Image) -> str | None:
    width, height = image.size
    if width * height <= MOST_PIXELS:
        return None
    image.draft(None, (width // 2, height // 2))
    return "was decoded at half its size"


def _first(image: Image.Image) -> str | None:
    return "holds more than one picture, of which this is the first" if getattr(image, "is_animated", False) else None


def _turn(image: Image.Image) -> tuple[Image.Transpose | None, str | None]:
    """How a picture is brought upright; one whose EXIF is damaged is left as it lies, which is said."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1)), None
    except Exception as error:  # noqa: BLE001 - its reader has no errors of its own, and the pixels are whole
        return None, f"has EXIF that cannot be read, so it may not be upright: {error!r}"


def _in_rgb(image: Image.Image) -> tuple[Image.Image, str | None]:
    if image.mode[0] in "IF":  # Pillow would clip it at 255
        return _grey(image)
    if not image.has_transparency_data:
        return image.convert("RGB"), None
    clear = image.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear)
    return white, None


def _grey(image: Image.Image) -> tuple[Image.Image, str | None]:
    values, note = np.asarray(image), None
    least, greatest = values.min(), values.max()
    if not (np.isfinite(least) and np.isfinite(greatest)):
        raise ValueError("some of its values are no numbers")
    if image.mode != "F" and least >= 0 and greatest < 2**16:
        grey = (values >> 8).astype(np.uint8)
    else:
        low, high = (
            (0.0, 1.0) if image.mode == "F" and least >= 0 and greatest <= 1 else (float(least), float(greatest))
        )
        note = None if (low, high) == (0.0, 1.0) else f"has values from {low:g} to {high:g}, shown as black to white"
        grey = ((values.astype(np.float64) - low) * (255 / ((high - low) or 1)) + 0.5).astype(np.uint8)
    if (clear := image.info.get("transparency")) is not None:
        grey[values == clear] = 255
    return Image.fromarray(grey).convert("RGB"), note

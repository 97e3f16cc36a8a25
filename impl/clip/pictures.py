"""Pictures in a folder: which there are, and each as upright RGB; what cannot be one is named with its reason.

A file's content decides what it is; its name only whether it is looked at.
"""

from pathlib import Path
from typing import NamedTuple

from PIL import Image

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # read without a program or a script of the file's


class PictureError(ValueError):
    """A file that is no picture that can be read; `reason` is what is wrong with it, without its name."""

    def __init__(self, name: object, reason: str) -> None:
        super().__init__(f"{name} {reason}")
        self.reason = reason


class Picture(NamedTuple):
    """A file that may be a picture; its name is its path within the folder."""

    name: str
    path: Path


class Skipped(NamedTuple):
    """What was left out, and why; as text it is a sentence."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


class Folder(NamedTuple):
    """A folder's pictures in the order of their names, none of them opened yet."""

    path: Path
    pictures: tuple[Picture, ...]
    skipped: tuple[Skipped, ...]


class Decoded(NamedTuple):
    """A picture, and what must be said of how it was read."""

    image: Image.Image
    note: str | None


def pictures_in(folder: Path) -> Folder:
    """The pictures in a folder and in the folders within it.

    Raises:  PictureError if there is no such folder, or no picture in it.
    """
    raise NotImplementedError


def read(path: Path) -> Image.Image:
    """One picture, in upright RGB, on white where it is transparent.

    Raises:  PictureError.
    """
    raise NotImplementedError

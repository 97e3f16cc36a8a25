"""Features of pictures, computed once: kept by what a file contains and by the encoder, wherever the file is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image
from torch import Tensor

from impl.clip.pictures import Folder, Skipped

ROOT = Path("runs") / "features"
Show = Callable[[str, int, int], None]


class Encoder(Protocol):
    """What computes features: rows of norm 1 in float32, on the CPU.

    Shapes:  [n, width] of n pictures.
    Edges:   `fingerprint`, a hex digest, differs wherever weights or preprocessing do.
    """

    fingerprint: str
    width: int

    def encode_images(self, images: Sequence[Image.Image]) -> Tensor: ...


@dataclass(frozen=True)
class Features:
    """Features of pictures, a row each, in the order of their names.

    Shapes:  matrix [n, width] float32, rows of norm 1.
    Edges:   pictures of the same bytes have the same digest (sha256); `skipped` is what could not be read, `notes` what
             must be said of some that could, `damaged` what of the cache was not trusted; `computed` and `cached` count
             pictures.
    Raises:  ValueError for rows that are not of norm 1, or names or digests of another number.
    """

    names: tuple[str, ...]
    matrix: Tensor
    digests: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Skipped, ...] = ()
    damaged: tuple[Skipped, ...] = ()
    computed: int = 0
    cached: int = 0


def features_of(folder: Folder, encoder: Encoder, *, root: Path = ROOT, show: Show | None = None) -> Features:
    """The features of a folder's pictures; only what is not in the cache is computed.

    Edges:   `show` is told what is being done ("reading" or "computing"), how much of it, and of how much, in pictures.
    Raises:  PictureError if none of them can be read; ValueError for an encoder's features that are none; OSError
             where nothing can be written.
    """
    raise NotImplementedError


def row_of(features: Features, path: Path) -> int:
    """The row of the picture in a file: the first with the same bytes.

    Raises:  PictureError if it is none of them, or cannot be read.
    """
    raise NotImplementedError

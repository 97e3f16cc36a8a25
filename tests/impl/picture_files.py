"""Files of pictures for tests, and of what is none."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from impl.clip.folder.pictures import PictureError


def saved(path: Path, image: Image.Image | None = None, **how: object) -> Path:
    """A picture in a file, with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or Image.new("RGB", (8, 8), "red")).save(path, **how)
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, extra: bytes = b"", pixels: bytes | None = None) -> bytes:
    """A PNG of what its header says, whatever its pixels are."""
    rows = (b"\0" + b"\xff\0\0" * width) * height if pixels is None else pixels
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def reason(of: Callable[[], object]) -> str:
    """Why something was refused, in a sentence."""
    with pytest.raises(PictureError) as caught:
        of()
    assert "\n" not in str(caught.value)
    return caught.value.reason

"""Pictures as files: the same picture is the same bytes, and a file is there in whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from harness.whole_file import write_whole
from writeup.figures import frame

# A format with the metadata that would differ from day to day, left out.
FORMATS: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "png": {},
    "pdf": {"CreationDate": None},
}


def check(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:  ValueError if the suffix is not .svg, .png or .pdf; FileNotFoundError if there is no such folder.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ValueError(
            f"got {path.name!r}, expected a name that ends in {', '.join('.' + known for known in FORMATS)}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} to")
    return suffix


def save(drawn: Figure, path: Path) -> None:
    """Write a picture in the format that its file's name asks for. Raises as `check`; OSError if it cannot be written."""
    write_whole(path, content(drawn, check(path)))


def content(drawn: Figure, suffix: str) -> bytes:
    """A picture in one of the formats."""
    written = io.BytesIO()
    with mpl.rc_context(frame.STYLE):
        drawn.savefig(written, format=suffix, metadata=FORMATS[suffix])
    return written.getvalue()

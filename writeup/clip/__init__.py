"""Section 5 on paper: the matrix of similarities, zero-shot bars, and what a caption finds, as figures and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from harness.whole_file import write_whole
from writeup.clip import bars, matrix, row
from writeup.figures import files

FORMATS = ("svg", "png")
DRAWN = {"similarity": matrix.draw, "zero-shot": bars.draw, "hunt": row.draw}


def write(kind: str, found: dict[str, Any], pictures: list[Any], folder: Path) -> list[str]:
    """Put a figure and its numbers into a folder; -> the files' names.

    Shapes:  pictures uint8 [height, width, 3], in the order in which `found` names them.
    Raises:  OSError if something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn: Figure = DRAWN[kind](found, pictures)
    names = [f"{kind}.{suffix}" for suffix in FORMATS]
    for name in names:
        files.save(drawn, folder / name)
    write_whole(folder / f"{kind}.json", json.dumps(found, allow_nan=False, indent=1) + "\n")
    return [*names, f"{kind}.json"]

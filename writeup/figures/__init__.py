"""Pictures of the written part, one file a question: `write("1.2.1", Path("toy.svg"))`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from harness.whole_file import write_whole
from writeup.figures import batch_size, frame, learning_rate, robustness, scaling, toy_example

FIGURES: dict[str, Callable[[Figure], None]] = {
    "1.2.1": toy_example.draw,
    "1.2.3": robustness.draw,
    "1.2.4": robustness.draw,
    "2.1.1": learning_rate.draw,
    "2.1.2": batch_size.draw,
    "2.1.2a": batch_size.draw,
    "2.1.2b": batch_size.draw,
    "2.2": scaling.draw,
    "2.2a": scaling.draw,
}
# A format with the metadata that would differ from day to day, left out.
FORMATS: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "png": {},
    "pdf": {"CreationDate": None},
}


def figure(question_id: str) -> Figure:
    """The picture of a question.

    Raises:  ValueError if the question has none.
    """
    if question_id not in FIGURES:
        raise ValueError(f"no picture for {question_id!r}; there is one for {', '.join(FIGURES)}")
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=frame.SIZE_IN, layout="constrained")
        FIGURES[question_id](drawn)
    return drawn


def write(question_id: str, path: Path | str) -> None:
    """Write the picture of a question to a file, in the format that its suffix names: whole, or not at all.

    Edges:   the same picture is the same bytes. A file that is there is replaced.
    Raises:  ValueError if the question has no picture, or the suffix is not .svg, .png or .pdf; FileNotFoundError if
             there is no such folder; OSError if the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ValueError(
            f"got {path.name!r}, expected a name that ends in {', '.join('.' + known for known in FORMATS)}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} to")
    drawn = figure(question_id)
    content = io.BytesIO()
    with mpl.rc_context(frame.STYLE):
        drawn.savefig(content, format=suffix, metadata=FORMATS[suffix])
    write_whole(path, content.getvalue())

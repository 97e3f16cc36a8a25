"""Pictures of the written part, one file a question: `write("1.2.1", Path("toy.svg"))`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from writeup.figures import batch_size, files, frame, learning_rate, robustness, scaling, toy_example

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
    files.check(path)
    files.save(figure(question_id), path)

"""What the pictures of a sweep have in common: a colour and a style a size, axes in powers of ten."""

from __future__ import annotations

import textwrap
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures import frame

SIZE_IN = (7.2, 4.6)
WIDEST = 80  # letters of a title
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000", "#E69F00")
STYLES = (
    "-",
    "--",
    "-.",
    ":",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (1, 3)),
    (0, (8, 2)),
)  # as many as colours: none comes twice in grey
MARKS = ("o", "s", "^", "D", "v", "P", "X")
FLOPS = "training compute (FLOPs, the course's count)"


def look(place: int) -> dict[str, Any]:
    """The colour and style of the so-manieth thing of a kind."""
    return {"color": COLORS[place % len(COLORS)], "linestyle": STYLES[place % len(STYLES)]}


def mark(place: int) -> dict[str, Any]:
    """The colour and shape of its points."""
    return {"color": COLORS[place % len(COLORS)], "marker": MARKS[place % len(MARKS)], "linestyle": "none"}


def figure(finding: str, *, panels: int = 1, share_y: bool = True) -> tuple[Figure, list[Axes]]:
    """A figure under a sentence, with so many pairs of axes side by side."""
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=SIZE_IN, layout="constrained")
        wrapped = "\n".join(textwrap.fill(line, WIDEST) for line in finding.splitlines())
        drawn.suptitle(wrapped, x=0.015, ha="left", fontsize=10, fontweight="bold")
        axes = drawn.subplots(1, panels, sharey=share_y, squeeze=False)[0]
    return drawn, list(axes)


def known(values: list[Any]) -> list[float]:
    """Numbers with NaN in the place of what is not known."""
    return [float("nan") if value is None else value for value in values]


def tera(flops: float) -> str:
    """A budget in words."""
    return f"{flops / 1e12:.3g} TFLOPs"

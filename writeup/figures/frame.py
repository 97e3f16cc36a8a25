"""What every picture has in common: size, letters, colours, and how a thing is labelled.

Colours are Okabe and Ito's, which the colour-blind can tell apart; no picture relies on them alone, lines differ in
style as well and carry their names.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

SIZE_IN = (5.6, 4.0)
BLUE, VERMILION, GREEN, BLACK, GREY = "#0072B2", "#D55E00", "#009E73", "#000000", "#595959"
STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine writes the same bytes
    "font.size": 9,
    "mathtext.fontset": "dejavusans",
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 200,
    "svg.hashsalt": "specimen",
    "pdf.fonttype": 42,
}


def axes(figure: Figure, *, finding: str, x: str, y: str) -> Axes:
    """The one pair of axes of a picture, under a sentence that says what it shows."""
    figure.suptitle(finding, x=0.015, ha="left", fontsize=10, fontweight="bold")
    drawn = figure.add_subplot()
    drawn.set_xlabel(x)
    drawn.set_ylabel(y)
    return drawn


def label(
    on: Axes,
    text: str,
    at: tuple[float, float],
    *,
    by: tuple[float, float] = (0, 0),
    color: str = BLACK,
    ha: str = "left",
    va: str = "center",
    **more: Any,
) -> Annotation:
    """Name a thing where it stands, on white, so that thin lines behind it do not run through its letters.

    Units:   `at` in the axes' own; `by` in points.
    """  # fmt: skip
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    return on.annotate(
        text, at, xytext=by, textcoords="offset points", color=color, ha=ha, va=va, fontsize=8.5, bbox=white, **more
    )

"""Which sums a model gets wrong: all 400 with plus and all 400 with minus, a cell each."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from writeup.bert import tables
from writeup.figures import frame

PANEL_IN = 2.1
CLASSES = ListedColormap(["#F4A582", "#404040", "#D1E5F0"])  # negative, zero, positive: told apart in grey too
TICKS = (0, 5, 10, 15, 19)


def draw(found: dict[str, Any]) -> Figure:
    """A column a model, a row an operator: what the first seed's model says, with a cross where it is wrong."""
    shown = list(found["maps"].items())
    operators = shown[0][1]["operators"]
    with mpl.rc_context(frame.STYLE):
        size = (PANEL_IN * len(shown) + 0.6, PANEL_IN * len(operators) + 1.1)
        drawn = Figure(figsize=size, layout="constrained")
        title = f"What each model says of all 800 sentences (the first seed's); a cross is wrong, the counts are of those{tables.roles(found)}"
        drawn.suptitle(title, x=0.015, ha="left", fontsize=10, fontweight="bold")
        grid = drawn.subplots(len(operators), len(shown), squeeze=False, sharex=True, sharey=True)
        for column, (name, of) in enumerate(shown):
            for row in range(len(operators)):
                _panel(grid[row][column], {key: np.array(of[key][row]) for key in ("said", "truth", "unseen")})
                if row == 0:
                    grid[row][column].set_title(f"{name}\n{_count(of, row)}", fontsize=8.5)
                else:
                    grid[row][column].set_title(_count(of, row), fontsize=8.5)
                if column == 0:
                    grid[row][column].set_ylabel("a")
                if row == len(operators) - 1:
                    grid[row][column].set_xlabel("b")
        drawn.legend(handles=_legend(found["classes"]), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return drawn


def _panel(axes: Axes, of: dict[str, Any]) -> None:
    axes.imshow(of["said"], cmap=CLASSES, vmin=0, vmax=2, origin="lower", interpolation="nearest")
    wrong = of["said"] != of["truth"]
    for mask, size, width in ((wrong & ~of["unseen"], 9, 0.8), (wrong & of["unseen"], 22, 1.7)):
        rows, columns = np.nonzero(mask)
        axes.scatter(columns, rows, marker="x", s=size, linewidths=width + 1.2, color="white")
        axes.scatter(columns, rows, marker="x", s=size, linewidths=width, color="black")
    axes.set_xticks(TICKS)
    axes.set_yticks(TICKS)


def _count(of: dict[str, Any], row: int) -> str:
    said, truth, unseen = (np.array(of[key][row]) for key in ("said", "truth", "unseen"))
    wrong = said != truth
    return f"a {of['operators'][row]} b: {(wrong & unseen).sum()} of {unseen.sum()} unseen"


def _legend(classes: list[str]) -> list[Any]:
    patches = [
        Patch(facecolor=CLASSES(place), edgecolor=frame.GREY, label=f"says {name}")
        for place, name in enumerate(classes)
    ]
    crosses: list[Any] = [
        Line2D([], [], marker="x", linestyle="none", color="black", markersize=size, markeredgewidth=width, label=label)
        for size, width, label in ((3.5, 0.8, "wrong, trained on"), (5.5, 1.7, "wrong, unseen"))
    ]
    return [*patches, *crosses]

"""Hoffmann's three approaches side by side: with which power of compute the best size and number of tokens grow."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures.frame import BLUE, GREY, STYLE, VERMILION
from writeup.isoflop.frame import figure

LOOKS = {"without embeddings": (BLUE, "o", 0.14), "with embeddings": (VERMILION, "s", -0.14)}
PUBLISHED = {"Kaplan et al. 2020": 0.73, "Hoffmann et al. 2022": 0.50}
NARROWEST = (0.2, 1.0)
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # behind numbers, so that no line runs through them


def draw(found: dict[str, Any]) -> Figure:
    """The exponents of parameters to the left, of tokens to the right, with their intervals."""
    ways = list(dict.fromkeys(one["way"] for one in found["exponents"]))
    drawn, panels = figure(
        "With which power of compute the best size and its tokens grow,\nby three approaches, and published exponents",
        panels=2,
    )
    with mpl.rc_context(STYLE):
        for axes, what in zip(panels, ("params", "tokens"), strict=True):
            for one in found["exponents"]:
                _way(axes, one, what, len(ways) - ways.index(one["way"]))
            _published(axes, what, len(ways) + 0.62)
            axes.set_yticks([len(ways) - place for place in range(len(ways))], ways)
            low, high = axes.get_xlim()
            axes.set(xlabel=f"exponent of {'N' if what == 'params' else 'D'}", ylim=(0.5, len(ways) + 0.65))
            axes.set_xlim(min(low, NARROWEST[0]), max(high, NARROWEST[1]))
        handles = [mpl.lines.Line2D([], [], color=c, marker=m, label=n) for n, (c, m, _) in LOOKS.items()]
        title = {"title": "parameters counted", "title_fontsize": 8}
        drawn.legend(handles=handles, frameon=False, fontsize=8, loc="outside lower center", ncols=2, **title)
    return drawn


def _way(axes: Axes, one: dict[str, Any], what: str, row: float) -> None:
    """An exponent and its interval, or why there is none."""
    color, shape, off = LOOKS[one["counted"]]
    estimate, height = one[what], row + off
    if estimate["value"] is None:
        axes.text(sum(NARROWEST) / 2, height, "none", fontsize=7.5, color=color, ha="center", va="center")
        return
    axes.plot(estimate["value"], height, shape, color=color, markersize=5)
    if estimate["low"] is not None:
        axes.plot([estimate["low"], estimate["high"]], [height, height], color=color, linewidth=1.4)
    at = (estimate["value"], height)
    axes.annotate(
        f"{at[0]:.2f}", at, (0, 6), textcoords="offset points", fontsize=7.5, ha="center", color=color, bbox=WHITE
    )


def _published(axes: Axes, what: str, top: float) -> None:
    """What others have found, as upright lines."""
    for (name, value), style in zip(PUBLISHED.items(), (":", "--"), strict=True):
        at = value if what == "params" else 1 - value
        axes.axvline(at, color=GREY, linewidth=0.8, linestyle=style)
        axes.text(at, top, f"{name.split()[0]} ", fontsize=7, color=GREY, rotation=90, va="top", ha="right")

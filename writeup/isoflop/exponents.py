"""Hoffmann's three approaches side by side: with which power of compute the best size and number of tokens grow."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from writeup.figures.frame import BLUE, GREY, STYLE, VERMILION
from writeup.isoflop.frame import figure

LOOKS = {"without embeddings": (BLUE, "o", 0.14), "with embeddings": (VERMILION, "s", -0.14)}
PUBLISHED = {"Kaplan et al. 2020": 0.73, "Hoffmann et al. 2022": 0.50}
NARROWEST = (0.2, 1.0)


def draw(found: dict[str, Any]) -> Figure:
    """The exponents of parameters to the left, of tokens to the right, with their intervals."""
    ways = list(dict.fromkeys(one["way"] for one in found["exponents"]))
    drawn, panels = figure(
        "With which power of compute the best size and its tokens grow,\nby three approaches, and published exponents",
        panels=2,
    )
    with mpl.rc_context(STYLE):
        for axes, what, letter in zip(panels, ("params", "tokens"), ("N", "D"), strict=True):
            for one in found["exponents"]:
                color, shape, off = LOOKS[one["counted"]]
                estimate, height = one[what], len(ways) - ways.index(one["way"]) + off
                if estimate["value"] is None:
                    axes.text(0.5, height, f"none: {one['why']}", fontsize=7, color=color, ha="center", va="center")
                    continue
                axes.plot(estimate["value"], height, shape, color=color, markersize=5)
                if estimate["low"] is not None:
                    axes.plot([estimate["low"], estimate["high"]], [height, height], color=color, linewidth=1.4)
                axes.annotate(
                    f"{estimate['value']:.2f}", (estimate["value"], height), (0, 4), textcoords="offset points",
                    fontsize=7.5, ha="center", color=color,
                )  # fmt: skip
            for place, (name, value) in enumerate(PUBLISHED.items()):
                at = value if what == "params" else 1 - value
                axes.axvline(at, color=GREY, linewidth=0.8, linestyle=(":", "--")[place])
                axes.text(
                    at,
                    len(ways) + 0.62,
                    f"{name.split()[0]} ",
                    fontsize=7,
                    color=GREY,
                    rotation=90,
                    va="top",
                    ha="right",
                )
            axes.set_yticks([len(ways) - place for place in range(len(ways))], ways)
            low, high = axes.get_xlim()
            axes.set(xlabel=f"exponent of {letter}", ylim=(0.5, len(ways) + 0.65))
            axes.set_xlim(min(low, NARROWEST[0]), max(high, NARROWEST[1]))
        handles = [
            mpl.lines.Line2D([], [], color=c, marker=m, linestyle="-", label=n) for n, (c, m, _) in LOOKS.items()
        ]
        panels[1].legend(
            handles=handles, frameon=False, fontsize=8, title="parameters counted", title_fontsize=8, loc="lower right"
        )
    return drawn

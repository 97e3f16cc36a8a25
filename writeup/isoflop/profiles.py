"""3.3.2: isoFLOP profiles, a parabola in log10 of the parameters a budget, with its vertex and how sure that is."""

from __future__ import annotations

import itertools
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from writeup.figures.frame import STYLE
from writeup.isoflop.frame import COLORS, figure, look, mark, tera

MARGIN = 1.25  # of the sizes' range, that is drawn on both sides


def draw(found: dict[str, Any]) -> Figure:
    """The handout's profiles; vertical lines are vertices, bars on the axis their intervals, where there are any."""
    shown = found["optima"]["quintic"]["profiles"]
    optima = [one["optimum"]["value"] for one in shown if one["optimum"]["value"] is not None]
    is_seen = len(optima) > 2 and not any(one["is_extrapolated"] for one in shown)
    grows = is_seen and all(b > a for a, b in itertools.pairwise(optima))
    says = "The more compute, the larger the best model" if grows else "IsoFLOP profiles"
    has_bars = any(one["optimum"]["low"] is not None for one in shown)
    vertices = "vertices, and their intervals (bars)" if has_bars else "and their vertices"
    drawn, (axes,) = figure(f"{says}:\nparabolas in log10 of the parameters{',' * has_bars} {vertices}")
    sizes = [size["params"] for size in found["sizes"]]
    with mpl.rc_context(STYLE):
        for place, one in enumerate(shown):
            _profile(axes, place, one, (min(sizes), max(sizes)))
        axes.set(xscale="log", xlabel="parameters, without embeddings", ylabel="validation loss (nats a token)")
        axes.set_xlim(min(sizes) / MARGIN**2, max(sizes) * MARGIN**2)
        lows = [loss for one in shown for loss in one["losses"]]
        if lows:
            reach = max(lows) - min(lows)
            axes.set_ylim(max(0.0, min(lows) - 0.35 * reach), max(lows) + 0.15 * reach)
            _intervals(axes, shown)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.legend(frameon=False, fontsize=8, title="budget: best size", title_fontsize=8, bbox_to_anchor=(1, 1))
    return drawn


def _profile(axes: Axes, place: int, one: dict[str, Any], reach: tuple[float, float]) -> None:
    if not one["params"]:
        return
    axes.errorbar(one["params"], one["losses"], yerr=one["spread"], elinewidth=0.8, markersize=4, **mark(place))
    best = one["optimum"]["value"]
    said = f"{tera(one['budget'])}: {f'{best:,.0f}' if best is not None else 'none'}"
    said += " (extrapolated)" if one["is_extrapolated"] else ""
    if None in one["p"]:
        axes.plot([], [], label=said, **mark(place))
        return
    at = np.geomspace(one["params"][0] / MARGIN, one["params"][-1] * MARGIN, 200)
    axes.plot(at, np.polyval(one["p"], np.log10(at)), label=said, **look(place))
    if best is not None and reach[0] / MARGIN**2 < best < reach[1] * MARGIN**2:
        axes.plot([best, best], [0.0, float(np.polyval(one["p"], np.log10(best)))], linewidth=0.8, **look(place))


def _intervals(axes: Axes, shown: list[dict[str, Any]]) -> None:
    """Each vertex's interval as a bar, one above the other from the axis up."""
    bottom, top = axes.get_ylim()
    for place, one in enumerate(shown):
        low, high = one["optimum"]["low"], one["optimum"]["high"]
        if low is not None:
            left, right = axes.get_xlim()
            low, high = max(low, left), right if high is None else high  # an open end goes to the edge
            height = bottom + (top - bottom) * 0.022 * (place + 1)
            axes.plot([low, high], [height, height], color=COLORS[place % len(COLORS)], linewidth=2.4, alpha=0.8)

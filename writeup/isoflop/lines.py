"""3.3.3 and 3.3.4: what is best for a budget, as a line in log-log, with its interval, out to 1e15 FLOPs."""

from __future__ import annotations

from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures.frame import BLACK, BLUE, GREEN, STYLE, VERMILION, label
from writeup.isoflop.frame import FLOPS, figure, known

FAR = 1e15
ARROW = 5  # times the value: how far an arrow goes
What = Literal["params", "tokens"]


def params(found: dict[str, Any]) -> Figure:
    """The best number of parameters."""
    return _draw(found, "params", "N", "best number of parameters, without embeddings")


def tokens(found: dict[str, Any]) -> Figure:
    """The best number of tokens."""
    return _draw(found, "tokens", "D", "best number of training tokens")


def _draw(found: dict[str, Any], what: What, letter: str, named: str) -> Figure:
    one = found["optima"]["quintic"]
    line = one["lines"][what]
    if line is None:
        drawn, (axes,) = figure(f"No line: {one['why']}")
        axes.set_axis_off()
        return drawn
    sign = "+" if line["intercept"] >= 0 else "-"
    says = f"log10 {letter} = {line['slope']:.3f} log10 C {sign} {abs(line['intercept']):.3f}"
    level = f"; the band holds {found['level']:.0%} of draws" if line["low"][0] is not None else ""
    drawn, (axes,) = figure(f"{says}\n(solid where it was measured{level})")
    with mpl.rc_context(STYLE):
        _line(axes, one, line)
        _points(axes, one, what)
        _setup(axes, found, what)
        _far(axes, line)
        axes.set(xscale="log", yscale="log", xlabel=FLOPS, ylabel=named)
        axes.legend(frameon=False, fontsize=8, loc="upper left")
        axes.grid(linewidth=0.3)
    return drawn


def _line(axes: Axes, one: dict[str, Any], line: dict[str, Any]) -> None:
    flops, values = np.array(line["flops"]), np.array(line["values"])
    axes.fill_between(flops, known(line["low"]), known(line["high"]), color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(flops, values, "--", color=BLUE, linewidth=1, label="the line, extrapolated")
    budgets = [p["budget"] for p in one["profiles"] if p["optimum"]["value"] is not None]
    at = np.geomspace(min(budgets), max(budgets), 20)
    axes.plot(at, 10 ** (line["slope"] * np.log10(at) + line["intercept"]), color=BLUE, linewidth=2)


def _points(axes: Axes, one: dict[str, Any], what: What) -> None:
    key = "optimum" if what == "params" else "tokens"
    shown = [profile for profile in one["profiles"] if profile[key]["value"] is not None]
    for is_extrapolated, filled, said in ((False, BLUE, "best at a budget"), (True, "white", "the same, extrapolated")):
        here = [profile for profile in shown if profile["is_extrapolated"] is is_extrapolated]
        if not here:
            continue
        values = np.array([profile[key]["value"] for profile in here])
        ends = np.array([known([profile[key]["low"], profile[key]["high"]]) for profile in here])
        reach = np.nan_to_num(np.abs(np.stack([values - ends[:, 0], ends[:, 1] - values])))
        budgets = [profile["budget"] for profile in here]
        look: dict[str, Any] = {"markerfacecolor": filled, "markersize": 5, "elinewidth": 1, "capsize": 2}
        axes.errorbar(budgets, values, yerr=reach if reach.any() else None, fmt="o", color=BLUE, label=said, **look)
        for budget, value, profile in zip(budgets, values, here, strict=True):
            _open_ends(axes, budget, value, profile[key])


def _open_ends(axes: Axes, budget: float, value: float, estimate: dict[str, Any]) -> None:
    """An arrow where an interval has no end."""
    if estimate["low"] is None:  # no interval at all
        return
    for is_open, factor in ((estimate["high"] is None, ARROW), (not estimate["low"], 1 / ARROW)):
        if is_open:
            arrow = {"arrowstyle": "->", "color": BLUE, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (budget, value * factor), (budget, value), arrowprops=arrow)


def _setup(axes: Axes, found: dict[str, Any], what: What) -> None:
    """Where 3.2.3 lies."""
    if (setup := found["setup"]) is not None:
        said = f"3.2.3: hidden {setup['hidden']}, {setup['epochs']} epochs"
        axes.plot(setup["budget"], setup[what], "*", color=VERMILION, markersize=11, label=said)


def _far(axes: Axes, line: dict[str, Any]) -> None:
    value, low, high = line["values"][-1], line["low"][-1], line["high"][-1]
    axes.plot(FAR, value, "D", color=GREEN, markersize=5)
    ends = f"\n({low:.2g} to {high:.2g})" if low is not None else ""
    under = value if low is None else low
    label(axes, f"at 1e15: {value:.3g}{ends}", (FAR, under), by=(4, -8), color=BLACK, ha="right", va="top")

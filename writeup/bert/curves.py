"""Loss and accuracy by epoch: 4.2 to 4.4."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.bert import tables
from writeup.figures import frame

SIZE_IN = (7.2, 3.8)
COLORS = (frame.BLUE, frame.VERMILION, frame.GREEN, frame.BLACK, "#CC79A7", "#E69F00")
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKS = ("o", "s", "^", "D", "v", "P")


def draw(found: dict[str, Any]) -> Figure:
    """Training loss to the left, the share of unseen sentences that is right to the right, of all arms of as many epochs."""
    epochs = len(found["arms"][0]["curves"]["accuracy"]["mean"])
    shown = [one for one in found["arms"] if len(one["curves"]["accuracy"]["mean"]) == epochs]
    title = f"Means over {found['seeds']} seeds; bands from the lowest to the highest{tables.roles(found)}"
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=SIZE_IN, layout="constrained")
        drawn.suptitle(title, x=0.015, ha="left", fontsize=10, fontweight="bold")
        losses, accuracies = drawn.subplots(1, 2)
        for place, one in enumerate(shown):
            _curve(losses, one["curves"]["train_loss"], one["name"], place)
            _curve(accuracies, one["curves"]["accuracy"], one["name"], place, of=100)
        baseline: Any = {"color": frame.GREY, "linewidth": 1, "label": "always the commonest class"}
        accuracies.axhline(100 * shown[0]["majority"], linestyle=(0, (1, 1)), **baseline)
        losses.set(xlabel="epoch", ylabel="training loss (nats a sentence)", ylim=(0, None))
        accuracies.set(xlabel="epoch", ylabel="unseen sentences right (%)")
        for axes in (losses, accuracies):
            axes.set_xticks(range(1, epochs + 1, max(1, epochs // 6)))
        entries = accuracies.get_legend_handles_labels()
        drawn.legend(*entries, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return drawn


def _curve(axes: Axes, curve: dict[str, list[float]], name: str, place: int, *, of: float = 1) -> None:
    at = range(1, len(curve["mean"]) + 1)
    mean, low, high = ([of * value for value in curve[key]] for key in ("mean", "low", "high"))
    look: Any = {"color": COLORS[place % len(COLORS)], "linestyle": STYLES[place % len(STYLES)]}
    axes.plot(at, mean, label=name, marker=MARKS[place % len(MARKS)], markersize=4, **look)
    axes.fill_between(at, low, high, color=look["color"], alpha=0.12, linewidth=0)

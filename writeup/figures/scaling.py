"""2.2: loss against compute by model size, with the compute-efficient frontier, from Hoffmann's law."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures import forms, frame

STYLES = {1e7: "solid", 1e8: "dashed", 1e9: "dashdot", 1e10: "dotted"}
COMPUTE = np.geomspace(1e14, 1e24, 300)
LOW, HIGH = 1.8, 8.0
TICKS = (2, 3, 4, 5, 6, 8)


def draw(figure: Figure) -> None:
    """Draw it."""
    axes = frame.axes(
        figure,
        finding="More compute calls for a larger model, and for more data with it:\neach size flattens out, and the next one passes it",
        x="compute $C = 6 N D$ (FLOP), for $N$ parameters and $D$ tokens",
        y="test loss (nats a token)",
    )
    axes.set(xscale="log", yscale="log", xlim=(COMPUTE[0], COMPUTE[-1]), ylim=(LOW, HIGH))
    axes.set_yticks(TICKS, [str(tick) for tick in TICKS])
    axes.set_yticks([], minor=True)
    for size, style in STYLES.items():
        loss = loss_at(size, COMPUTE)
        axes.plot(COMPUTE, loss, color=frame.BLUE, linestyle=style, gid=f"N = {size:g}")
        top = COMPUTE[int(np.argmax(loss <= HIGH))]
        name = f"$10^{{{np.log10(size):.0f}}}$"
        frame.label(axes, name, (top, HIGH), by=(0, 3), color=frame.BLUE, ha="center", va="bottom")
    frame.label(axes, "$N$ =", (COMPUTE[0], HIGH), by=(-13, 3), color=frame.BLUE, ha="right", va="bottom")
    says = "same size, more data:\nno further than this"
    frame.label(
        axes,
        says,
        (COMPUTE[-1], loss_at(min(STYLES), COMPUTE)[-1]),
        by=(-4, 6),
        color=frame.BLUE,
        ha="right",
        va="bottom",
    )
    _frontier(axes)


def loss_at(n_params: Any, compute: Any) -> Any:
    """The loss of a model size when all of a compute budget goes into its training."""
    return forms.hoffmann_loss(n_params, compute / (forms.FLOP_PER_PARAM_AND_TOKEN * n_params))


def _frontier(axes: Axes) -> None:
    best = forms.hoffmann_params(COMPUTE)
    loss = loss_at(best, COMPUTE)
    axes.plot(COMPUTE, loss, color=frame.BLACK, linewidth=2.8, gid="frontier")
    sizes = np.array(list(STYLES))
    enough = np.exp(np.interp(np.log(sizes), np.log(best), np.log(COMPUTE)))
    axes.plot(enough, loss_at(sizes, enough), "o", color=frame.BLACK, markersize=6, gid="best sizes")
    power = np.log(best[-1] / best[0]) / np.log(COMPUTE[-1] / COMPUTE[0])
    says = f"compute-efficient frontier\nby Hoffmann et al. (2022):\neach size is best at its dot,\nand the best $N$ grows as $C^{{\\,{power:.2f}}}$"
    middle = len(COMPUTE) // 2
    frame.label(axes, says, (COMPUTE[middle], loss[middle]), by=(-18, -10), ha="right", va="top")

"""2.1.1: the best rate of one step of the noisy quadratic model, against batch size."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from writeup.figures import forms, frame

A, W, SIGMA = 2.0, 1.0, 20.0
BATCHES = np.geomspace(1, 1e5, 200)


def draw(figure: Figure) -> None:
    """Draw it."""
    axes = frame.axes(
        figure,
        finding="The best learning rate grows with the batch size while noise\ndominates, then saturates at the limit that curvature sets",
        x="batch size $B$ (samples)",
        y=r"best rate of one step $\eta^*$",
    )
    level = SIGMA**2 / (A**2 * W**2)
    limit = 1 / A
    axes.plot(BATCHES, limit * BATCHES / level, color=frame.GREY, linestyle="dotted", gid="proportional")
    axes.axhline(limit, color=frame.BLACK, linestyle="dashed", linewidth=1.2)
    axes.plot(BATCHES, forms.eta_star(A, W, SIGMA, BATCHES), color=frame.BLUE, linewidth=2.2, gid="best")
    axes.plot(level, forms.eta_star(A, W, SIGMA, level), "o", color=frame.BLACK, gid="half")
    axes.set(xscale="log", yscale="log", xlim=(1, BATCHES[-1]), ylim=(0.004, 1.2))
    frame.label(axes, f"limit $1/a$ = {limit:g}", (BATCHES[-1], limit), by=(-2, 8), ha="right")
    frame.label(axes, r"$\eta^* = \dfrac{a w^2}{a^2 w^2 + \sigma^2/B}$", (1.3, limit), by=(0, -26), color=frame.BLUE)
    frame.label(axes, r"in proportion to $B$: $\eta = B\,a w^2/\sigma^2$", (1.6 * level, 1.6 * limit), by=(9, 3),
                color=frame.GREY)  # fmt: skip
    frame.label(axes, r"half of the limit at $B = \sigma^2/(a^2 w^2)$" f" = {level:g}", (level, limit / 2), by=(8, -7))
    frame.label(
        axes,
        rf"$a$ = {A:g}, $w$ = {W:g}, $\sigma$ = {SIGMA:g}",
        (BATCHES[-1], 0.004),
        by=(-4, 12),
        color=frame.GREY,
        ha="right",
    )

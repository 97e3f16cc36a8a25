"""2.1.2: steps to a target loss against batch size, with the rate tuned at each; figure 2 of the handout, computed."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spec import noisy_quadratic as nqm
from writeup.figures import frame

BATCHES = 2.0 ** np.arange(0, 20.1, 0.5)
LOW, HIGH = 40, 2e7
# What is said of a point, how far off in points, and on which side.
SAYS = {
    "A": ("noise dominated:\nseek parallel compute", (6, 6), "bottom"),
    "C": ("the knee: the most\nefficient batch size", (6, 8), "bottom"),
    "B": ("curvature dominated:\nuse higher order optimizers", (-46, -8), "top"),
}
PRECONDITIONED_LABEL = 19  # the batch at which its name stands, between the curves and the critical batch


def draw(figure: Figure) -> None:
    """Draw it."""
    figure.set_size_inches(5.6, 4.6)
    axes = frame.axes(
        figure,
        finding="More samples a step save steps up to the critical batch size (C);\nbeyond it, only steps that heed the curvature do",
        x="batch size (samples a step)",
        y=f"steps of the noisy quadratic model to a loss of {nqm.TARGET:g}",
    )
    axes.set(xscale="log", yscale="log", xlim=(1, BATCHES[-1]), ylim=(LOW, HIGH))
    limits = _limits()
    axes.plot(BATCHES, limits.min_samples / BATCHES, color=frame.GREY, linestyle="dotted", gid="perfect scaling")
    frame.label(axes, "perfect scaling", (2e4, limits.min_samples / 2e4), by=(6, 2), color=frame.GREY)
    axes.axhline(limits.min_steps, color=frame.GREY, linestyle="dashed", linewidth=1.2, gid="no noise")
    frame.label(axes, f"no noise: {limits.min_steps:.0f} steps", (1, limits.min_steps), by=(4, -8), color=frame.GREY)
    axes.plot(BATCHES, curve(0.0), color=frame.BLUE, linewidth=2.4, gid="steps")
    preconditioned = curve(0.5)
    axes.plot(BATCHES, preconditioned, color=frame.VERMILION, linestyle="dashdot", gid="preconditioned")
    at = (BATCHES[PRECONDITIONED_LABEL], preconditioned[PRECONDITIONED_LABEL])
    frame.label(axes, "preconditioned by $H^{-1/2}$", at, by=(-8, -4), color=frame.VERMILION, ha="right")
    _points(axes)


def _points(axes: Axes) -> None:
    points = _model_points()
    for name, point in points.items():
        axes.plot(point.batch, point.steps, "o", color=frame.BLACK, markersize=7, gid=name)
        text, by, va = SAYS[name]
        frame.label(axes, f"{name}  {text}", (point.batch, point.steps), by=by, va=va)
    knee = points["C"]
    axes.vlines(knee.batch, LOW, knee.steps, color=frame.GREY, linewidth=0.8)
    frame.label(axes, f"critical batch size\n{knee.batch:.0f}", (knee.batch, LOW), by=(-4, 4), ha="right", va="bottom")


@cache
def curve(preconditioner: float) -> tuple[float, ...]:
    """The steps at each batch size."""
    return tuple(nqm.steps_to_target(batch, preconditioner=preconditioner).steps for batch in BATCHES)


_limits = cache(nqm.limits)
_model_points = cache(nqm.points)

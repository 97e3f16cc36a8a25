"""1.2.1: the weight space of the toy data set, with the line of optima, contours of w.w, and the ridge solutions."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures import forms, frame

LOW, HIGH = -0.45, 1.3
CONTOURS = (0.125, 0.25, 1.0)
LAMS = (0.5, 1.0, 4.0)
CONTOUR_LABELS_AT = np.deg2rad(112)  # where no line runs


def draw(figure: Figure) -> None:
    """Draw it."""
    figure.set_size_inches(4.9, 5.2)
    axes = frame.axes(
        figure,
        finding="Of the weights that fit the data, ridge regression\ntends to the one nearest to the origin, (1/2, 1/2)",
        x="$w_1$",
        y="$w_2$",
    )
    axes.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), aspect="equal")
    touching = forms.ridge_toy(0.0)
    for level in (*CONTOURS, 2 * touching**2):
        _contour(axes, level, is_touching=level == 2 * touching**2)
    ends = np.array([LOW, HIGH])
    axes.plot(ends, 1 - ends, color=frame.BLUE, linewidth=2.2, gid="optima")
    frame.label(axes, "all optima: $w_1 + w_2 = 1$", (0.9, 0.1), by=(4, 4), color=frame.BLUE, rotation=-45, ha="center",
                va="bottom", rotation_mode="anchor")  # fmt: skip
    path = forms.ridge_toy(np.append(0, np.geomspace(1e-3, 1e3, 200)))
    axes.plot(path, path, color=frame.VERMILION, linestyle=(0, (4, 1.5)), gid="ridge")
    for lam in LAMS:
        w = forms.ridge_toy(lam)
        axes.plot(w, w, "s", color=frame.VERMILION, markersize=5)
        frame.label(axes, rf"$\lambda$ = {lam:g}", (w, w), by=(7, -4), color=frame.VERMILION)
    frame.label(axes, r"$\lambda \to \infty$", (0, 0), by=(-4, -7), color=frame.VERMILION, ha="right")
    axes.plot(touching, touching, "o", color=frame.BLACK, markersize=8, gid="touching")
    frame.label(axes, r"$\lambda \to 0$: (1/2, 1/2)," "\nthe only common point", (touching, touching), by=(9, 8))


def _contour(axes: Axes, level: float, *, is_touching: bool) -> None:
    angle = np.linspace(0, 2 * np.pi, 400)
    radius = np.sqrt(level)
    color = frame.BLACK if is_touching else frame.GREY
    axes.plot(
        radius * np.cos(angle), radius * np.sin(angle), color=color, linewidth=1.6 if is_touching else 0.8,
        linestyle="solid" if is_touching else "dotted",
    )  # fmt: skip
    at = (radius * np.cos(CONTOUR_LABELS_AT), radius * np.sin(CONTOUR_LABELS_AT))
    frame.label(axes, f"$w^\\top w$ = {level:g}" if is_touching else f"{level:g}", at, color=color, ha="center")

"""3.3.1: validation loss against compute, a curve a size, as it is and smoothed."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.figures.frame import STYLE
from writeup.isoflop.frame import FLOPS, figure, known, look


def raw(found: dict[str, Any]) -> Figure:
    """Every run thin, the mean of a size's runs thick."""
    seeds = len(found["seeds"])
    runs = f"thin: each of {seeds} seeds; thick: their mean" if seeds > 1 else "one seed"
    drawn, (axes,) = figure(f"{found['changes']}\n({runs})")
    with mpl.rc_context(STYLE):
        for place, size in enumerate(found["sizes"]):
            for run in size["runs"]:
                axes.plot(run["flops"], run["loss"], color=look(place)["color"], linewidth=0.5, alpha=0.5)
            epochs = min(len(run["loss"]) for run in size["runs"])
            mean = np.mean([run["loss"][:epochs] for run in size["runs"]], axis=0)
            flops = np.mean([run["flops"][:epochs] for run in size["runs"]], axis=0)
            axes.plot(flops, mean, label=_label(size), **look(place))
        _finish(axes, found)
        axes.legend(title="hidden size, parameters", frameon=False, fontsize=8, title_fontsize=8)
    return drawn


def smoothed(found: dict[str, Any]) -> Figure:
    """The handout's quintic to the left, a fit that never rises to the right, each over the runs' own losses."""
    off = f"up to {found['quintic_off']:.2f} nats from a fit that never rises"
    drawn, panels = figure(f"The handout's quintic in FLOPs is {off}", panels=2)
    titles = {"quintic": "quintic in FLOPs (the handout's)", "monotone": "never rising (isotonic)"}
    with mpl.rc_context(STYLE):
        for axes, (name, title) in zip(panels, titles.items(), strict=True):
            for place, size in enumerate(found["sizes"]):
                for run in size["runs"]:
                    axes.plot(run["flops"], run["loss"], ".", color="#BBBBBB", markersize=1.2, zorder=1)
                smooth = size["smooth"]
                axes.plot(smooth["flops"], known(smooth[name]), label=_label(size), **look(place))
            axes.set_title(title, fontsize=9)
            _finish(axes, found)
        panels[1].set_ylabel("")
        panels[1].legend(title="hidden size, parameters", frameon=False, fontsize=7.5, title_fontsize=8)
    return drawn


def _finish(axes: Axes, found: dict[str, Any]) -> None:
    named = {
        "val_loss": "validation loss, mean over batches (nats)",
        "val_loss_per_token": "validation loss, tokens alike (nats)",
    }
    axes.set(xscale="log", xlabel=FLOPS, ylabel=named.get(found["loss"], found["loss"]), ylim=(0, None))


def _label(size: dict[str, Any]) -> str:
    return f"{size['hidden']}, {size['params']:,.0f}"

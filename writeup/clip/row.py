"""What a caption finds: the target, and the best pictures in a row."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from writeup.clip.labels import wrapped
from writeup.figures import frame


def draw(found: dict[str, Any], pictures: list[Any]) -> Figure:
    """The target first, and then the best pictures with how likely each is; the target among them has a frame."""
    target, best = pictures[0], pictures[1:]
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=(1.0 * len(pictures) + 0.3, 2.1), layout="constrained")
        place = "first" if found["rank"] == 1 else f"in place {found['rank']:,}"
        said = wrapped(
            f'"{found["caption"]}" puts the target {place} of {found["of"]:,}', 8 * len(pictures), 2, bold=True
        )
        drawn.suptitle(said, x=0.015, ha="left", fontsize=9, fontweight="bold")
        axes = drawn.subplots(1, len(pictures), squeeze=False)[0]
        _picture(axes[0], target, "target", wrapped(found["target"], 9, 2), frame.BLACK)
        for number, (on, one, pixels) in enumerate(zip(axes[1:], found["best"], best, strict=True), 1):
            color = frame.VERMILION if one["is_target"] else frame.GREY
            name = wrapped(one["name"], 9, 1) + f"\n{one['probability']:.3f}"
            _picture(on, pixels, f"{number}" + ": target" * one["is_target"], name, color)
    return drawn


def _picture(on: Axes, pixels: Any, title: str, below: str, color: str) -> None:
    on.imshow(pixels)
    on.set_title(title, fontsize=8, color=color)
    on.set_xlabel(below, fontsize=7)
    on.set(xticks=[], yticks=[])
    on.spines[:].set_visible(True)
    on.spines[:].set_color(color)
    on.spines[:].set_linewidth(2 if color == frame.VERMILION else 0.6)

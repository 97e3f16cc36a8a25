"""The handout's matrix: captions down, pictures across, each square a cosine."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from writeup.clip.labels import wrapped
from writeup.figures import frame

MOST_NUMBERED = 16  # pictures; in smaller squares no number can be read


def draw(found: dict[str, Any], pictures: list[Any]) -> Figure:
    """Every caption with every picture, the pictures on the axis over the matrix."""
    values, n = found["similarities"], len(pictures)
    side = max(0.24, min(0.62, 7.5 / n))  # inches, of a square
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=(n * side + 3.6, (n + 1.4) * side + 0.9), layout="compressed")
        drawn.suptitle("Cosine similarity of captions and pictures", x=0.015, ha="left", fontsize=10, fontweight="bold")
        axes = drawn.subplots()
        least, most = (bound(one for line in values for one in line) for bound in (min, max))
        shown = axes.imshow(values, cmap="viridis", vmin=least, vmax=most, aspect="equal")
        axes.set_yticks(range(n), [wrapped(text, 24, 2) for text in found["texts"]], fontsize=7)
        axes.set_xticks([])
        axes.spines[:].set_visible(False)
        if n <= MOST_NUMBERED:
            for y, line in enumerate(values):
                for x, one in enumerate(line):
                    color = "black" if one > (least + most) / 2 else "white"
                    weight = "bold" if x == y else "normal"
                    axes.text(x, y, f"{one:.2f}", ha="center", va="center", fontsize=7, color=color, fontweight=weight)
        for x, picture in enumerate(pictures):
            axes.imshow(_square(picture), extent=(x - 0.46, x + 0.46, -0.6, -1.52))
        axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -1.55), aspect="equal")
        drawn.colorbar(shown, ax=axes, shrink=0.6, label="cosine")
    return drawn


def _square(picture: Any) -> Any:
    """The middle of a picture, as CLIP itself sees it."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]

"""What a translation looks at: a row of maps a word, a map a layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
from matplotlib.figure import Figure

from writeup.figures import files, frame

CELL_IN, EDGE_IN = 0.17, 0.75
MAX_WORDS = 12


class Maps(Protocol):
    """The weights of one word: `layers[i]` [len(rows), len(columns)]."""

    @property
    def word(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def rows(self) -> list[str]: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def layers(self) -> list[list[list[float]]]: ...


def write(words: Sequence[Maps], path: Path) -> None:
    """Draw words' maps into a file.

    Raises:  ValueError if there is no word, or more than can be seen on one page, or the suffix is not .svg, .png or
             .pdf; OSError if the file cannot be written.
    """
    files.check(path)
    if not 0 < len(words) <= MAX_WORDS:
        raise ValueError(f"maps are drawn of 1 to {MAX_WORDS} words; got {len(words)}")
    files.save(figure(words), path)


def figure(words: Sequence[Maps]) -> Figure:
    """The picture: what is said next goes down, what is looked at goes across, both with their EOS."""
    layers = max(len(maps.layers) for maps in words)
    widest = max(len(maps.columns) for maps in words)
    heights = [len(maps.rows) * CELL_IN + EDGE_IN for maps in words]
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=(layers * (widest * CELL_IN + EDGE_IN) + 1, sum(heights) + 0.6), layout="constrained")
        drawn.suptitle(
            "Each row: the character said. Across: how much each character is looked at.",
            fontsize=10,
            x=0.01,
            ha="left",
        )
        grid = drawn.subplots(len(words), layers, squeeze=False, height_ratios=heights)
        for maps, line in zip(words, grid, strict=True):
            for number, (weights, axes) in enumerate(zip(maps.layers, line, strict=True), start=1):
                image = axes.imshow(weights, cmap="cividis", vmin=0, vmax=1)
                axes.set_anchor("W")
                axes.set_xticks(range(len(maps.columns)), maps.columns, fontsize=7)
                axes.set_yticks(range(len(maps.rows)), maps.rows, fontsize=7)
                axes.tick_params(axis="x", rotation=90 if any(len(name) > 1 for name in maps.columns) else 0, length=0)
                axes.tick_params(axis="y", length=0)
                axes.set_title(f"{maps.word} \N{RIGHTWARDS ARROW} {maps.said}, layer {number}", fontsize=8)
        drawn.colorbar(image, ax=grid, label="weight", shrink=0.6)
    return drawn

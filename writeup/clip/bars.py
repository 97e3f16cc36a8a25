"""A picture beside how likely each label is."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from writeup.clip.labels import wrapped
from writeup.figures import frame

MOST = 12  # labels


def draw(found: dict[str, Any], pictures: list[Any]) -> Figure:
    """The likeliest labels of one picture, under one prompt."""
    ranked = sorted(zip(found["probabilities"], found["labels"], strict=True), key=lambda one: -one[0])[:MOST]
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=(5.6, max(1.9, 0.9 + 0.26 * len(ranked))), layout="constrained")
        said = wrapped(f'{found["name"]}: zero-shot, "{found["template"]}"', 38, 2, bold=True)
        drawn.suptitle(said, x=0.015, ha="left", fontsize=10, fontweight="bold")
        left, right = drawn.subplots(1, 2, width_ratios=(1, 2))
        left.imshow(pictures[0])
        left.axis("off")
        places = range(len(ranked))
        right.barh(places, [share for share, _ in ranked], color=frame.BLUE, height=0.7)
        right.set_yticks(places, [wrapped(label, 16, 1) for _, label in ranked])
        right.invert_yaxis()
        left_out = len(found["labels"]) - len(ranked)
        more = f" ({left_out} less likely)" if left_out else ""
        right.set(xlim=(0, 1.12), xlabel=f"probability{more}")
        for place, (share, _) in zip(places, ranked, strict=True):
            right.text(share + 0.015, place, f"{share:.2f}", va="center", fontsize=8)
    return drawn

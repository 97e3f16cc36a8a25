"""Where the sides of a chain of equations stand: relations below one another, and what is too wide broken at its relation.

Units:   all widths in the size of the letters.
"""

from __future__ import annotations

from collections.abc import Sequence

ROOM = {"derivation": 44.0, "printed": 40.5}  # on paper
INDENT = 2.0  # of a right side below its left, where there is no room for more
GAP = 0.3


def column(sides: Sequence[tuple[float, float]], room: float) -> float:
    """Where the relations of a chain stand, so that as many of its equations as can be are on one line; the least such.

    Edges:   `sides` are the widths of left sides, and of relations with their right sides.
    """
    places = [INDENT, *(left for left, _ in sides)]
    return min(places, key=lambda at: (-sum(on_one_line(side, at, room) for side in sides), at))


def on_one_line(side: tuple[float, float], at: float, room: float) -> bool:
    """Whether an equation whose relation stands there needs one line."""
    left, rest = side
    return left <= at and at + GAP + rest <= room


def indent(rest: float, at: float, room: float) -> float:
    """Where the right side of a broken equation begins: at the relations if there is room, else near the edge."""
    return at if at + GAP + rest <= room else INDENT

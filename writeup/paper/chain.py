"""Where the sides of a chain of equations stand: relations below one another, and what is too wide broken at its relation.

Units:   all widths in the size of the letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROOM = {
    "pdf": {"derivation": 44.0, "printed": 40.5},
    "page": {"derivation": 37.0, "printed": 34.0},
}  # the page's fonts vary
INDENT = 2.0  # of a right side below its left, where there is no room for more
GAP = 0.3
FURTHEST = 0.55  # of the room, for a left side that others are to line up with


def column(sides: Sequence[tuple[float, float]], room: float) -> float:
    """Where the relations of a chain stand, so that as many of its equations as can be are on one line; the least such.

    Edges:   `sides` are the widths of left sides, and of relations with their right sides.
    """
    places = [INDENT, *(left for left, _ in sides if left <= FURTHEST * room)]
    return min(places, key=lambda at: (-sum(on_one_line(side, at, room) for side in sides), at))


def placed(sides: Sequence[tuple[float, float]], within: str) -> dict[str, Any]:
    """Where a chain's equations stand, on pages and on the page: `column`, and a pair for each of them.

    Edges:   a pair is whether the right side goes below the left one, and how far from the edge it then begins.
    """
    found = {}
    for medium, rooms in ROOM.items():
        room = rooms[within]
        at = column(sides, room)
        places = [(not on_one_line(side, at, room), indent(side[1], at, room)) for side in sides]
        found[medium] = {"column": at, "places": places}
    return found


def on_one_line(side: tuple[float, float], at: float, room: float) -> bool:
    """Whether an equation whose relation stands there needs one line."""
    left, rest = side
    return left <= at and at + GAP + rest <= room


def indent(rest: float, at: float, room: float) -> float:
    """Where the right side of a broken equation begins: at the relations if there is room, else near the edge."""
    return at if at + GAP + rest <= room else INDENT

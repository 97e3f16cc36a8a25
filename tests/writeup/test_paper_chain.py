"""Where the sides of a chain stand: relations in one column, and nothing wider than there is room for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from writeup.paper.chain import FURTHEST, GAP, INDENT, ROOM, placed

SIDES = st.lists(st.tuples(st.floats(0.2, 90), st.floats(0.2, 90)), min_size=1, max_size=8)


@given(sides=SIDES)
def test_what_is_on_one_line_fits_it(sides: list[tuple[float, float]]) -> None:
    for medium, rooms in ROOM.items():
        for within, room in rooms.items():
            chain = placed(sides, within)[medium]
            for (left, rest), (below, indent) in zip(sides, chain["places"], strict=True):
                if not below:
                    assert left <= chain["column"]
                    assert chain["column"] + GAP + rest <= room
                assert indent in (chain["column"], INDENT)


@given(sides=SIDES)
def test_relations_stand_where_most_equations_are_on_one_line(sides: list[tuple[float, float]]) -> None:
    room = ROOM["pdf"]["derivation"]
    chain = placed(sides, "derivation")["pdf"]
    kept = sum(not below for below, _ in chain["places"])
    for at in (INDENT, *(left for left, _ in sides if left <= FURTHEST * room)):
        assert kept >= sum(left <= at and at + GAP + rest <= room for left, rest in sides)


def test_one_long_side_does_not_push_the_others_away() -> None:
    chain = placed([(3, 4), (30, 4), (2, 5)], "derivation")["pdf"]
    assert chain == {"column": 3, "places": [(False, 3), (True, 3), (False, 3)]}

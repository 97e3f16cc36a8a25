"""Bounds, such as |delta_1| <= epsilon: they have to hold, and to be attained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from spec.formula.domain import at
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, value
from spec.written.judged import Judged, Unsolved

if TYPE_CHECKING:
    from spec.written.statement import Judge

ONE_WAY = ({"<="}, {">="}, {"="}, {"<=", "="}, {">=", "="})


class Bounds:
    """Judges a chain of inequalities."""

    def __init__(self, judge: Judge, sides: Sequence[Node], relations: set[str]) -> None:
        self.judge, self.sides, self.relations = judge, sides, relations

    def judged(self) -> Judged:
        """What came of a bound.

        Raises:  Unread for relations that are not asked for; Unsolved for one that holds and says less than is asked.
        """
        parts = [part for part in self.judge.asked.parts if part.kind == "bound"]
        if not parts or self.relations not in ONE_WAY:
            if not parts or "!=" in self.relations:
                raise Unread("this question asks for no such relation", self.judge.node.at)
            return self.refuted(parts[0].name)
        sides = self.sides
        if sides[0].op == "number" and sides[0].value == 0 and "<=" in self.relations:
            sides = sides[1:]  # that a norm is not negative says nothing about it
        largest = sides[-1] if ">=" not in self.relations else sides[0]
        if self.judge.forbidden(largest):
            raise Unread("a bound is asked for in the question's own symbols", largest.at)
        found = self.judge.against(parts[0], [self._largest_entry(side) for side in sides])
        return replace(found, read_as=show(self.judge.node))

    def _largest_entry(self, side: Node) -> Node:
        """A side that bounds a vector, or what has a free index, as the largest magnitude in it."""
        magnitude = Node("abs", (side,), None, side.at)
        one_sided = len(self.sides) < 3 and side.op not in ("abs", "bars", "max")
        if one_sided and side.free():
            raise Unread("a bound from one side only; say it of |...|, or of the norm", side.at)
        if free := sorted(side.free()):
            return Node("max", (magnitude,), free[0], side.at)
        try:
            is_array = bool(value(side, at(self.judge.random(0), self.judge.deadline)).shape)
        except NoValue:
            return side
        if is_array and one_sided:
            raise Unread("a bound from one side only; say it of |...|, or of the norm", side.at)
        if is_array:
            return Node("max", (magnitude,), None, side.at)
        return side.args[0] if side.op == "neg" else side  # the lower bound of -epsilon <= delta_1 <= epsilon

    def refuted(self, part: str) -> Judged:
        """What came of relations that are not to hold: the numbers at which they do not.

        Raises:  Unsolved where they hold.
        """
        failing = self.judge.untrue(self.judge.node)
        if failing is None:
            raise Unsolved("it holds, and says less than is asked", self.judge.node.at)
        where = self.judge.shown(failing.values, self.judge.node)
        return Judged(part, False, show(self.judge.node), "it does not hold there", where, True, False)

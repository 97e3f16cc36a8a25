"""Whether a condition that was stated holds just where the true one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from spec.forms import own
from spec.formula.array import Array
from spec.formula.domain import Values, at
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, value
from spec.written.condition import Truth, close_to, on_a_grid, points_on
from spec.written.judged import Failing, Judged

if TYPE_CHECKING:
    from spec.written.questions import Part
    from spec.written.statement import Judge

DRAWN = 10


class Equivalence:
    """Holds conditions to the one that a part of a question asks for."""

    def __init__(self, judge: Judge, part: Part) -> None:
        self.judge, self.part = judge, part
        self.truth = own(part.truth)

    def judged(self, node: Node) -> Judged:
        """What came of a stated condition: tried off both, on the one, and on the other.

        Raises:  Unread where one of its branches is met nowhere.
        """
        truth, stated = (Truth(one, self.judge.deadline) for one in (self.truth, node))

        def fails(values: Values) -> Failing | None:
            wanted, got = truth(values), stated(values)
            return None if wanted == got else Failing(values, wanted, got)

        unreached = list(node.args) if node.op == "either" else []
        for values in self._candidates(truth, stated):
            unreached = [branch for branch in unreached if not Truth(branch, self.judge.deadline)(values)]
            if self.judge.asked.holds(values) and (failing := fails(values)):
                return self._failed(node, self.judge.smallest(fails) or failing)
        if unreached:
            raise Unread("no place is found where this holds, so it cannot be judged", unreached[0].at)
        return Judged(self.part.name, True, show(node))

    def _candidates(self, truth: Truth, stated: Truth) -> Iterator[Values]:
        """Where two conditions could differ: anywhere, on either of them and close by, and on a grid."""
        asked, rng = self.judge.asked, self.judge.rng
        for i in range(DRAWN):
            drawn = self.judge.random(i)
            yield drawn
            for values in (*points_on(truth, drawn, asked, rng), *points_on(stated, drawn, asked, rng)):
                yield values
                yield from close_to(values, asked)
        yield from on_a_grid(self.judge.random(0), asked, stated.node)

    def _failed(self, node: Node, failing: Failing) -> Judged:
        message = "it holds there, and should not" if failing.actual else "it does not hold there, and should"
        values = self.judge.shown(failing.values, node, self.truth)
        return Judged(
            self.part.name, False, show(node), message, values, failing.expected, failing.actual,
            sides=tuple(self._sides(failing.values)),
        )  # fmt: skip

    def _sides(self, values: Values) -> Iterator[tuple[str, Array]]:
        """What the sides of the true condition come to, where that is not plain to see."""
        if all(side.op in ("number", "symbol", "vector") for side in self.truth.args):
            return
        for side in self.truth.args:
            if side.op != "number":
                try:
                    yield show(side), value(side, at(values))
                except NoValue:
                    return

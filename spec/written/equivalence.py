"""Whether a condition that was stated holds just where the true one does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from spec.forms import own
from spec.formula.array import Array
from spec.formula.domain import Values, at
from spec.formula.number import TooLarge
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, value
from spec.written.condition import Truth
from spec.written.judged import Failing, Judged
from spec.written.places import Places

if TYPE_CHECKING:
    from spec.written.questions import Part
    from spec.written.statement import Judge


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
        for values in self._candidates(node):
            try:
                unreached = [branch for branch in unreached if not Truth(branch, self.judge.deadline)(values)]
                failing = fails(values) if self.judge.asked.permits(values) else None
            except TooLarge:
                if time.thread_time() > self.judge.deadline:
                    raise
                continue
            if failing:
                return self._failed(node, self._smallest(node, fails) or failing)
        if unreached:
            raise Unread("no place is found where this holds, so it cannot be judged", unreached[0].at)
        return Judged(self.part.name, True, show(node))

    def _candidates(self, node: Node) -> Iterator[Values]:
        """Where two conditions could differ: anywhere, and at the boundaries of either."""
        yield from self.judge.drawn()
        places = Places(self.judge.asked, self.truth, node, self.judge.rng, self.judge.deadline)
        yield from map(self.judge.asked.with_bound, places)

    def _smallest(self, node: Node, fails: Callable[[Values], Failing | None]) -> Failing | None:
        """The smallest numbers at which the conditions differ, those that the condition names among them."""
        if (found := self.judge.smallest(fails)) is not None:
            return found
        places = Places(self.judge.asked, self.truth, node, self.judge.rng, self.judge.deadline)
        return next(
            (
                f
                for v in places.on_a_grid()
                if self.judge.asked.permits(v) and (f := fails(self.judge.asked.with_bound(v)))
            ),
            None,
        )

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

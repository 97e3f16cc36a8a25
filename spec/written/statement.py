"""One statement of a written answer against what is true: a value, a condition or a bound.

Decided by exact values at random points, with as many samples as there are not features, so that a formula which only
fits by shape or by luck does not pass; a wrong answer is shown at the smallest numbers at which it fails.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from spec.forms import own
from spec.formula.array import Array
from spec.formula.domain import Values, at, small_values
from spec.formula.number import TooLarge
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NEVER, NoValue, same, value
from spec.written.bounds import Bounds
from spec.written.condition import Truth
from spec.written.equivalence import Equivalence
from spec.written.judged import Failing, Judged, Unsolved
from spec.written.points import POINTS, point
from spec.written.questions import Asked, Part

SHAPED = (2, 3)
TIME_S = 1.0
SEARCH_S = 0.3


class Judge:
    """Judges one statement."""

    def __init__(self, asked: Asked, node: Node, deadline: float = NEVER) -> None:
        self.asked, self.node = asked, node
        self.rng = random.Random(secrets.randbits(64))  # noqa: S311 - nobody can prepare for a seed of the system's
        self.deadline = min(deadline, time.thread_time() + TIME_S)
        self.search_ends = deadline + SEARCH_S

    def judged(self) -> Judged:
        """What came of it.

        Raises:  Unread for a statement that says nothing about the question.
        """
        sides = self.node.args if self.node.op == "chain" else (self.node,)
        relations = set(str(self.node.value).split()) if self.node.op == "chain" else set()
        names_bound = any(set(side.symbols()) & set(self.asked.bound) for side in sides)
        if self.node.op == "iff":
            return self._iff()
        plain = relations == {"="} and not any(part.kind == "condition" for part in self.asked.parts)
        if (
            self.node.op not in ("chain", "either", "both", "all", "any")
            or (relations == {"="} and names_bound)
            or plain
        ):
            return self._value(sides)
        if "=" in relations and relations - {"="} and not any(part.kind != "value" for part in self.asked.parts):
            return self._value_with_a_bound(sides)
        if names_bound:
            return Bounds(self, sides, relations).judged()
        of_value = self._written_out(sides, relations) or self._value_of(sides, relations)
        if of_value is not None and of_value.right:
            return of_value
        judged = self._condition(self.node)
        return judged if judged.right or of_value is None else of_value

    def _value_with_a_bound(self, sides: Sequence[Node]) -> Judged:
        """An answer that goes on with an inequality, such as eta = ... < 1/a, which has to hold as well."""
        signs = str(self.node.value).split()
        equal = next(i for i, sign in enumerate([*signs, "<"]) if sign != "=")
        numbers = [side for side in sides[equal + 1 :] if not side.symbols() and side.value != 0]
        if equal == 0 or "=" in signs[equal:] or "!=" in signs or numbers:
            raise Unread("this is not a value and what it is compared with", self.node.at)
        judged = self._value(sides[: equal + 1])
        if judged.right and not self.always(self.node):
            return Bounds(self, sides, set(signs)).refuted(judged.part)
        return judged

    def _written_out(self, sides: Sequence[Node], relations: set[str]) -> Judged | None:
        """A value or a bound whose left side is written out, such as |epsilon w| = epsilon |w|, and that holds; else None."""
        kinds = {"value"} if relations == {"="} else {"bound"} if relations in ({"<="}, {">="}) else set()
        parts = [part for part in self.asked.parts if part.kind in kinds]
        if not parts or not self.always(self.node):
            return None
        if "bound" in kinds:
            judged = Bounds(self, sides, relations).judged()
            return judged if judged.right else None
        named = (part.name for part in parts if all(self._equal(side, own(part.truth)) for side in sides))
        return next((Judged(name, True, show(self.node)) for name in named), None)

    def _value_of(self, sides: Sequence[Node], relations: set[str]) -> Judged | None:
        """An equation such as w^T w = 1/2, which gives the value of an expression that the question asks for."""
        arrays = {s.name for s in self.asked.symbols if s.shape}
        rest = [side for side in sides if not arrays & set(side.symbols())]
        for part in self.asked.parts if relations == {"="} and len(rest) == len(sides) - 1 else ():
            stated = next(side for side in sides if side not in rest)
            if part.of and self._equal(stated, own(part.of)):
                return replace(self.against(part, rest), read_as=show(self.node))
        return None

    def _value(self, sides: Sequence[Node]) -> Judged:
        sides = (self._without_argument(sides[0]), *sides[1:]) if len(sides) > 1 else sides
        if len(sides) > 1 and self._is_asked_about(sides):
            raise Unsolved("this is what the question asks about", self.node.at)
        answers = [side for side in sides if not self.forbidden(side)]
        if not answers:
            name, place = next(iter(self.forbidden(sides[-1]).items()))
            free = ", ".join(s.name for s in self.asked.symbols)
            raise Unread(f"the answer is asked for without {name}; it may use {free}", place)
        named = {name for side in sides for name in side.symbols()}
        values = [part for part in self.asked.parts if part.kind == "value"]
        parts = [part for part in values if named & set(part.left)] or values
        if unsolved := self._unsolved(sides, parts):
            return replace(unsolved, read_as=show(self.node))
        found = [self.against(part, sides) for part in parts]
        best = next((judged for judged in found if judged.right), None) or self._nearest(found)
        if not best.right and len(sides) > 1:
            self._refuse_what_is_no_answer(sides)
        remark = next((self.asked.tolerated[n] for n in answers[-1].symbols() if n in self.asked.tolerated), "")
        return replace(best, read_as=show(self.node), remark=remark if best.right else self._about_foreign(named))

    def _refuse_what_is_no_answer(self, sides: Sequence[Node]) -> None:
        """Leave out what is true, and refuse what gives the question's own symbols another meaning."""
        if self.always(self.node):
            raise Unsolved("this equation holds, and is not what is asked for", self.node.at)
        given = {*(s.name for s in self.asked.symbols), "n", "d"}
        if sides[0].op == "symbol" and sides[0].value in given:
            raise Unread(f"{sides[0].value} has a meaning in this question; take another letter", sides[0].at)

    def _is_asked_about(self, sides: Sequence[Node]) -> bool:
        """Whether an equation only says what a condition is asked for: |delta_1| = |delta_2|."""
        if not all(set(side.symbols()) & set(self.asked.bound) for side in sides):
            return False
        conditions = (part for part in self.asked.parts if part.kind == "condition")
        return any(Equivalence(self, part).judged(self.node).right for part in conditions)

    def _without_argument(self, left: Node) -> Node:
        """epsilon(lam) on a left-hand side as epsilon."""
        is_called = left.op == "times" and all(arg.op == "symbol" for arg in left.args)
        return left.args[0] if is_called and left.args[0].value in self.asked.bound else left

    def _unsolved(self, sides: Sequence[Node], parts: Sequence[Part]) -> Judged | None:
        """What comes of an equation such as M w = X^T t, whose left is not what is asked for; None for other chains.

        Raises:  Unread where it holds: nobody can say that it is wrong, and it is no closed form.
        """
        if len(sides) < 2 or not set(sides[0].symbols()) & set(self.asked.bound):
            return None
        if any(self._equal(sides[0], own(part.truth)) for part in parts):
            return None
        failing = self.untrue(self.node)
        if failing is None:
            raise Unsolved("this equation holds; the answer is asked for solved, in closed form", self.node.at)
        shown = self.shown(failing.values, *sides)
        return Judged(parts[0].name, False, "", "the sides of the equation differ", shown, True, False)

    def forbidden(self, side: Node) -> dict[str, tuple[int, int]]:
        """The symbols in a side that an answer may not have, each with its place."""
        return {n: p for n, p in side.symbols().items() if n in self.asked.bound and n not in self.asked.tolerated}

    def _about_foreign(self, named: set[str]) -> str:
        foreign = [s.name for s in self.asked.foreign if s.name in named]
        return f"the question has no {', '.join(foreign)}" if foreign else ""

    @staticmethod
    def _nearest(found: Sequence[Judged]) -> Judged:
        """Of several parts that it is not, the one whose shape it has."""
        return next((j for j in found if j.actual is not None and _shape(j.actual) == _shape(j.expected)), found[0])

    def against(self, part: Part, sides: Sequence[Node]) -> Judged:
        """Whether every side is what a part asks for."""
        truth = own(part.truth)
        for side in sides:
            if (failing := self._refuting(side, truth)) is not None:
                shaped = failing.actual is None and self.asked.d is None  # shapes show where n and d are not 1
                smallest = self.smallest(lambda v, side=side: self._fails(side, truth, v), shaped=shaped)  # type: ignore[misc]
                return self._wrong(part, side, smallest or failing, whole=len(sides) == 1)
        return Judged(part.name, right=True, read_as="")

    def _equal(self, side: Node, truth: Node) -> bool:
        return all(self._fails(side, truth, values) is None for values in self.drawn())

    def _refuting(self, side: Node, truth: Node) -> Failing | None:
        """A random point at which a side is not what is true; None where it is at all of them.

        Raises:  TooLarge where it cannot be worked out at some point, and no other refutes it.
        """
        too_large = None
        for values in self.drawn():
            try:
                if (failing := self._fails(side, truth, values)) is not None:
                    return failing
            except TooLarge as error:
                too_large = error
        if too_large is not None:
            raise too_large
        return None

    def drawn(self) -> Iterator[Values]:
        """The random points at which a statement is tried."""
        return (self.random(i) for i in range(POINTS))

    def random(self, i: int) -> Values:
        """Random point i."""
        return point(self.asked, i, self.rng)

    def _fails(self, side: Node, truth: Node, values: Values) -> Failing | None:
        """Where a side is not what is true, at these values; None where it is."""
        point = at(values, self.deadline)
        expected = value(truth, point)
        try:
            actual = value(side, point)
        except NoValue as error:
            return Failing(values, expected, None, error.message, error.at)
        return None if same(actual, expected, point) else Failing(values, expected, actual)

    def smallest(self, fails: Callable[[Values], Failing | None], *, shaped: bool = False) -> Failing | None:
        """The smallest numbers at which something fails; None if none are found in time."""
        until = min(time.thread_time() + SEARCH_S, self.search_ends)
        self.deadline = max(self.deadline, until)
        symbols = (*self.asked.symbols, *self.asked.foreign)
        n, d = SHAPED if shaped else (self.asked.n, self.asked.d)
        for values in small_values(symbols, n=n, d=d):
            if time.thread_time() > until:
                return None
            if not self.asked.holds(values):
                continue
            try:
                if failing := fails(self.asked.with_bound(values)):
                    return failing
            except (NoValue, TooLarge):
                continue
        return None

    def _wrong(self, part: Part, side: Node, failing: Failing, *, whole: bool) -> Judged:
        step = "" if whole else f"{show(side)}: "
        message = step + failing.message if failing.message else step.removesuffix(": ")
        values = self.shown(failing.values, side, own(part.truth))
        return Judged(part.name, False, "", message, values, failing.expected, failing.actual, failing.at)

    def shown(self, values: Values, *nodes: Node) -> Values:
        """Of some values those that the formulas depend on, of symbols that are free."""
        names = {name for node in nodes for name in node.symbols()}
        for name in reversed(list(self.asked.bound)):
            names |= set(own(self.asked.bound[name]).symbols()) if name in names else set()
        free = [s.name for s in (*self.asked.symbols, *self.asked.foreign)]
        sized = any(self.asked.sized(name) for name in names)
        return {n: values[n] for n in [*free, *(() if sized else ("n", "d"))] if n in names}

    def _iff(self) -> Judged:
        bound = set(self.asked.bound)
        for one, other in (self.node.args, self.node.args[::-1]):
            if not set(other.symbols()) & bound and self._is_assumed(other):
                return Judge(self.asked, one, self.deadline).judged()
        left, right = sorted(self.node.args, key=lambda side: not set(side.symbols()) & bound)
        condition = next((p for p in self.asked.parts if p.kind == "condition"), None)
        if condition is None or set(right.symbols()) & bound:
            raise Unread("this is no condition that is asked for", self.node.at)
        stated = Equivalence(self, condition).judged(left)
        return stated if not stated.right else self._condition(right)

    def _condition(self, node: Node) -> Judged:
        parts = [p for p in self.asked.parts if p.kind == "condition"]
        if self._is_assumed(node):
            raise Unsolved("this is assumed; the answer is asked for", node.at)
        if not parts:
            raise Unread("an answer is asked for here, not a condition", node.at)
        found = [Equivalence(self, part).judged(node) for part in parts]
        return next((j for j in found if j.right), found[0])

    def _is_assumed(self, node: Node) -> bool:
        """Whether a condition such as lam > 0 or w != 0 holds wherever the question's assumptions do."""
        zeros = [side for side in node.args if side.op == "number" and side.value == 0]
        entries = any(inner.op == "index" for inner in node.walk())
        return node.op == "chain" and len(node.args) == 2 and len(zeros) == 1 and not entries and self.always(node)

    def untrue(self, node: Node) -> Failing | None:
        """The smallest numbers at which a condition does not hold; None where it does at all points drawn."""
        holds = Truth(node, self.deadline)

        def fails(values: Values) -> Failing | None:
            return None if holds(values) else Failing(values, True, False)

        failing = next((found for values in self.drawn() if (found := fails(values))), None)
        return (self.smallest(fails) or failing) if failing else None

    def always(self, node: Node) -> bool:
        """Whether something holds wherever the question's assumptions do."""
        return all(map(Truth(node, self.deadline), self.drawn()))


def _shape(a: Array | bool | None) -> tuple[int, ...] | None:
    return a.shape if isinstance(a, Array) else None

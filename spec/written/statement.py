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
from spec.formula.domain import DRAWN, Values, at, random_values, small_values, stretched
from spec.formula.number import TooLarge
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NEVER, NoValue, same, value
from spec.written.condition import Truth
from spec.written.equivalence import Equivalence
from spec.written.judged import Failing, Judged, Unsolved
from spec.written.questions import Asked, Part

POINTS = 10
MIDDLE, LARGE = range(2, 7), range(7, 10)  # sizes that are drawn
SHAPED = (2, 3)
STRETCHED = (0, 0, 120, -120, 0)
TIME_S = 1.0
SEARCH_S = 0.3


class Judge:
    """Judges one statement."""

    def __init__(self, asked: Asked, node: Node, deadline: float = NEVER) -> None:
        self.asked, self.node = asked, node
        self.rng = random.Random(secrets.randbits(64))  # noqa: S311 - nobody can prepare for a seed of the system's
        self.deadline = min(deadline, time.process_time() + TIME_S)
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
        if names_bound:
            return self._bound(sides, relations)
        of_value = self._value_of(sides, relations)
        if of_value is not None and of_value.right:
            return of_value
        judged = self._condition(self.node)
        return judged if judged.right or of_value is None else of_value

    def _value_of(self, sides: Sequence[Node], relations: set[str]) -> Judged | None:
        """An equation such as w^T w = 1/2, which gives the value of an expression that the question asks for."""
        arrays = {s.name for s in self.asked.symbols if s.shape}
        rest = [side for side in sides if not arrays & set(side.symbols())]
        for part in self.asked.parts if relations == {"="} and len(rest) == len(sides) - 1 else ():
            stated = next(side for side in sides if side not in rest)
            if part.of and all(self._fails(stated, own(part.of), self.random(i)) is None for i in range(POINTS)):
                return replace(self._against(part, rest), read_as=show(self.node))
        return None

    def _value(self, sides: Sequence[Node]) -> Judged:
        sides = (self._without_argument(sides[0]), *sides[1:]) if len(sides) > 1 else sides
        answers = [side for side in sides if not self._forbidden(side)]
        if not answers:
            name, place = next(iter(self._forbidden(sides[-1]).items()))
            free = ", ".join(s.name for s in self.asked.symbols)
            raise Unread(f"the answer is asked for without {name}; it may use {free}", place)
        named = {name for side in sides for name in side.symbols()}
        values = [part for part in self.asked.parts if part.kind == "value"]
        parts = [part for part in values if named & set(part.left)] or values
        if unsolved := self._unsolved(sides, parts):
            return replace(unsolved, read_as=show(self.node))
        found = [self._against(part, sides) for part in parts]
        best = next((judged for judged in found if judged.right), None) or self._nearest(found)
        if not best.right and len(sides) > 1 and self._always(self.node):
            raise Unsolved("this equation holds, and is not what is asked for", self.node.at)
        remark = next((self.asked.tolerated[n] for n in answers[-1].symbols() if n in self.asked.tolerated), "")
        return replace(best, read_as=show(self.node), remark=remark if best.right else self._about_foreign(named))

    def _without_argument(self, left: Node) -> Node:
        """epsilon(lam) on a left-hand side as epsilon."""
        is_called = left.op == "times" and all(arg.op == "symbol" for arg in left.args)
        return left.args[0] if is_called and left.args[0].value in self.asked.bound else left

    def _unsolved(self, sides: Sequence[Node], parts: Sequence[Part]) -> Judged | None:
        """What comes of an equation such as M w = X^T t, whose left is not what is asked for; None for other chains.

        Raises:  Unread where it holds: nobody can say that it is wrong, and it is no closed form.
        """
        drawn = [self.random(i) for i in range(POINTS)]
        truths = [own(part.truth) for part in parts]

        def solves(side: Node) -> bool:
            return any(all(self._fails(side, truth, values) is None for values in drawn) for truth in truths)

        if len(sides) < 2 or not set(sides[0].symbols()) & set(self.asked.bound) or solves(sides[0]):
            return None
        holds = Truth(self.node, self.deadline)
        failing = next((Failing(values, True, False) for values in drawn if not holds(values)), None)
        if failing is None:
            raise Unsolved("this equation holds; the answer is asked for solved, in closed form", self.node.at)
        smallest = self.smallest(lambda v: None if holds(v) else Failing(v, True, False)) or failing
        shown = self.shown(smallest.values, *sides)
        return Judged(parts[0].name, False, "", "the sides of the equation differ", shown, True, False)

    def _forbidden(self, side: Node) -> dict[str, tuple[int, int]]:
        return {n: p for n, p in side.symbols().items() if n in self.asked.bound and n not in self.asked.tolerated}

    def _about_foreign(self, named: set[str]) -> str:
        foreign = [s.name for s in self.asked.foreign if s.name in named]
        return f"the question has no {', '.join(foreign)}" if foreign else ""

    @staticmethod
    def _nearest(found: Sequence[Judged]) -> Judged:
        """Of several parts that it is not, the one whose shape it has."""
        return next((j for j in found if j.actual is not None and _shape(j.actual) == _shape(j.expected)), found[0])

    def _against(self, part: Part, sides: Sequence[Node]) -> Judged:
        truth = own(part.truth)
        for side in sides:
            for values in self._points():
                if (failing := self._fails(side, truth, values)) is not None:
                    shaped = failing.actual is None and self.asked.d is None  # shapes show where n and d are not 1
                    smallest = self.smallest(lambda v, side=side: self._fails(side, truth, v), shaped=shaped)  # type: ignore[misc]
                    return self._wrong(part, side, smallest or failing, whole=len(sides) == 1)
        return Judged(part.name, right=True, read_as="")

    def _points(self) -> Iterator[Values]:
        for i in range(POINTS):
            yield self.random(i)

    def random(self, i: int) -> Values:
        """Point i: n never d, the last one larger; some numbers very large, some very small, as far as the assumptions let them."""
        is_last = i == POINTS - 1
        n, d = DRAWN[i] if i < len(DRAWN) else self.rng.sample(LARGE if is_last else MIDDLE, 2)
        symbols = (*self.asked.symbols, *self.asked.foreign)
        drawn = random_values(
            symbols, self.asked.n or n, self.asked.d or d, self.rng, self.asked.holds, all_small=is_last
        )
        far = stretched(symbols, drawn, STRETCHED[i % len(STRETCHED)])
        return self.asked.with_bound(far if self.asked.holds(far) else drawn)

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
        until = min(time.process_time() + SEARCH_S, self.search_ends)
        self.deadline = max(self.deadline, until)
        symbols = (*self.asked.symbols, *self.asked.foreign)
        n, d = SHAPED if shaped else (self.asked.n, self.asked.d)
        for values in small_values(symbols, n=n, d=d):
            if time.process_time() > until:
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

    def _bound(self, sides: Sequence[Node], relations: set[str]) -> Judged:
        """A bound such as |delta_1| <= epsilon: it has to hold, and to be attained."""
        parts = [p for p in self.asked.parts if p.kind == "bound"]
        if not parts or relations not in ({"<="}, {">="}, {"="}, {"<=", "="}, {">=", "="}):
            return self._never_strict(parts, relations)
        if sides[0].op == "number" and sides[0].value == 0 and "<=" in relations:
            sides = sides[1:]  # that a norm is not negative says nothing about it
        largest = sides[-1] if ">=" not in relations else sides[0]
        if self._forbidden(largest):
            raise Unread("a bound is asked for in the question's own symbols", largest.at)
        return replace(self._against(parts[0], sides), read_as=show(self.node))

    def _never_strict(self, parts: Sequence[Part], relations: set[str]) -> Judged:
        if not parts or not relations <= {"<", ">", "=", "<=", ">="}:
            raise Unread("this question asks for no such relation", self.node.at)
        for i in range(POINTS):
            values = self.random(i)
            if not Truth(self.node, self.deadline)(values):
                message = "it does not hold there"
                smallest = self.smallest(
                    lambda v: None if Truth(self.node, self.deadline)(v) else Failing(v, True, False)
                )
                where = self.shown(smallest.values if smallest else values, self.node)
                return Judged(parts[0].name, False, show(self.node), message, where, True, False)
        raise Unsolved("it holds, and says less than is asked", self.node.at)

    def _iff(self) -> Judged:
        left, right = self.node.args
        if not set(left.symbols()) & set(self.asked.bound):
            left, right = right, left
        if not set(right.symbols()) & set(self.asked.bound) and self._is_assumed(right):
            return Judge(self.asked, left, self.deadline).judged()
        condition = next((p for p in self.asked.parts if p.kind == "condition"), None)
        if condition is None or set(right.symbols()) & set(self.asked.bound):
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
        arrays = {s.name for s in self.asked.symbols if s.shape}
        plain = not arrays & set(node.symbols()) or (node.op == "chain" and node.value == "!=")
        return plain and self._always(node)

    def _always(self, node: Node) -> bool:
        return all(Truth(node, self.deadline)(self.random(i)) for i in range(POINTS))


def _shape(a: Array | bool | None) -> tuple[int, ...] | None:
    return a.shape if isinstance(a, Array) else None

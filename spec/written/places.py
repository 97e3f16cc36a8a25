"""Points at which two conditions could differ: on a boundary of either, on one of each at once, and close to those.

On a boundary the two sides of an equation or an inequality are equal. It is found by moving one number, or all of an
array together, until they are.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from spec.formula import number as n
from spec.formula.array import Array, squeezed
from spec.formula.domain import Values, at, random_values, sizes
from spec.formula.number import Number, TooLarge, Undefined
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, Point, settled, value
from spec.written.roots import roots

if TYPE_CHECKING:
    from spec.written.questions import Asked

Move = Callable[[Values, Number], Values]
NEAR = tuple(Fraction(sign, 10**digits) for digits in (6, 30) for sign in (1, -1))
GRID = tuple(Fraction(x) for x in ("0", "1/10", "1/4", "1/3", "1/2", "3/5", "4/5", "1", "3/2", "2", "3"))
MAX_RUNGS = 31
WIDTHS = (1, 2, 3, 5)  # of the points that boundaries are looked for from
CORNERS = range(1, 13)  # and of those with all numbers 1 or -1
PATTERNS = (2, 3, 4)  # and of those with some numbers 0 and the others alike
AT_ONCE = 3  # boundaries of a condition that are met with the true one, or with each other


@dataclass(frozen=True)
class Boundary:
    """Two sides that are equal on it."""

    left: Node
    right: Node

    @property
    def symbols(self) -> set[str]:
        return {*self.left.symbols(), *self.right.symbols()}

    def gap(self, values: Values, deadline: float) -> Number | None:
        """The first number in which the sides differ, less the other's; None where either has no value."""
        free = sorted(self.left.free() | self.right.free())
        try:
            a, b = (value(side, Point(values, deadline, dict.fromkeys(free, 0))) for side in (self.left, self.right))
            a, b = settled(a, b), settled(b, a)
        except (NoValue, Undefined, TooLarge):
            return None
        return n.add(a.numbers[0], n.negative(b.numbers[0]))


def boundaries(condition: Node) -> list[Boundary]:
    """Those of a condition, in its order; where a product is 0, of each factor."""
    chains = [node for node in condition.walk() if node.op == "chain"]
    pairs = [pair for node in chains for pair in itertools.pairwise(node.args)]
    return [Boundary(factor, zero) for a, zero in pairs for factor in (_factors(a) if _is_zero(zero) else (a,))]


def _is_zero(node: Node) -> bool:
    return node.op == "number" and node.value == 0


def _factors(node: Node) -> Iterator[Node]:
    if node.op in ("times", "asterisk", "star", "dot", "power", "loose_power"):
        for arg in node.args[:1] if node.op.endswith("power") else node.args:
            yield from _factors(arg)
    else:
        yield node


@dataclass(frozen=True)
class Places:
    """Looks for points at which a stated condition and the true one could differ."""

    asked: Asked
    truth: Node
    stated: Node
    rng: random.Random
    deadline: float

    def __iter__(self) -> Iterator[Values]:
        return map(self._with_x, self._all())

    def _with_x(self, values: Values) -> Values:
        """A point, with an x that lets the assumptions hold where there is one."""
        if "x" not in values or self.asked.holds(values):
            return values
        return {**values, "x": _signs(values["w"])}

    def _all(self) -> Iterator[Values]:
        true, said = boundaries(self.truth), boundaries(self.stated)
        for width in WIDTHS if self.asked.d is None else (self.asked.d,) * 3:
            values = self._drawn(width)
            for boundary in (*true, *said):
                yield from self._on(boundary, values)
            for boundary in said[:AT_ONCE] if width <= 3 else ():
                yield from self._on_both(boundary, true[0], values, _all_of("w"))
            for one, other in itertools.permutations(said[:AT_ONCE], 2) if width == 2 else ():
                yield from self._on_both(one, other, values, _one_of("w", 1))
        for width in CORNERS if self.asked.d is None else (self.asked.d,):
            values = self._corner(width)
            yield values
            yield from (place for place in [self._onto(true[0], values, _all_of("w"))] if place is not None)
        for width in PATTERNS if self.asked.d is None else ():
            values = self._drawn(width)
            for entries in itertools.product((Fraction(0), Fraction(5)), repeat=width):
                yield {**values, "w": Array((width,), entries)}
        yield from self.on_a_grid()

    def _corner(self, width: int) -> Values:
        """A point with all weights 1 or -1."""
        drawn = self._drawn(width)
        signs = _signs(drawn["w"])
        return {**drawn, "w": signs, **({"x": signs} if "x" in drawn else {})}

    def _drawn(self, width: int) -> Values:
        symbols = (*self.asked.symbols, *self.asked.foreign)
        return random_values(symbols, 2, width, self.rng, self.asked.holds, all_small=True) | sizes(2, width)

    def _on(self, boundary: Boundary, values: Values) -> Iterator[Values]:
        """Points on a boundary, each found along another line, and next to it."""
        yield from self._outright(boundary, values)
        for move in self._moves(boundary, values):
            for root in roots(lambda t, move=move: boundary.gap(move(values, t), self.deadline)):  # type: ignore[misc]
                yield move(values, root)
                for step in NEAR:
                    yield move(values, n.add(root, n.multiply(step, n.add(n.magnitude(root), step))))

    def _on_both(self, boundary: Boundary, other: Boundary, values: Values, onto: Move) -> Iterator[Values]:
        """Points on two boundaries: while a number is moved to meet the first, w is moved as well, to keep to the other."""
        for move in itertools.islice(self._moves(boundary, values, single=True), 2):

            def along(t: Number, move: Move = move) -> Number | None:
                place = self._onto(other, move(values, t), onto)
                return None if place is None else boundary.gap(place, self.deadline)

            for root in roots(along):
                for step in (Fraction(0), *NEAR):
                    place = self._onto(other, move(values, n.add(root, step)), onto)
                    if place is not None:
                        yield place

    def _onto(self, boundary: Boundary, values: Values, move: Move) -> Values | None:
        """A point on a boundary that it gives outright, or to which a move of w leads."""
        outright = next(self._outright(boundary, values), None)
        if outright is not None:
            return outright
        root = next(roots(lambda t: boundary.gap(move(values, t), self.deadline)), None)
        return None if root is None else move(values, root)

    def _moves(self, boundary: Boundary, values: Values, *, single: bool = False) -> Iterator[Move]:
        """Ways to change the numbers that a boundary depends on: an array as a whole, and one number of each symbol."""
        symbols = [s for s in self.asked.symbols if s.name in boundary.symbols and s.kind in ("real", "positive")]
        for symbol in symbols:
            if symbol.shape and not single:
                yield _all_of(symbol.name)
            last = 0 if single else self.rng.randrange(values[symbol.name].size)
            yield _one_of(symbol.name, last, positive=symbol.kind == "positive")

    def _outright(self, boundary: Boundary, values: Values) -> Iterator[Values]:
        """Where an equation such as w = (1/2, 1/2) gives a symbol: that symbol's value."""
        for one, other in ((boundary.left, boundary.right), (boundary.right, boundary.left)):
            name = str(one.value)
            is_free = any(s.name == name for s in self.asked.symbols) and name not in other.symbols()
            if one.op == "symbol" and is_free:
                try:
                    found = settled(value(other, at(values, self.deadline)), values[name])
                except (NoValue, Unread):
                    continue
                if squeezed(found).shape == squeezed(values[name]).shape:
                    yield {**values, name: replace(values[name], numbers=found.numbers)}

    def on_a_grid(self) -> Iterator[Values]:
        """W over small fractions, whole numbers and the numbers that the condition itself names; the named first."""
        named = {Fraction(str(node.value)) for node in self.stated.walk() if node.op == "number"}
        entries_of = {*GRID, *named, *(-x for x in GRID), *(-x for x in named)}
        rungs = sorted(entries_of, key=lambda x: (x not in named, abs(x), -x))[:MAX_RUNGS]
        drawn = {width: self._drawn(width) for width in (1, 2) if self.asked.d in (None, width)}
        for width, values in sorted(drawn.items(), reverse=True):
            for entries in itertools.product(rungs, repeat=width):
                at_grid = {**values, "w": Array((width,), entries)}
                yield {**at_grid, "x": _signs(at_grid["w"])} if "x" in values else at_grid


def _signs(a: Array) -> Array:
    return replace(a, numbers=tuple(Fraction(-1) if x < 0 else Fraction(1) for x in a.numbers))


def _all_of(name: str) -> Move:
    return lambda values, t: {
        **values,
        name: replace(values[name], numbers=tuple(n.multiply(t, x) for x in values[name].numbers)),
    }


def _one_of(name: str, i: int, *, positive: bool = False) -> Move:
    def move(values: Values, t: Number) -> Values:
        if positive and t <= 0:
            t = n.divide(Fraction(1), n.add(Fraction(1), n.power(t, Fraction(4))))
        numbers = list(values[name].numbers)
        numbers[i] = t
        return {**values, name: replace(values[name], numbers=tuple(numbers))}

    return move

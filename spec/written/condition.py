"""Conditions on the symbols, such as max |w_i| = 1: where they hold, and points on them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from spec.formula.array import Array
from spec.formula.domain import Values, at, sizes
from spec.formula.number import Number, decimal_of
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, Point, same, settled, value

if TYPE_CHECKING:
    from spec.written.questions import Asked

TRIES = 3
NEAR = (Fraction(1, 10**6), -Fraction(1, 10**6), Fraction(1, 10**30), -Fraction(1, 10**30))
GRID = tuple(Fraction(x) for x in ("0", "1/10", "1/4", "1/3", "1/2", "7/10", "1", "3/2", "2", "3"))
MAX_RUNGS = 31


class Truth:
    """Whether a condition holds at some values; where a side of it has no value, it does not."""

    def __init__(self, node: Node, deadline: float) -> None:
        self.node, self.deadline = node, deadline

    def __call__(self, values: Values) -> bool:
        return self._holds(self.node, at(values, self.deadline))

    def _holds(self, node: Node, point: Point) -> bool:
        if node.op == "either":
            return any(self._holds(arg, point) for arg in node.args)
        if node.op == "both":
            return all(self._holds(arg, point) for arg in node.args)
        if node.op in ("all", "any"):
            return self._over_an_index(node, point)
        if node.op != "chain":
            raise Unread("a condition is an equation or an inequality", node.at)
        if free := sorted(node.free() - point.indices.keys()):
            return self._holds(Node("all", (node,), free[0], node.at), point)
        signs = str(node.value).split()
        try:
            return all(
                self._related(a, b, sign, point) for a, b, sign in zip(node.args, node.args[1:], signs, strict=False)
            )
        except NoValue:
            return False

    def _over_an_index(self, node: Node, point: Point) -> bool:
        index = str(node.value)
        if node.value is None:
            raise Unread("all() and any() take a condition with an index, such as all(w_i > 0)", node.at)
        length = next(
            len(value(inner.args[0], point).numbers)
            for inner in node.args[0].walk()
            if inner.op == "index" and any(i.value == index for i in inner.args[1:])
        )
        combine = all if node.op == "all" else any
        outer = point.indices
        try:
            held = []
            for i in range(length):
                point.indices = {**outer, index: i}
                held.append(self._holds(node.args[0], point))
        finally:
            point.indices = outer
        return combine(held)

    def _related(self, left: Node, right: Node, sign: str, point: Point) -> bool:
        a, b = value(left, point), value(right, point)
        a, b = (_zeros_like(x, y) for x, y in ((a, b), (b, a)))
        a, b = settled(a, b), settled(b, a)
        if sign == "!=":
            return not same(a, b, point)
        if sign == "=" or (a.shape == b.shape and same(a, b, point)):
            return same(a, b, point) if sign in ("=", "<=", ">=") else False
        if a.size != b.size and 1 not in (a.size, b.size):
            return False
        pairs = zip(a.numbers * (b.size if a.size == 1 else 1), b.numbers * (a.size if b.size == 1 else 1), strict=True)
        return all(_ordered(x, y, sign) for x, y in pairs)


def _zeros_like(a: Array, b: Array) -> Array:
    """0 as the vector or matrix of zeros that it is compared with."""
    is_zero = a.shape == () and a.numbers[0] == 0 and not b.eye
    return Array(b.shape, (Fraction(0),) * b.size) if is_zero else a


def _ordered(x: Number, y: Number, sign: str) -> bool:
    a, b = decimal_of(x), decimal_of(y)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def joined(nodes: Sequence[Node]) -> list[Node]:
    """Statements, with equations of single components, such as w_1 = 1/2 and then w_2 = 1/2, as one condition."""
    found: list[Node] = []
    group: dict[str, Node] = {}
    for node in nodes:
        name = _component(node)
        if name is None or name in group:
            found += _together(group)
            group = {}
        if name is None:
            found.append(node)
        else:
            group[name] = node
    return found + _together(group)


def _component(node: Node) -> str | None:
    """The component that an equation gives outright."""
    if node.op != "chain" or set(str(node.value).split()) != {"="} or node.args[0].op != "index":
        return None
    left, *rest = node.args
    base, name = left.args
    others = {symbol for side in rest for symbol in side.symbols()}
    return show(left) if name.op == "number" and str(base.value) not in others else None


def _together(group: Mapping[str, Node]) -> list[Node]:
    nodes = tuple(group.values())
    return [Node("both", nodes, None, (nodes[0].at[0], nodes[-1].at[1]))] if len(nodes) > 1 else list(nodes)


def points_on(truth: Truth, values: Values, asked: Asked, rng: random.Random) -> Iterator[Values]:
    """Points at which an equation of a condition holds: found on a line through `values`, where it is straight."""
    equations = [node for node in truth.node.walk() if node.op == "chain"]
    for node in equations:
        yield from _solved(node, values, asked)
        for _ in range(TRIES):
            symbol = rng.choice([s for s in asked.symbols if s.name == "w"] or asked.symbols)
            entries = values[symbol.name]
            moved = rng.randrange(entries.size)
            if (found := _root(node, values, symbol.name, moved, truth.deadline)) is not None:
                yield asked.with_bound(found)


def close_to(values: Values, asked: Asked) -> Iterator[Values]:
    """Points next to one: w a little longer and a little shorter, so that a margin around the truth shows."""
    w = values.get("w")
    for step in NEAR if w is not None else ():
        numbers = tuple(Fraction(str(x)) * (1 + step) if isinstance(x, Decimal) else x * (1 + step) for x in w.numbers)  # type: ignore[union-attr]
        yield asked.with_bound({**values, "w": Array(w.shape, numbers)})  # type: ignore[union-attr]


def on_a_grid(values: Values, asked: Asked, stated: Node) -> Iterator[Values]:
    """Points with w over small fractions, whole numbers and the numbers that the condition itself names."""
    w = next((s for s in asked.symbols if s.name == "w"), None)
    if w is None:
        return
    named = {Fraction(str(n.value)) for n in stated.walk() if n.op == "number"}
    entries_of = {*GRID, *named, *(-x for x in GRID), *(-x for x in named)}
    rungs = sorted(entries_of, key=lambda x: (x not in named, abs(x), -x))[:MAX_RUNGS]
    for size in (2, 1):
        if asked.d not in (None, size):
            continue
        for entries in itertools.product(rungs, repeat=size):
            x = (
                {"x": Array((size,), tuple(Fraction(1) if e >= 0 else Fraction(-1) for e in entries))}
                if "x" in values
                else {}
            )
            yield asked.with_bound({**values, **x, **sizes(2, size), "w": Array((size,), entries)})


def _solved(node: Node, values: Values, asked: Asked) -> Iterator[Values]:
    """Where an equation such as w = (1/2, 1/2) gives a symbol outright: that symbol's value."""
    for one, other in itertools.permutations(node.args, 2):
        if one.op == "symbol" and str(one.value) in {s.name for s in asked.symbols}:
            try:
                found = settled(value(other, at(values)), values[str(one.value)])
            except NoValue:
                continue
            if found.shape == values[str(one.value)].shape:
                yield asked.with_bound({**values, str(one.value): found})


def _root(node: Node, values: Values, name: str, moved: int, deadline: float) -> Values | None:
    """Values with one entry moved to where the first two sides of an equation agree; three chords, exact if straight."""

    def shifted(to: Fraction) -> dict[str, Array]:
        numbers = list(values[name].numbers)
        numbers[moved] = to
        return {**values, name: Array(values[name].shape, tuple(numbers))}

    def gap(to: Fraction) -> Fraction | None:
        try:
            point = at(shifted(to), deadline)
            sides = [settled(value(side, point), Array((), (Fraction(0),))) for side in node.args[:2]]
        except (NoValue, Unread):
            return None
        if any(side.size != 1 for side in sides):
            return None
        a, b = sides[0].numbers[0], sides[1].numbers[0]
        return a - b if isinstance(a, Fraction) and isinstance(b, Fraction) else None

    low, high = Fraction(0), Fraction(3)
    for _ in range(3):
        left, right = gap(low), gap(high)
        if left is None or right is None or left == right:
            return None
        root = low - left * (high - low) / (right - left)
        if gap(root) == 0:
            return shifted(root)
        low, high = high, root
    return None

"""Conditions on the symbols, such as max |w_i| = 1: where they hold, and points on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from spec.formula.array import Array
from spec.formula.domain import Values, at
from spec.formula.number import Number, decimal_of
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NoValue, Point, same, settled, value


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

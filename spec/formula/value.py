"""The value of a formula at given numbers, worked out exactly."""

from __future__ import annotations

import decimal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from spec.formula import array as arrays
from spec.formula import number as numbers
from spec.formula.array import Array, Misshapen, scalar
from spec.formula.number import SAME, WORST, TooLarge, decimal_of
from spec.formula.operations import OPERATIONS, REDUCTIONS, single
from spec.formula.tree import Node, Unread

NEVER = float("inf")


class NoValue(Exception):
    """A formula that has no value at these numbers, and the place in it where that happens."""

    def __init__(self, message: str, node: Node) -> None:
        super().__init__(message)
        self.message = message
        self.at = node.at


@dataclass
class Point:
    """Numbers for the symbols.

    Edges:   `indices` are those that sums run over, 0-based; `deadline` is in seconds of the process, so that a busy machine changes no verdict;
             `largest` is the largest decimal that has been met, against which a difference is held.
    """

    values: Mapping[str, Array]
    deadline: float = NEVER
    indices: dict[str, int] = field(default_factory=dict)
    largest: Decimal = Decimal(1)


def value(node: Node, point: Point) -> Array:
    """What a formula comes to at a point.

    Raises:  NoValue for shapes that do not go together and for divisions by zero, with the place.
             TooLarge for what would take too long or outgrow 300 digits.
    """
    if point.deadline != NEVER and time.thread_time() > point.deadline:
        raise TooLarge("it takes too long to work out", node.at)
    try:
        result = _value(node, point)
    except Misshapen as error:
        raise NoValue(str(error), node) from error
    except numbers.Undefined as error:
        raise NoValue(str(error), node) from error
    except decimal.DecimalException as error:
        raise TooLarge("the numbers in it grow too large", node.at) from error
    except TooLarge as error:
        raise (error if error.end else TooLarge(error.message, node.at)) from error
    for x in result.numbers:
        if type(x) is Decimal:
            point.largest = max(point.largest, x.copy_abs())
    return result


def same(a: Array, b: Array, point: Point) -> bool:
    """Whether two values that were worked out at a point are one: fractions exactly, decimals to 200 digits."""
    a, b = settled(a, b), settled(b, a)
    if a.shape != b.shape:
        return False
    return all(_same(x, y, point.largest) for x, y in zip(a.numbers, b.numbers, strict=True))


def settled(a: Array, like: Array) -> Array:
    """A value without axes of size one, and I at the size of what it is compared with."""
    like = arrays.squeezed(like)
    if a.eye and len(like.shape) == 2 and like.shape[0] == like.shape[1]:
        return arrays.scaled(a.numbers[0], arrays.identity(like.shape[0]))
    return arrays.squeezed(a)


def _same(x: numbers.Number, y: numbers.Number, largest: Decimal) -> bool:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x == y
    a, b = decimal_of(x), decimal_of(y)
    size = max(a.copy_abs(), b.copy_abs())
    lost = numbers.CONTEXT.multiply(SAME, max(largest, size))
    if lost > numbers.CONTEXT.multiply(WORST, max(size, Decimal(1))):
        raise TooLarge("the numbers on the way are so large that what is left of the value cannot be told")
    return numbers.CONTEXT.subtract(a, b).copy_abs() <= lost


def _value(node: Node, point: Point) -> Array:
    if node.op == "number":
        assert isinstance(node.value, Fraction)
        return scalar(node.value)
    if node.op == "symbol":
        if str(node.value) not in point.values:
            raise Unread(f"{node.value} is an index, and nothing runs over it here", node.at)
        return point.values[str(node.value)]
    if node.op in REDUCTIONS:
        return _reduced(node, point)
    if node.op == "index":
        return _component(node, point)
    if node.op.endswith("power") and (exact := _even_power(node, point)) is not None:
        return exact
    return _operated(node, [value(arg, point) for arg in node.args])


def _operated(node: Node, args: list[Array]) -> Array:
    operation = OPERATIONS.get(node.op)
    if operation is None:
        raise Unread(f"{node.op} has no value", node.at)
    if node.op == "times" and node.args[0].op == "vector" and len(args[0].shape) == len(args[1].shape) == 1:
        return arrays.dot(*args)  # (1, 1) w: what is written out on the left is a row
    return arrays.norm(args[0], str(node.value)) if node.op == "norm" else operation(*args)


def _even_power(node: Node, point: Point) -> Array | None:
    """An even power of a 2-norm or a root without the root, so that it stays a fraction."""
    base, exponent = node.args
    is_norm = base.op == "bars" or (base.op == "norm" and base.value == "2")
    if exponent.op != "number" or exponent.value not in (2, 4) or not (is_norm or base.op == "sqrt"):
        return None
    square = value(base.args[0], point)
    if is_norm:
        square = arrays.norm_squared(square)
    else:
        arrays.elementwise(numbers.root, square)  # has to exist
    return square if exponent.value == 2 else arrays.elementwise(numbers.multiply, square, square)


def _component(node: Node, point: Point) -> Array:
    base = value(node.args[0], point)
    for index in node.args[1:]:
        i = _position(index, point)
        if not base.shape or base.eye:
            raise Misshapen(f"{arrays.in_words(base)} has no components")
        if not 0 <= i < base.shape[0]:
            raise Misshapen(f"{arrays.in_words(base)} has no component {i + 1}")
        base = base.row(i)
    return base


def _position(index: Node, point: Point) -> int:
    if index.op == "number":
        return int(Fraction(str(index.value))) - 1
    name = str(index.value)
    if name not in point.indices:
        raise Unread(f"nothing runs over the index {name}", index.at)
    return point.indices[name]


def _reduced(node: Node, point: Point) -> Array:
    """A sum, mean, maximum or minimum: over an index, over the entries of one array, or of several numbers."""
    reduce = REDUCTIONS[node.op]
    if node.value is None:
        args = [value(arg, point) for arg in node.args]
        if len(args) == 1:
            return reduce([Array((), (x,)) for x in args[0].numbers])
        return reduce([single(arg) for arg in args])
    terms = []
    for i in _range(node, point):
        outer = point.indices
        point.indices = {**outer, str(node.value): i}
        try:
            terms.append(value(node.args[0], point))
        finally:
            point.indices = outer
    return reduce(terms)


def _range(node: Node, point: Point) -> range:
    """What an index runs over: what the formula says, else the length of what it is an index of."""
    lengths = set()
    for inner in node.args[0].walk():
        for axis, index in enumerate(inner.args[1:] if inner.op == "index" else ()):
            if index.op == "symbol" and index.value == node.value:
                base = value(inner.args[0], point)
                if axis >= len(base.shape):
                    raise Misshapen(f"{arrays.in_words(base)} has no components")
                lengths.add(base.shape[axis])
    if len(node.args) > 1:
        upper = single(value(node.args[1], point)).numbers[0]
        if not isinstance(upper, Fraction) or upper.denominator != 1 or not 1 <= upper <= arrays.MAX_NUMBERS:
            raise Misshapen("an index cannot run up to what is no whole number, or beyond 400")
        lengths.add(int(upper))
    if not lengths:
        raise Unread(f"what does the index {node.value} run over?", node.at)
    if len(lengths) > 1:
        raise Misshapen(f"the index {node.value} runs over lengths {' and '.join(map(str, sorted(lengths)))} at once")
    return range(lengths.pop())

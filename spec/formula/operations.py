"""What the operations of formulas do to arrays: one function each, by the names that trees have for them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from spec.formula import array as arrays
from spec.formula import number as numbers
from spec.formula.array import Array, Misshapen, scalar
from spec.formula.number import TooLarge

Operation = Callable[..., Array]


def single(a: Array) -> Array:
    """The number that a one-entry array is.

    Raises:  Misshapen for any other.
    """
    a = arrays.squeezed(a)
    if a.shape:
        raise Misshapen(f"expected a number, got {arrays.in_words(a)}")
    return a


def _sum(terms: list[Array]) -> Array:
    result = terms[0]
    for term in terms[1:]:
        result = arrays.add(result, term)
    return result


def _mean(terms: list[Array]) -> Array:
    return arrays.scaled(Fraction(1, len(terms)), _sum(terms))


def _extreme(pick: Callable[..., numbers.Number]) -> Callable[[list[Array]], Array]:
    return lambda terms: scalar(pick(single(term).numbers[0] for term in terms))


def _entrywise(f: Callable[..., numbers.Number]) -> Operation:
    return lambda *args: arrays.elementwise(f, *args)


def _divide(a: Array, b: Array) -> Array:
    divisor = arrays.squeezed(b)
    if divisor.shape or divisor.eye:
        raise Misshapen(f"{arrays.in_words(a)} cannot be divided by {arrays.in_words(b)}")
    return arrays.scaled(numbers.divide(Fraction(1), divisor.numbers[0]), a)


def _star(a: Array, b: Array) -> Array:
    """`*` in code: entry by entry, and a number scales."""
    if a.eye or b.eye or () in (a.shape, b.shape):
        return arrays.multiply(a, b)
    return arrays.elementwise(numbers.multiply, a, b)


def _asterisk(a: Array, b: Array) -> Array:
    """`*` on paper: the product, but entry by entry between two columns of one length, as in sum(w * x)."""
    columns = arrays.squeezed(a), arrays.squeezed(b)
    if columns[0].shape == columns[1].shape and len(columns[0].shape) == 1:
        return arrays.elementwise(numbers.multiply, *columns)
    return arrays.multiply(a, b)


def _entrywise_power(a: Array, b: Array) -> Array:
    """`**` in code: entry by entry."""
    return arrays.power(a, b) if a.eye else arrays.elementwise(numbers.power, a, b)


def _bars(a: Array) -> Array:
    """|a|: the magnitude of a number, the 2-norm of a vector."""
    return arrays.norm(a, "2") if arrays.squeezed(a).shape else arrays.elementwise(numbers.magnitude, a)


def _vector(*components: Array) -> Array:
    """A vector of numbers, or a matrix of rows."""
    if len(components) > arrays.MAX_ENTRIES:
        raise TooLarge(f"a vector may have {arrays.MAX_ENTRIES} entries")
    if len({c.shape for c in components}) == 1 and len(components[0].shape) == 1:
        return Array((len(components), components[0].size), tuple(x for c in components for x in c.numbers))
    return arrays.vector(single(c).numbers[0] for c in components)


def _eye(size: Array) -> Array:
    rows = single(size).numbers[0]
    if not isinstance(rows, Fraction) or rows.denominator != 1 or not 1 <= rows <= 20:
        raise Misshapen(f"there is no identity of size {rows}")
    return arrays.identity(int(rows))


REDUCTIONS: dict[str, Callable[[list[Array]], Array]] = {
    "sum": _sum, "mean": _mean, "max": _extreme(max), "min": _extreme(min),
}  # fmt: skip
OPERATIONS: dict[str, Operation] = {
    "add": lambda *terms: _sum(list(terms)),
    "neg": lambda a: arrays.scaled(Fraction(-1), a),
    "times": arrays.multiply,
    "star": _star,
    "asterisk": _asterisk,
    "matmul": arrays.matmul,
    "dot": arrays.dot,
    "divide": _divide,
    "power": arrays.power,
    "entrywise_power": _entrywise_power,
    "loose_power": lambda a, b: (_entrywise_power if len(arrays.squeezed(a).shape) == 1 else arrays.power)(a, b),
    "transpose": arrays.transpose,
    "turn": arrays.turn,
    "inverse": arrays.inverse,
    "pinv": arrays.pseudo_inverse,
    "solve": lambda a, b: arrays.multiply(arrays.inverse(a), b),
    "identity": lambda: Array((), (Fraction(1),), eye=True),
    "eye": _eye,
    "vector": _vector,
    "trace": arrays.trace,
    "norm": lambda a: a,  # its p is in the node
    "abs": _entrywise(numbers.magnitude),
    "bars": _bars,
    "sgn": _entrywise(numbers.sign),
    "sqrt": _entrywise(numbers.root),
    "exp": _entrywise(numbers.exponential),
    "log": _entrywise(numbers.logarithm),
}

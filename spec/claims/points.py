"""Exact numbers for the two sides of a step, at random points: arithmetic that knows nothing of sympy.

A derivative is also held to the difference quotient of what it is the derivative of, a limit to a value far out, and a
root is put back into its equation.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from spec.claims.claim import Holds, Step
from spec.claims.explicit import SIZES, explicit_derivative, is_matrix, is_sized
from spec.claims.outcomes import expected
from spec.claims.translate import formula
from spec.formula import number as numbers
from spec.formula.array import Array, squeezed
from spec.formula.domain import DRAWN, Symbol, Values, at, random_values, small_values
from spec.formula.number import TooLarge
from spec.formula.tree import Node, number
from spec.formula.value import NoValue, Point, same, settled, value

Symbols = list[tuple[Symbol, Any]]
Work = Callable[[Values], tuple[Array, Point]]
POINTS = 8
DRAWS = 20 * POINTS
STEP = Fraction(1, 10**100)
QUOTIENT_WITHIN = Fraction(
    1, 10**60
)  # of the derivative, or of 1 if that is more; a quotient misses by the step's square
LIMIT_WITHIN = Fraction(1, 10**20)


@dataclass(frozen=True)
class Refuted:
    """Numbers at which the two sides of a step differ.

    Edges:   `left` or `right` is None where that side has no value there.
    """

    values: Values
    left: Array | None
    right: Array | None


@dataclass(frozen=True)
class Pair:
    """Two things to be worked out at points, and how far apart they may be; None for not at all."""

    left: Work
    right: Work
    symbols: Symbols
    within: Fraction | None = None


def borne_out(step: Step, rng: random.Random) -> tuple[int, Refuted | None]:
    """At how many points both sides have the same value, of the formulas of a step the fewest; or where they differ.

    Edges:   points at which neither side has a value, or one outgrows what is worked out, are not counted; others are drawn.
    """
    fewest: list[int] = []
    for pair in _pairs(step):
        points = 0
        for i in range(DRAWS):
            same_value, refuted = _compare(pair, _drawn(pair, step, rng, DRAWN[i % len(DRAWN)]))
            if refuted is not None:
                return points, refuted
            if (points := points + same_value) == POINTS:
                break
        for changed in _with_a_zero(pair, step, rng) if pair.within is None else ():
            if (refuted := _compare(pair, changed)[1]) is not None:
                return points, refuted
        fewest.append(points)
    return min(fewest, default=0), None


def _drawn(pair: Pair, step: Step, rng: random.Random, sizes: tuple[int, int]) -> Values:
    return random_values([s for s, _ in pair.symbols], *sizes, rng, _allowed(pair.symbols, step))


def _with_a_zero(pair: Pair, step: Step, rng: random.Random) -> Iterator[Values]:
    """Points at which one symbol is 0, for each that may be: chance need not come by the one place where a sign changes."""
    allowed = _allowed(pair.symbols, step)
    for symbol in (s for s, _ in pair.symbols if s.kind == "real"):
        values = _drawn(pair, step, rng, DRAWN[0])
        zeros = replace(values[symbol.name], numbers=tuple(Fraction(0) for _ in values[symbol.name].numbers))
        changed = {**values, symbol.name: zeros}
        if allowed(changed):
            yield changed


def smallest(step: Step) -> Refuted | None:
    """The smallest numbers at which the two sides of a step differ."""
    for pair in _pairs(step):
        allowed = _allowed(pair.symbols, step)
        for values in small_values([s for s, _ in pair.symbols]):
            if allowed(values) and (refuted := _compare(pair, values)[1]):
                return refuted
    return None


def _compare(pair: Pair, values: Values) -> tuple[bool, Refuted | None]:
    """Whether two things have one value at a point; and what they have instead.

    Edges:   nothing to say where neither has a value, or one that may be off has none, or it takes numbers too large.
    """
    try:
        a, b = (_worked_out(side, values) for side in (pair.left, pair.right))
        if a is None or b is None:
            missing = a is not b and pair.within is None
            return False, Refuted(values, a and a[0], b and b[0]) if missing else None
        (left, of_left), (right, point) = a, b
        point.largest = max(point.largest, of_left.largest)
        agree = same(left, right, point) if pair.within is None else _near(left, right, pair.within)
    except TooLarge:
        return False, None
    return (True, None) if agree else (False, Refuted(values, left, right))


def _worked_out(side: Work, values: Values) -> tuple[Array, Point] | None:
    try:
        return side(values)
    except (NoValue, numbers.Undefined):
        return None


def _near(a: Array, b: Array, within: Fraction) -> bool:
    """Whether no number is off by more than a share of it, or of 1."""
    a, b = settled(a, b), settled(b, a)
    if a.shape != b.shape:
        return False
    return all(
        _gap(x, y) <= numbers.multiply(numbers.decimal_of(within), max(Fraction(1), numbers.magnitude(y)))
        for x, y in zip(a.numbers, b.numbers, strict=True)
    )


def _gap(x: numbers.Number, y: numbers.Number) -> numbers.Number:
    return numbers.magnitude(numbers.add(x, numbers.negative(y)))


def _pairs(step: Step) -> Iterator[Pair]:
    """What is to be compared for a step: sides in general dimension, but derivatives by sympy in explicit components."""
    if step.kind == "derivative":
        for n, d in step.sizes if is_sized(step.left, step.right) else step.sizes[:1]:
            for a, b in zip(*explicit_derivative(step.left, step.by, step.right, n, d), strict=True):
                yield _pair(step, _written(_formula(a, b)), _written(_formula(b, a)), a, b)
        right = _written(_formula(step.right, step.by))
        yield _pair(step, _quotient(step), right, step.left, step.right, step.by, within=QUOTIENT_WITHIN)
        return
    left, right = _written(_formula(step.left, step.right)), _written(_formula(step.right, step.left))
    if step.kind == "limit":
        far = Fraction(10) ** (step.power if step.towards == sympy.oo else -step.power)
        left = _with(left, str(step.by), lambda _: Array((), (far,)))
        yield _pair(step, left, right, step.left, step.right, within=LIMIT_WITHIN)
    elif step.kind == "expectation":
        chances = {str(v): (_of(mean), _of(square)) for v, (mean, square) in step.chances.items()}
        known = [*step.chances, *(m for moments in step.chances.values() for m in moments)]
        yield _pair(step, expected(left, chances), right, step.left, step.right, *known)
    elif step.kind == "root":
        rooted = _with(left, str(step.by), lambda values: right(values)[0])
        yield _pair(step, rooted, _zero_with(right), step.left, step.right)
    else:
        yield _pair(step, left, right, step.left, step.right)


def _pair(step: Step, left: Work, right: Work, *expressions: Any, within: Fraction | None = None) -> Pair:
    """Two sides, with `put` worked out before them: symbols that are written in others get their values by these."""
    given = {str(s): _of(e) for s, e in step.put.items()}
    bound = {*given, str(step.by)} if step.kind in ("limit", "root") else set(given)
    found = [(s, atom) for s, atom in symbols_of(*expressions, *step.put.values()) if s.name not in bound]

    def filled(side: Work) -> Work:
        return lambda values: side({**values, **{name: work(values)[0] for name, work in given.items()}})

    return Pair(filled(left) if given else left, filled(right) if given else right, found, within)


def _written(node: Node) -> Work:
    """What a formula comes to."""

    def work(values: Values) -> tuple[Array, Point]:
        point = at(values)
        return value(node, point), point

    return work


def _of(e: Any) -> Work:
    return _written(_translated(e))


def _with(side: Work, name: str, given: Callable[[Values], Array]) -> Work:
    """Something with a value for one more symbol."""
    return lambda values: side({**values, name: given(values)})


def _zero_with(side: Work) -> Work:
    """0 wherever something has a value."""

    def work(values: Values) -> tuple[Array, Point]:
        return Array((), (Fraction(0),)), side(values)[1]

    return work


def _quotient(step: Step) -> Work:
    """The central difference quotient of the left of a derivative, in each component of what it is taken by."""
    of, names = _written(_translated(step.left)), [s.name for s, _ in symbols_of(step.by)]
    if is_matrix(step.by) and not is_sized(step.by):
        names = [str(entry) for entry in step.by]

    def work(values: Values) -> tuple[Array, Point]:
        found: list[numbers.Number] = []
        for name in names:
            for i in range(values[name].size):
                ends = [squeezed(of({**values, name: _moved(values[name], i, h)})[0]) for h in (STEP, -STEP)]
                rises = (numbers.add(x, numbers.negative(y)) for x, y in zip(*(e.numbers for e in ends), strict=True))
                found += [numbers.divide(rise, 2 * STEP) for rise in rises]
        return Array((len(found),), tuple(found)), at(values)

    return work


def _moved(a: Array, i: int, h: Fraction) -> Array:
    return replace(a, numbers=(*a.numbers[:i], numbers.add(a.numbers[i], h), *a.numbers[i + 1 :]))


def _formula(side: Any, other: Any) -> Node:
    """A side as a formula; of a matrix of zeros, whose size formulas have no word for, 0 times the other side."""
    if isinstance(side, sympy.matrices.expressions.special.ZeroMatrix):
        return Node("times", (number(0), _translated(other)))
    return _translated(side)


@lru_cache(maxsize=4096)
def _translated(side: Any) -> Node:
    """A side as a formula, which is worked out once for all changes of the other one."""
    return formula(side)


def symbols_of(*expressions: Any) -> Symbols:
    """The symbols of some expressions as formulas have them, each with sympy's own."""
    found: dict[str, tuple[Symbol, Any]] = {}
    for e in expressions:
        for atom in sorted(sympy.sympify(e).atoms(sympy.Symbol, sympy.MatrixSymbol), key=str):
            if isinstance(atom, sympy.MatrixSymbol):
                shape = tuple(str(axis) if axis.is_Symbol else int(axis) for axis in atom.shape if axis != 1)
                found[atom.name] = (Symbol(atom.name, shape), atom)
            elif str(atom) not in SIZES and str(atom) not in found:
                counts = atom.is_integer and atom.is_positive
                kind = "count" if counts else "positive" if atom.is_positive else "real"
                found[str(atom)] = (Symbol(str(atom), (), kind), atom)  # type: ignore[arg-type]
    return list(found.values())


def _allowed(symbols: Symbols, step: Step) -> Holds:
    """Whether values are such as sympy's assumptions and the step's own permit."""
    nonzero = [s.name for s, atom in symbols if getattr(atom, "is_nonzero", False)]
    nonnegative = [s.name for s, atom in symbols if getattr(atom, "is_nonnegative", False)]

    def allowed(values: Values) -> bool:
        return (
            all(values[name].numbers[0] != 0 for name in nonzero)
            and all(values[name].numbers[0] >= 0 for name in nonnegative)
            and (step.where is None or step.where(values))
        )

    return allowed

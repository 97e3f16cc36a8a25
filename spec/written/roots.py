"""Where a function of one number is 0: exactly where that is a short fraction, else to some 280 digits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

from spec.formula import number as n
from spec.formula.number import Number

Function = Callable[[Number], Number | None]
Place = tuple[Number, Number]  # a number and the function's value there
SAMPLES = tuple(
    Fraction(x) for x in ("-1000", "-10", "-3", "-2", "-1", "-1/2", "0", "1/2", "1", "2", "3", "10", "1000")
)
MAX_ROOTS, MAX_ROUNDS = 2, 60
CLOSE = Decimal(10) ** -280
SHORT = 1000  # the largest denominator of a fraction that a root is taken for


def roots(f: Function) -> Iterator[Number]:
    """The first few numbers at which f changes its sign or is 0, as far as samples show.

    Edges:   f gives None where it has no value. A straight line is followed beyond the samples.
    """
    places = [(x, y) for x in SAMPLES if (y := f(x)) is not None]
    found = 0
    for (a, f_a), (b, f_b) in itertools.pairwise(places):
        root = a if f_a == 0 else _between((a, f_a), (b, f_b), f) if (f_a < 0) != (f_b < 0) and f_b != 0 else None
        if root is not None:
            yield root
            found += 1
        if found == MAX_ROOTS:
            return
    for one, other in (places[:2], places[-2:]) if not found and len(places) > 1 else ():
        if (root := _secant(one, other)) is not None and f(root) == 0:
            yield root


def _secant(one: Place, other: Place) -> Number | None:
    (a, f_a), (b, f_b) = one, other
    rise = n.add(f_b, n.negative(f_a))
    if rise == 0:
        return None
    return n.add(b, n.negative(n.divide(n.multiply(f_b, n.add(b, n.negative(a))), rise)))


def _between(low: Place, high: Place, f: Function) -> Number | None:
    """The root between two places on either side of it: secants, halved at an end that stays (the Illinois rule)."""
    for i in range(MAX_ROUNDS):
        x = _secant(low, high)
        if x is None:
            return None
        x = x if i == 0 else n.decimal_of(x)
        y = f(x)
        if y is None:
            return None
        if y == 0 or n.magnitude(n.add(high[0], n.negative(x))) <= CLOSE:
            return _short(x, f)
        if (y < 0) == (high[1] < 0):
            low, high = (low[0], n.divide(low[1], Fraction(2))), (x, y)
        else:
            low, high = high, (x, y)
    return None


def _short(x: Number, f: Function) -> Number:
    if isinstance(x, Fraction):
        return x
    near = Fraction(x).limit_denominator(SHORT)
    return near if f(near) == 0 else x

"""Expectations in exact numbers: every random variable takes two values, with the mean and the square that a step gives it.

A polynomial that has each variable squared at most has the same expectation whatever else is true of the variables, so
these few outcomes bear out what linearity says of all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from spec.formula import number as n
from spec.formula.array import Array, scalar, squeezed
from spec.formula.domain import Values
from spec.formula.number import Number
from spec.formula.value import Point

Work = Callable[[Values], tuple[Array, Point]]
Outcome = tuple[Number, Number]  # a value and its probability


def expected(of: Work, chances: Mapping[str, tuple[Work, Work]]) -> Work:
    """What is expected of something in random variables, each of which has a mean and a mean square.

    Edges:   how far the two values of a variable are apart is taken from the number that the point has for it.
    """

    def work(values: Values) -> tuple[Array, Point]:
        total: Number = Fraction(0)
        largest = Fraction(1)
        outcomes = [list(_outcomes(values, name, *moments)) for name, moments in chances.items()]
        for outcome in itertools.product(*outcomes):
            given = {name: scalar(x) for name, (x, _) in zip(chances, outcome, strict=True)}
            found, point = of({**values, **given})
            share = squeezed(found).numbers[0]
            for _, probability in outcome:
                share = n.multiply(share, probability)
            total = n.add(total, share)
            largest = max(largest, Fraction(point.largest))
        point.largest = n.decimal_of(largest)
        return scalar(total), point

    return work


def _outcomes(values: Values, name: str, mean: Work, square: Work) -> Iterator[Outcome]:
    m, s = (squeezed(work(values)[0]).numbers[0] for work in (mean, square))
    variance = n.add(s, n.negative(n.multiply(m, m)))
    up = values[name].numbers[0] or Fraction(1)
    if n.add(n.multiply(up, up), variance) == 0:  # where the given square is below that of the mean
        up = n.multiply(Fraction(2), up)
    likely = n.divide(variance, n.add(n.multiply(up, up), variance))
    yield n.add(m, up), likely
    yield n.add(m, n.negative(n.divide(variance, up))), n.add(Fraction(1), n.negative(likely))

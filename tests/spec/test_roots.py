"""Roots of functions of one number, which conditions are compared at."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from spec.formula import number as n
from spec.formula.number import Number
from spec.written.roots import roots


def less(x: Number, y: int) -> Number:
    return n.add(x, Fraction(-y))


def test_a_root_that_is_a_short_fraction_is_exact() -> None:
    assert list(roots(lambda x: n.add(x, Fraction(-1, 7)))) == [Fraction(1, 7)]
    assert list(roots(lambda x: less(n.power(x, Fraction(3)), 27))) == [3]


def test_a_straight_line_is_followed_beyond_the_samples() -> None:
    assert next(roots(lambda x: less(x, 10**9))) == 10**9


def test_both_square_roots_of_two_are_found_to_two_hundred_digits() -> None:
    found = list(roots(lambda x: less(n.multiply(x, x), 2)))
    assert [root < 0 for root in found] == [True, False]
    assert all(n.magnitude(less(n.multiply(root, root), 2)) < Decimal(10) ** -200 for root in found)


def test_what_has_no_root_or_no_value_has_none() -> None:
    assert list(roots(lambda x: n.add(n.multiply(x, x), Fraction(1)))) == []
    assert list(roots(lambda _: None)) == []

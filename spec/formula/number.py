"""Exact numbers: fractions as long as nothing irrational comes in, else decimals of 300 digits.

Two decimals count as equal when they differ by less than 10^-200 of the largest number that was met on the way: far
below the 50 digits that matter, far above what 300 digits lose.
"""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from fractions import Fraction

from spec.formula.tree import Unread

Number = Fraction | Decimal
CONTEXT = decimal.Context(prec=300, Emax=10**9, Emin=-(10**9), traps=[decimal.InvalidOperation, decimal.Overflow])
SAME = Decimal(10) ** -200
WORST = Decimal(10) ** -50  # what may be lost of a value, or of 1, whichever is more
MAX_BITS = 60_000
MAX_EXPONENT = 2_000


class Undefined(ArithmeticError):
    """The formula has no value at these numbers."""


class TooLarge(Unread):
    """The numbers in a formula outgrow what is worked out here."""


def bits(x: Number) -> int:
    """How long a number is."""
    return x.numerator.bit_length() + x.denominator.bit_length() if isinstance(x, Fraction) else 1000


def decimal_of(x: Number) -> Decimal:
    """A number as a decimal."""
    return CONTEXT.divide(Decimal(x.numerator), Decimal(x.denominator)) if isinstance(x, Fraction) else x


def add(x: Number, y: Number) -> Number:
    """The sum."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return bounded(x + y)
    return CONTEXT.add(decimal_of(x), decimal_of(y))


def multiply(x: Number, y: Number) -> Number:
    """The product."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return bounded(x * y)
    return CONTEXT.multiply(decimal_of(x), decimal_of(y))


def divide(x: Number, y: Number) -> Number:
    """The quotient.

    Raises:  Undefined for a zero divisor, also one that is zero but for the last digits of a decimal.
    """
    if y == 0:
        raise Undefined("a division by zero")
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return bounded(x / y)
    return CONTEXT.divide(decimal_of(x), decimal_of(y))


def power(x: Number, exponent: Number) -> Number:
    """X to a power: exact for whole exponents, and for roots that come out even.

    Raises:  Undefined for 0 to a negative power, or a negative number to a broken one.
             TooLarge for an exponent beyond 2000, before anything is worked out.
    """
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        return _whole_power(x, exponent.numerator)
    if magnitude(exponent) > MAX_EXPONENT:
        raise TooLarge(f"an exponent may be {MAX_EXPONENT} at most")
    if x < 0:
        raise Undefined("a negative number to a power that is not whole")
    if x == 0:
        if exponent < 0:
            raise Undefined("zero to a negative power")
        return Fraction(0)
    if exponent == Fraction(1, 2):
        return root(x)
    return checked("power", lambda: CONTEXT.power(decimal_of(x), decimal_of(exponent)))


def _whole_power(x: Number, exponent: int) -> Number:
    if abs(exponent) > MAX_EXPONENT:
        raise TooLarge(f"an exponent may be {MAX_EXPONENT} at most")
    if x == 0 and exponent < 0:
        raise Undefined("zero to a negative power")
    if isinstance(x, Decimal):
        return checked("power", lambda: CONTEXT.power(x, exponent))
    if abs(exponent) * max(x.numerator.bit_length(), x.denominator.bit_length()) > 2 * MAX_BITS:
        raise TooLarge("the numbers in it grow too large")
    return bounded(x**exponent)


def root(x: Number) -> Number:
    """The square root; a fraction where it is one."""
    if x < 0:
        raise Undefined("the square root of a negative number")
    if isinstance(x, Fraction):
        top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
        if top * top == x.numerator and bottom * bottom == x.denominator:
            return Fraction(top, bottom)
    return CONTEXT.sqrt(decimal_of(x))


def exponential(x: Number) -> Number:
    """E to the x."""
    return Fraction(1) if x == 0 else checked("exp", lambda: CONTEXT.exp(decimal_of(x)))


def logarithm(x: Number) -> Number:
    """The natural logarithm."""
    if x <= 0:
        raise Undefined("the logarithm of what is not positive")
    return Fraction(0) if x == 1 else checked("log", lambda: CONTEXT.ln(decimal_of(x)))


def magnitude(x: Number) -> Number:
    """The absolute value, to the last digit: abs() would round a decimal to 28."""
    return abs(x) if isinstance(x, Fraction) else x.copy_abs()


def negative(x: Number) -> Number:
    """Minus x, to the last digit."""
    return -x if isinstance(x, Fraction) else x.copy_negate()


def sign(x: Number) -> Fraction:
    """-1, 0 or 1."""
    return Fraction((x > 0) - (x < 0))


def bounded(x: Fraction) -> Fraction:
    """x, if it can be written down."""
    if x.numerator.bit_length() + x.denominator.bit_length() > 2 * MAX_BITS:
        raise TooLarge("the numbers in it grow too large")
    return x


def checked(name: str, compute: object) -> Decimal:
    """What `compute` gives, if 300 digits and exponents up to 10^9 can hold it."""
    try:
        return compute()  # type: ignore[operator,no-any-return]
    except decimal.DecimalException as error:
        raise TooLarge(f"{name} of a number this large is not worked out") from error

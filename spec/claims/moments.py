"""Expectations of polynomials in random variables, of which only moments are known."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import sympy

Moments = Mapping[Any, Any]


def expectation(expression: Any, moments: Moments) -> Any:
    """The expectation of a polynomial, by linearity.

    Edges:   `moments` gives the expectation of each monomial in the random variables; 1 may be left out.
    Raises:  KeyError for a monomial whose expectation is not given.
    """
    variables = sorted(set().union(*(sympy.sympify(monomial).free_symbols for monomial in moments)), key=str)
    known = {sympy.Integer(1): sympy.Integer(1), **moments}
    terms = sympy.Poly(sympy.expand(expression), *variables).terms()
    return sympy.Add(*(
        coefficient * known[sympy.Mul(*(x**power for x, power in zip(variables, powers, strict=True)))]
        for powers, coefficient in terms
    ))  # fmt: skip


def independent(*groups: Moments) -> dict[Any, Any]:
    """The moments of independent groups together: a product's expectation is the product of the expectations."""
    known = [{sympy.Integer(1): sympy.Integer(1), **group} for group in groups]
    return {
        sympy.Mul(*(monomial for monomial, _ in choice)): sympy.Mul(*(moment for _, moment in choice))
        for choice in itertools.product(*(group.items() for group in known))
    }


def moments_of(chances: Mapping[Any, tuple[Any, Any]]) -> dict[Any, Any]:
    """The moments of independent variables, from each one's mean and mean square."""
    return independent(*({variable: mean, variable**2: square} for variable, (mean, square) in chances.items()))

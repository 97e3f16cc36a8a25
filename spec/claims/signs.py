"""What is plainly positive: a sum of squares and the like, so that nobody has to take an inequality on trust."""

from __future__ import annotations

from typing import Any

import sympy


def plainly_positive(expression: Any, unless_zero: Any = None) -> bool:
    """Whether an expression is a sum of terms that are plainly positive or not negative, at least one of them positive.

    Edges:   each factor of a term is looked at by itself: an even power of a real, or what sympy's assumptions make
             positive. Of matrices, A^T A is not negative, and v^T v positive where v is `unless_zero`, in components too.
    """
    e = sympy.sympify(expression)
    if isinstance(unless_zero, sympy.MatrixBase):
        square = sympy.Add(*[entry**2 for entry in unless_zero])
        e = e.xreplace({square: sympy.Dummy(positive=True)})
    if getattr(e, "is_MatrixExpr", False):
        signs = [_sign_of_form(term, unless_zero) for term in sympy.MatAdd.make_args(e)]
        return None not in signs and 1 in signs
    signs = []
    for term in sympy.Add.make_args(e):
        top, bottom = sympy.fraction(sympy.factor_terms(term))
        signs.append(_sign(top) if _sign(bottom) == 1 else None)
    return None not in signs and 1 in signs


def _sign_of_form(term: Any, unless_zero: Any) -> int | None:
    """The sign of a positive number times A^T A, which is 1 by 1."""
    coefficient, factors = term.as_coeff_matrices() if isinstance(term, sympy.MatMul) else (sympy.S.One, [term])
    flat = list(factors)
    half = flat[: len(flat) // 2]
    mirrored = [sympy.Transpose(f).doit() for f in reversed(half)]
    if term.shape != (1, 1) or len(flat) % 2 or flat[len(half) :] != mirrored or _sign(coefficient) != 1:
        return None
    return int(len(flat) == 2 and flat[1] == unless_zero)


def _sign(expression: Any) -> int | None:
    """1 for plainly positive, 0 for plainly not negative, None for neither."""
    e = sympy.sympify(expression)
    if isinstance(e, sympy.Add | sympy.Mul):
        signs = [_sign(arg) for arg in e.args]
        known = [s for s in signs if s is not None]
        if len(known) < len(signs):
            return None
        return max(known) if isinstance(e, sympy.Add) else min(known)
    if isinstance(e, sympy.Pow) and e.exp.is_even and e.base.is_real:
        return 1 if e.base.is_nonzero else 0
    if e.is_positive:
        return 1
    return 0 if e.is_nonnegative else None

"""sympy's expressions as the formulas of `spec.formula`: read off node by node, so that a value owes sympy nothing."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from spec.formula.tree import Node, number, symbol

MEANT: dict[Any, str] = {}  # what the symbols of `unwound` stand for, in LaTeX


def meant_by(symbol: Any) -> str:
    """What a symbol that `unwound` made stands for, in LaTeX."""
    return f"\\left({MEANT[symbol]}\\right)" if symbol in MEANT else str(sympy.latex(symbol))


def unwound(expression: Any) -> Any:
    """An expression with each exponential, sine and cosine as a fraction of symbols of its own.

    exp(a x + b y) becomes u^a v^b for positive u = exp(x), v = exp(y); cos and sin of x become (1 - t^2) / (1 + t^2) and
    2t / (1 + t^2), where t is the tangent of x/2. Outside of them x is left as it is: what is equal for every u, t and x is
    equal for those that belong together; and it is no more than that, because they have no algebraic relation.

    Shapes:  a number or an explicit matrix; the result is alike.
    Edges:   derivatives must be taken before; a number's exponential, exp(1), stays one.
    """
    e = sympy.sympify(expression)
    if isinstance(e, sympy.MatrixBase):
        return e.applyfunc(unwound)
    opened = e.replace(_is_angle, lambda f: sympy.expand_trig(f.func(sympy.expand(f.args[0]))))
    rational = opened.replace(sympy.sin, lambda x: 2 * _half(x) / (1 + _half(x) ** 2))
    rational = rational.replace(sympy.cos, lambda x: (1 - _half(x) ** 2) / (1 + _half(x) ** 2))
    return rational.replace(sympy.exp, _exponential)


def _is_angle(e: Any) -> bool:
    return isinstance(e, sympy.sin | sympy.cos)


def _half(angle: Any) -> Any:
    """The tangent of half an angle, as a symbol."""
    half = sympy.Symbol(f"tan({angle}/2)", real=True)
    MEANT[half] = rf"\tan\frac{{{sympy.latex(angle)}}}{{2}}"
    return half


def _exponential(exponent: Any) -> Any:
    """The exponential of a sum of monomials, as powers of one symbol a monomial."""
    factors = []
    for term in sympy.Add.make_args(sympy.expand(exponent)):
        coefficient, monomial = term.as_coeff_Mul()
        base = sympy.exp(1) if monomial == 1 else sympy.Symbol(f"exp({monomial})", positive=True)
        MEANT[base] = rf"e^{{{sympy.latex(monomial)}}}"
        factors.append(base**coefficient)
    return sympy.Mul(*factors)


def formula(expression: Any) -> Node:
    """A sympy expression, scalar or matrix, as a formula.

    Edges:   a 1 by 1 matrix expression is a number; sin and cos are left to `unwound`.
    Raises:  TypeError for what has no counterpart.
    """
    e = sympy.sympify(expression)
    for kinds, written in WRITTEN:
        if isinstance(e, kinds):
            return written(e)
    raise TypeError(f"{e.func.__name__} has no counterpart among formulas: {e}")


def _ordered(e: Any) -> tuple[Any, ...]:
    """Terms as sympy prints them."""
    return tuple(e.as_ordered_terms()) if isinstance(e, sympy.Add) else tuple(e.args)


def _product(e: Any) -> Node:
    """A product of numbers, with what has a negative power below the line."""
    top, bottom = sympy.fraction(e)
    if bottom == 1:
        factors = e.as_ordered_factors()
        if factors[0] == -1:
            return Node("neg", (formula(sympy.Mul(*factors[1:])),))
        return _times([formula(factor) for factor in factors])
    return Node("divide", (formula(top), formula(bottom)))


def _times(factors: list[Node]) -> Node:
    return reduce(lambda a, b: Node("times", (a, b)), factors)


def _matrix_product(e: Any) -> Node:
    coefficient, matrices = e.as_coeff_matrices()
    factors = [formula(m) for m in matrices]
    return _times([formula(coefficient), *factors] if coefficient != 1 else factors)


def _power(e: Any) -> Node:
    base, exponent = formula(e.args[0]), e.args[1]
    if exponent == sympy.Rational(1, 2):
        return Node("sqrt", (base,))
    if exponent == -1:
        return Node("divide", (number(1), base))
    return Node("power", (base, formula(exponent)))


def _element(e: MatrixElement) -> Node:
    matrix, i, j = e.args
    base, column = formula(matrix), matrix.shape[1] == 1
    if matrix.shape == (1, 1):
        return base
    indices = (number(int(i) + 1),) if column else (number(int(i) + 1), number(int(j) + 1))
    return Node("index", (base, *indices))


def _explicit(e: Any) -> Node:
    if e.shape == (1, 1):
        return formula(e[0, 0])
    if e.shape[1] != 1:
        raise TypeError(f"an explicit matrix of shape {e.shape} has no counterpart among formulas")
    return Node("vector", tuple(formula(x) for x in e))


def _applied(op: str) -> Callable[[Any], Node]:
    """An operation on all arguments."""
    return lambda e: Node(op, tuple(formula(arg) for arg in e.args))


WRITTEN: tuple[tuple[Any, Callable[[Any], Node]], ...] = (
    (sympy.Rational, lambda e: number(Fraction(int(e.p), int(e.q)))),
    ((sympy.Symbol, sympy.MatrixSymbol), lambda e: symbol(str(e.name))),
    (sympy.Identity, lambda e: Node("eye", (formula(e.shape[0]),))),
    (MatrixElement, _element),
    (sympy.MatrixBase, _explicit),
    (type(sympy.E), lambda _: Node("exp", (number(1),))),
    ((sympy.Add, sympy.MatAdd), lambda e: Node("add", tuple(formula(arg) for arg in _ordered(e)))),
    (sympy.Mul, _product),
    (sympy.MatMul, _matrix_product),
    (sympy.Transpose, _applied("transpose")),
    (sympy.Trace, _applied("trace")),
    (sympy.Inverse, lambda e: Node("inverse", (formula(e.arg),))),
    ((sympy.Pow, sympy.MatPow), _power),
    (sympy.Max, _applied("max")),
    (sympy.Min, _applied("min")),
    (sympy.Abs, _applied("abs")),
    (sympy.sign, _applied("sgn")),
    (sympy.log, _applied("log")),
    (sympy.exp, _applied("exp")),
)

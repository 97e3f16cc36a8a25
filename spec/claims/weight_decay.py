"""1.2.3: the epsilon that fools FGM grows with the penalty; the printed answer differentiates the penalty, and contradicts itself."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Inverse, MatMul, sign

from spec.claims import fast_gradient, ridge
from spec.claims.claim import Claim, Step, column
from spec.claims.explicit import kept, number_of, put_in
from spec.formula import number
from spec.formula.domain import Values

n, lam, epsilon = ridge.n, ridge.lam, fast_gradient.epsilon
X, t = sympy.MatrixSymbol("X", n, 1), sympy.MatrixSymbol("t", n, 1)
A, b = X.T * X + 2 * n * lam * sympy.Identity(1), X.T * t

x, w = (sympy.Symbol(name, real=True, nonzero=True) for name in ("x", "w"))
squares = sympy.Symbol("S", nonnegative=True)  # sum x_i^2
A_OF_S = squares + 2 * n * lam
product = sympy.Symbol("p", real=True, nonzero=True)  # sum x_i t_i
signed = sympy.Symbol("c", positive=True)  # x sum x_i t_i
logit = sympy.Symbol("m", positive=True)  # w x
h, r = sympy.symbols("h r", positive=True)


def claim() -> Claim:
    """Epsilon, its growth, the printed answer, and how its prose contradicts itself."""
    c = Claim(
        "1.2.3",
        "In one dimension the output is 0 at epsilon = x / w = x (sum x_i^2 + 2 n lam) / (sum x_i t_i), which grows with "
        "lam: under FGM weight decay makes the model more robust.",
        letters={
            "S": "sum x_i^2",
            "p": "sum x_i t_i",
            "c": "x p",
            "h": "a rise of lam",
            "m": "the logit w x",
            "r": "|n - S|",
        },
    )
    _fooled(c)
    _growth(c)
    _prose(c)
    _printed(c)
    _printed_prose(c)
    return c


def weight(penalty: Any = lam) -> Any:
    """The ridge solution for d = 1, in sum x_i^2 and sum x_i t_i."""
    return product / (squares + 2 * n * penalty)


def needed(penalty: Any) -> Any:
    """The epsilon that fools FGM, likewise."""
    return x * (squares + 2 * n * penalty) / product


def misprinted(weight: Any, penalty: Any) -> Any:
    """The printed epsilon."""
    return x * weight / ((1 + 2 * penalty) * weight**2)


def _fooled(c: Claim) -> None:
    one = {"x": sympy.ImmutableMatrix([x]), "w": sympy.ImmutableMatrix([w])}
    output = number_of(put_in(fast_gradient.output(), one, d=1))
    c.equal("The output of 1.1.2 for d = 1 is 0 at epsilon = x / w and nowhere else", output, w**2 * (x / w - epsilon))
    ridge_1d = put_in(ridge.primal(), {}, d=1)
    solution = c.equal("The solution of 1.2.2 for d = 1", ridge_1d, MatMul(b, Inverse(A)), form="w_ridge")
    fooling = c.equal("so that x / w becomes", x * Inverse(solution), x * MatMul(A, Inverse(b)), form="epsilon")
    c.equal("There the output is 0", x * ridge_1d - MatMul(fooling, ridge_1d, ridge_1d), sympy.ZeroMatrix(1, 1))
    rows, targets = column("x", 3), column("t", 3)
    c.equal(
        "In sums, here for n = 3", number_of(put_in(fooling, {"X": rows, "t": targets}, n=3)),
        kept(needed(lam), {n: sympy.Integer(3), squares: rows.dot(rows), product: rows.dot(targets)}),
    )  # fmt: skip
    c.derivative("It is linear in lam", fooling, lam, 2 * n * x * Inverse(b))


def _growth(c: Claim) -> None:
    v = sympy.MatrixSymbol("v", 1, 1)
    c.positive(
        "What w is divided by is positive: it is the M of 1.2.2, here a number",
        v.T * A * v, (X * v).T * (X * v) + 2 * n * lam * (v.T * v), unless_zero=v,
    )  # fmt: skip
    c.positive("With S = sum x_i^2 it is", A_OF_S, squares + 2 * n * lam)
    c.equal(
        "so x sum x_i t_i has the sign of the logit w x, which is positive",
        x * product,
        kept((squares + 2 * n * lam) * x * w, {w: weight()}),
    )
    slope = c.derivative("The derivative of epsilon in lam", needed(lam), lam, 2 * n * x / product)
    says = "With c = x sum x_i t_i > 0 it is positive"
    c.positive(says, kept(slope, {product: signed / x}), 2 * n * x**2 / signed)
    rise = needed(lam + h) - needed(lam)
    c.positive(
        "and so is every rise, from lam to lam + h", kept(rise, {product: signed / x}), 2 * n * h * x**2 / signed
    )


def _prose(c: Claim) -> None:
    fixed = misprinted(w, lam)
    slope = c.derivative(
        "The derivative of the printed epsilon at fixed w", fixed, lam, -2 * x / (w * (1 + 2 * lam) ** 2)
    )
    c.positive(
        "It is negative where m = w x > 0: the printed epsilon falls. Minus the derivative",
        -kept(slope, {x: logit / w}), 2 * logit / (w**2 * (1 + 2 * lam) ** 2),
    )  # fmt: skip
    along = misprinted(weight(), lam).subs(product, signed / x)
    says = "With w(lam) put in, the derivative has the sign of n - sum x_i^2"
    slope = c.derivative(says, along, lam, 2 * x**2 * (n - squares) / (signed * (1 + 2 * lam) ** 2))
    size = 2 * x**2 * r / (signed * (1 + 2 * lam) ** 2)
    c.positive("Where sum x_i^2 = n - r, r > 0, the same formula rises", kept(slope, {squares: n - r}), size)
    c.positive("and where it is n + r it falls. Minus the derivative", -kept(slope, {squares: n + r}), size)


def _printed(c: Claim) -> None:
    output = (x - epsilon * (1 + 2 * lam) * w) * w
    expanded = x * w - epsilon * (1 + 2 * lam) * w**2
    c.answered(
        "epsilon = x w / ((1 + 2 lam) w^2)",
        Step("The gradient of f = x w in x", x * w, w, by=x),
        Step("The gradient in x of the penalty lam w^2, which is no part of f and has no x", lam * w**2, 2 * lam * w, by=x),
        ("x' = x - epsilon times both", x - epsilon * w - 2 * epsilon * lam * w, x - epsilon * (1 + 2 * lam) * w),
        ("f at that x'", output, expanded),
        ("That is 0 at the answer", expanded.subs(epsilon, misprinted(w, lam)), sympy.Integer(0)),
        ("The answer, at the same w", x / w, misprinted(w, lam)),
        where=_positive_logit,
    )  # fmt: skip


def _printed_prose(c: Claim) -> None:
    less = misprinted(w, lam) - misprinted(w, lam + h)
    along = misprinted(weight(lam + h), lam + h) - misprinted(weight(), lam)
    c.answered(
        "The larger lam, the smaller epsilon: weight decay makes the model more robust, as it takes less to fool it",
        ("At fixed w its own formula falls, by", less, 2 * h * x / (w * (1 + 2 * lam) * (1 + 2 * lam + 2 * h))),
        ("Fooled by less is more robust: the sign of the rise in the epsilon needed is 1", sign(-less), sympy.Integer(1)),
        ("What it would need as well: with w(lam) put in, its formula falls too: the sign of its rise is -1", sign(along), sympy.Integer(-1)),
        ("The larger lam, the smaller epsilon: the sign of the true rise is -1", sign(needed(lam + h) - needed(lam)), sympy.Integer(-1)),
        where=_positive_logit,
    )  # fmt: skip


def _positive_logit(values: Values) -> bool:
    """The logit w x is positive, and with w put in so is x sum x_i t_i."""
    a = values.get("x")
    others = [values[name].numbers[0] for name in ("w", "p") if name in values]
    return a is None or all(number.multiply(a.numbers[0], other) > 0 for other in others)

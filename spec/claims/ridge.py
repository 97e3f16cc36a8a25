"""1.2.2: the ridge solution is (X^T X + 2 n lam I)^-1 X^T t; the printed answer loses the 2."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import MatMul  # leaves a matrix and its inverse side by side, where * would cancel them unseen

from spec.claims.claim import Claim, Step
from spec.claims.prove import SIZES

n, d = SIZES["n"], SIZES["d"]
lam = sympy.Symbol("lam", positive=True)
X = sympy.MatrixSymbol("X", n, d)
t, w, v = sympy.MatrixSymbol("t", n, 1), sympy.MatrixSymbol("w", d, 1), sympy.MatrixSymbol("v", d, 1)
u = sympy.MatrixSymbol("u", n, 1)
I_d, I_n = sympy.Identity(d), sympy.Identity(n)
M = X.T * X + 2 * n * lam * I_d
SMALL = ((2, 1), (1, 2))  # n and d where inverses are written out
K = X * X.T + 2 * n * lam * I_n


def objective(at: Any) -> Any:
    """The ridge objective, a 1 by 1 matrix."""
    return ((X * at - t).T * (X * at - t)) / (2 * n) + lam * (at.T * at)


def primal() -> Any:
    """The closed form by the d by d matrix."""
    return M.inv() * X.T * t


def dual() -> Any:
    """The closed form by the n by n matrix."""
    return X.T * K.inv() * t


def hessian() -> Any:
    """The Hessian of the objective, the same everywhere."""
    return X.T * X / n + 2 * lam * I_d


def claim() -> Claim:
    """The closed form, that it is the minimum and the only one, its dual, and what the printed answer does."""
    c = Claim(
        "1.2.2", "The minimum of |Xw - t|^2 / 2n + lam |w|^2 is at w = (X^T X + 2 n lam I)^-1 X^T t, and only there."
    )
    gradient = _stationary(c)
    _minimum(c, gradient)
    _dual(c)
    _printed(c)
    return c


def _stationary(c: Claim) -> Any:
    gradient = c.derivative("The gradient of the objective", objective(w), w, X.T * (X * w - t) / n + 2 * lam * w)
    gradient = c.equal("which is linear in w", gradient, (M * w - X.T * t) / n)
    c.positive(
        "The matrix M = X^T X + 2 n lam I of this equation is positive definite, so it has an inverse",
        v.T * M * v, (X * v).T * (X * v) + 2 * n * lam * (v.T * v), unless_zero=v,
    )  # fmt: skip
    c.equal("At M^-1 X^T t what M takes w to is X^T t, so that the gradient is 0", MatMul(M, primal()), X.T * t)
    return gradient


def _minimum(c: Claim, gradient: Any) -> None:
    c.derivative("The Hessian H, as the gradient of v^T gradient", v.T * gradient, w, hessian() * v)
    squares = (X * v).T * (X * v) / n + 2 * lam * (v.T * v)
    c.positive(
        "v^T H v is a sum of squares, and positive for v other than 0", v.T * hessian() * v, squares, unless_zero=v
    )
    rise = objective(w + v) - objective(w) - v.T * gradient
    c.positive(
        "A step v away from w raises the objective, beyond v^T gradient, by half of it: where the gradient is 0, "
        "every other place is worse, so that there is one minimum",
        rise, (X * v).T * (X * v) / (2 * n) + lam * (v.T * v), unless_zero=v,
    )  # fmt: skip


def _dual(c: Claim) -> None:
    c.equal("X^T pushes through from K = X X^T + 2 n lam I to M", M * X.T, X.T * K)
    c.positive(
        "K is positive definite, so it has an inverse",
        u.T * K * u, (X.T * u).T * (X.T * u) + 2 * n * lam * (u.T * u), unless_zero=u,
    )  # fmt: skip
    c.equal("So X^T K^-1 t satisfies the equation of the closed form", MatMul(X.T, K, K.inv(), t), X.T * t, sizes=SMALL)
    c.equal("and is the same solution", primal(), dual(), sizes=SMALL)
    c.export("w_ridge", primal())
    c.export("w_ridge_dual", dual())


def _printed(c: Claim) -> None:
    quadratic = (w.T * X.T * X * w - 2 * t.T * X * w + t.T * t) / (2 * n) + lam * (w.T * w)
    N = X.T * X + n * lam * I_d  # noqa: N806 - a matrix
    merged = (w.T * N * w) / (2 * n) - (t.T * X * w) / n + (t.T * t) / (2 * n)
    answer = N.inv() * X.T * t
    c.answered(
        "w = (X^T X + n lam I)^-1 X^T t",
        ("The objective is multiplied out", objective(w), quadratic),
        (
            "lam w^T w is taken into the quadratic form, whose factor is 1/2n: it has to become 2 n lam",
            quadratic,
            merged,
        ),
        Step("The gradient of that form", merged, (N * w - X.T * t) / n, by=w),
        ("The answer solves the equation of that form", MatMul(N, answer), X.T * t),
        ("n times the gradient of the objective is 0 at the answer", M * answer - X.T * t, sympy.ZeroMatrix(d, 1)),
        ("The answer", primal(), answer),
    )

"""1.2.1: the toy data set's optima are a line, one contour touches it, and ridge picks one point, which tends to it."""

from __future__ import annotations

from typing import Any

import sympy

from spec.claims import ridge
from spec.claims.claim import Claim, column
from spec.claims.explicit import kept, number_of, put_in

lam = ridge.lam
half = sympy.Rational(1, 2)
X = sympy.ImmutableMatrix([[1, 1], [-1, -1]])
t = sympy.ImmutableMatrix([1, -1])


def claim() -> Claim:
    """The line, the contour, the ridge solution and its limit, and that it is the only one."""
    c = Claim(
        "1.2.1",
        "The optima are the line w_1 + w_2 = 1; the contour w^T w = 1/2 touches it at (1/2, 1/2) alone; ridge has one "
        "solution for every lam > 0, (1, 1) / (2 (1 + lam)), which tends to that point as lam tends to 0.",
    )
    _line(c)
    _contour(c)
    _ridge(c)
    return c


def _put_in(e: Any, w: Any = None, v: Any = None) -> Any:
    """A formula of 1.2.2 with this data set put in."""
    matrices = {"X": X, "t": t} | ({} if w is None else {"w": w}) | ({} if v is None else {"v": v})
    return number_of(put_in(e, matrices, n=2, d=2))


def _line(c: Claim) -> None:
    w = column("w", 2)
    plain = _put_in(ridge.objective(ridge.w), w).subs(lam, 0)
    c.equal(
        "The objective without a penalty is half of a square, and 0 just on w_1 + w_2 = 1",
        plain,
        (w[0] + w[1] - 1) ** 2 / 2,
    )
    for i in range(2):
        line = c.derivative(f"Its slope in w_{i + 1} is 0 just there too", plain, w[i], w[0] + w[1] - 1)
    c.export("line", line)
    h = sympy.Symbol("h", real=True)
    moved = kept(plain, {w[0]: w[0] + h, w[1]: w[1] - h})
    c.equal(
        "and moving along the line's direction (1, -1) changes nothing: one optimum is as good as another",
        moved,
        plain,
    )


def _contour(c: Claim) -> None:
    s, h = sympy.symbols("s h", real=True)
    on_line = sympy.Matrix([s, 1 - s])
    length = (on_line.T * on_line)[0, 0]
    slope = c.derivative("w^T w along the line has the slope", length, s, 4 * s - 2)
    touching = c.solution("which is 0 at s = 1/2, and being linear nowhere else", slope, s, half)
    point, contour = (kept(e, {s: touching}) for e in (on_line.as_immutable(), length))
    c.equal("That is the point", point, sympy.Matrix([half, half]), form="point")
    c.equal("and w^T w there", contour, half, form="contour")
    says = "Elsewhere on the line w^T w is larger by a square: the contour meets the line in that point alone"
    c.equal(says, length - half, 2 * (s - half) ** 2)
    c.equal("A contour w^T w = 1/2 + 2 h^2 meets it twice, h to either side", length.subs(s, half + h), half + 2 * h**2)


def _ridge(c: Claim) -> None:
    w, v = column("w", 2), column("v", 2)
    solution = c.equal(
        "The closed form of 1.2.2, with X and t put in", _put_in(ridge.primal()),
        sympy.Matrix([1, 1]) / (2 * (1 + lam)), form="ridge",
    )  # fmt: skip
    c.limit("Its limit as lam tends to 0", solution, lam, 0, sympy.Matrix([half, half]))
    c.positive("It is short of 1/2", half - solution[0], lam / (2 * (1 + lam)))
    c.positive("by less than lam / 2", lam / 2 - (half - solution[0]), lam**2 / (2 * (1 + lam)))
    c.positive("v^T H v is positive unless v = 0, so that the solution is the only one",
               _put_in(ridge.v.T * ridge.hessian() * ridge.v, None, v),
               (v[0] + v[1]) ** 2 + 2 * lam * (v[0] ** 2 + v[1] ** 2), unless_zero=v)  # fmt: skip
    rise = _put_in(ridge.objective(ridge.w), w) - _put_in(ridge.objective(ridge.w), solution)
    away = w - solution
    c.positive("The objective at w is above that of the solution by half of it, v = w - solution", rise,
               (away[0] + away[1]) ** 2 / 2 + lam * (away[0] ** 2 + away[1] ** 2), unless_zero=away)  # fmt: skip

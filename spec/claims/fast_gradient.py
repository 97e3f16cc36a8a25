"""1.1.2: the output under FGM is w^T x - epsilon w^T w; the printed answer has a y that the question has not."""

from __future__ import annotations

from typing import Any

import sympy

from spec.claims.claim import Claim, Step
from spec.claims.prove import SIZES
from spec.formula.array import dot
from spec.formula.domain import Values

d = SIZES["d"]
x, w = sympy.MatrixSymbol("x", d, 1), sympy.MatrixSymbol("w", d, 1)
epsilon = sympy.Symbol("epsilon", positive=True)


def output() -> Any:
    """The output under FGM, a 1 by 1 matrix."""
    return w.T * x - epsilon * (w.T * w)


def claim() -> Claim:
    """The gradient, the attacked input put in, and the printed answer."""
    c = Claim("1.1.2", "The output under FGM is f(x') = w^T x - epsilon w^T w.")
    gradient = c.derivative("The gradient of f in x", w.T * x, x, w)
    attacked = x - epsilon * gradient
    c.equal("f at x' = x - epsilon gradient, multiplied out", w.T * attacked, output(), form="output")
    c.derivative("It falls at the rate |w|^2 as epsilon grows", output(), epsilon, -w.T * w)
    _printed(c)
    return c


def _printed(c: Claim) -> None:
    y = sympy.Symbol("y", real=True)
    printed = x - epsilon * y * w
    c.answered(
        "f(x') = w^T x - epsilon y |w|^2, with y = -1 where w^T x > 0",
        Step("The gradient of f in x is w", w.T * x, w, by=x),
        ("x' = x - epsilon y w: the question's x' has no y, and where the logit is positive y = -1 turns the attack round",
         x - epsilon * w, printed),
        ("f at that x'", w.T * printed, w.T * x - epsilon * y * (w.T * w)),
        ("The answer", output(), w.T * x - epsilon * y * (w.T * w)),
        where=_opposite_label,
    )  # fmt: skip


def _opposite_label(values: Values) -> bool:
    """The label y is the opposite of the class that the output shows, as the answer has it."""
    return "y" not in values or (values["y"].numbers[0] == -1 and dot(values["w"], values["x"]).numbers[0] > 0)

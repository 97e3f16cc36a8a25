"""1.2.4: under FGSM the epsilon that fools the model is |x|, whatever the penalty."""

from __future__ import annotations

import sympy
from sympy import Abs, sign

from spec.claims.claim import Claim
from spec.claims.explicit import kept
from spec.claims.weight_decay import epsilon, lam, n, product, squares, weight
from spec.formula import number
from spec.formula.domain import Values

x, w = sympy.symbols("x w", real=True)
a, b = sympy.symbols("a b", positive=True)
BOTH_SIGNS = [{w: a, x: b}, {w: -a, x: -b}]  # w x > 0


def claim() -> Claim:
    """Epsilon under FGSM, and that the penalty has no part in it."""
    c = Claim(
        "1.2.4",
        "In one dimension FGSM makes the output 0 at epsilon = |x|, whatever lam: weight decay does not make the model "
        "more robust under FGSM.",
        letters={"S": "sum x_i^2", "p": "sum x_i t_i"},
    )
    c.derivative("The gradient of f in x is w, of which FGSM takes the sign", w * x, x, w)
    output = w * (x - epsilon * sign(w))
    c.equal("Where w x > 0 the output is 0 at epsilon = |x| and nowhere else",
            output, Abs(w) * (Abs(x) - epsilon), where=_positive_logit, cases=BOTH_SIGNS)  # fmt: skip
    c.solution("There it is 0", output, epsilon, Abs(x), where=_positive_logit, cases=BOTH_SIGNS, form="epsilon")
    fooling = w * x / Abs(w)
    c.equal("It may be written with w", Abs(x), fooling, where=_positive_logit, cases=BOTH_SIGNS)
    solution = weight()
    falls = 4 * n * product**2 / (squares + 2 * n * lam) ** 3
    c.derivative("w(lam) shrinks: minus its square grows, at the rate", -(solution**2), lam, falls, positive=True)
    c.equal("With w(lam) put in, lam drops out", kept(fooling, {w: solution}), x * product / Abs(product))
    c.derivative("so that the derivative in lam is 0", fooling.subs(w, solution), lam, sympy.Integer(0))
    return c


def _positive_logit(values: Values) -> bool:
    """The logit w x is positive."""
    return number.multiply(values["x"].numbers[0], values["w"].numbers[0]) > 0

"""1.1.1: the max norms of both perturbations, when they agree, and what sgn guarantees; the printed condition is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Abs, Max, Rational, sign

from spec.claims.claim import Claim, Step, column, sign_cases
from spec.claims.explicit import SIZES, kept
from spec.formula.domain import Values
from spec.formula.tree import Node, symbol

epsilon = sympy.Symbol("epsilon", positive=True)
largest = sympy.Symbol("m", nonnegative=True)
UP_TO = 4
half = Rational(1, 2)


def claim() -> Claim:
    """Both norms, the condition, the bound, witnesses against the printed condition."""
    c = Claim(
        "1.1.1",
        "For w other than 0, the max norm of epsilon sgn(w) is epsilon and that of epsilon w is epsilon max |w_i|; "
        "they agree just where max |w_i| = 1 (or w = 0), and sgn bounds the first by epsilon whatever the gradient.",
    )
    x, w = sympy.MatrixSymbol("x", SIZES["d"], 1), sympy.MatrixSymbol("w", SIZES["d"], 1)
    c.derivative("The gradient of f in x is w", w.T * x, x, w)
    _norms(c)
    _agreement(c)
    _witnesses(c)
    _printed(c)
    return c


def delta_1(w: Sequence[Any]) -> Any:
    """The max norm of epsilon sgn(w), in components."""
    return Max(*[Abs(epsilon * sign(entry)) for entry in w])


def delta_2(w: Sequence[Any]) -> Any:
    """The max norm of epsilon w, in components."""
    return Max(*[Abs(epsilon * entry) for entry in w])


def not_zero(values: Values) -> bool:
    """Some entry of w is not 0."""
    return any(a.numbers[0] != 0 for name, a in values.items() if name.startswith("w_"))


def _norms(c: Claim) -> None:
    for d in range(1, UP_TO + 1):
        w = column("w", d)
        says = f"The max norm of epsilon sgn(w) for d = {d} and w other than 0, whichever entries are positive, 0 or negative"
        c.equal(says, delta_1(w), epsilon, where=not_zero, cases=sign_cases(w))
    c.export("delta_1_norm", epsilon)
    for d in range(1, UP_TO + 1):
        w = column("w", d)
        c.equal(f"epsilon comes out of the max norm of epsilon w, d = {d}", delta_2(w), epsilon * Max(*map(Abs, w)))
    entry = Node("index", (symbol("w"), symbol("i")))
    form = Node("times", (symbol("epsilon"), Node("max", (Node("abs", (entry,)),), "i")))
    written = [_in_components(form, d) for d in range(1, UP_TO + 1)]
    for d in range(1, UP_TO + 1):
        says = f"The same as a formula for every d, with d = {d} components put in"
        c.equal(says, written[d - 1], delta_2(column("w", d)))
    c.export("delta_2_norm", form, like=written)


def _in_components(node: Node, d: int) -> Any:
    """The formula of this claim, back as sympy's expression in w_1 ... w_d."""
    if node.op == "times":
        return sympy.Mul(*[_in_components(arg, d) for arg in node.args])
    if node.op == "max":
        return Max(*[_in_components(node.args[0], i) for i in range(1, d + 1)])
    if node.op == "abs":
        return Abs(_in_components(node.args[0], d))
    if node.op == "index":
        return column(str(node.args[0].value), d)[d - 1]
    return {"epsilon": epsilon}[str(node.value)]


def _agreement(c: Claim) -> None:
    c.equal(
        "The norms differ by epsilon (m - 1), m = max |w_i|: as epsilon is not 0, they agree just where m = 1",
        (epsilon * largest - epsilon) / epsilon, largest - 1,
    )  # fmt: skip
    scale, w = sympy.Symbol("c", positive=True), column("w", 2)
    nowhere = kept(sympy.Matrix([delta_1(w), delta_2(w)]), dict.fromkeys(w, sympy.S.Zero))
    c.equal("At w = 0 both are 0", nowhere, sympy.Matrix([0, 0]))
    larger = kept(delta_1(w), {entry: scale * entry for entry in w})
    c.equal(
        "A gradient c times as large leaves the first norm alone",
        larger,
        delta_1(w),
        where=not_zero,
        cases=sign_cases(w),
    )
    c.equal("and makes the second c times as large", delta_2(scale * w), scale * delta_2(w))
    w = w[0]
    says = "No entry is above the bound epsilon: it stays below by 0, or by epsilon where w_i = 0"
    c.equal(says, epsilon - Abs(epsilon * sign(w)), epsilon * (1 - sign(w) ** 2), cases=[*sign_cases([w]), {w: 0}])


def _witnesses(c: Claim) -> None:
    def both(*entries: Any) -> Any:
        w = column("w", len(entries))
        norms = [sign(w[0] * w[1]), delta_1(w), delta_2(w)]
        return kept(sympy.Matrix(norms), dict(zip(w, entries, strict=True)))

    tenth, says = Rational(1, 10), "the sign of w_1 w_2, and both norms"
    for entries, means, stated in (
        ((2, 3), "all entries have one sign, and the norms differ", (1, epsilon, 3 * epsilon)),
        ((tenth, -1), "the signs are mixed, and the norms agree", (-1, epsilon, epsilon)),
        ((tenth, -half), "the signs are mixed, and the first norm is the larger one", (-1, epsilon, epsilon / 2)),
    ):
        shown = ", ".join(map(str, entries))
        c.equal(f"w = ({shown}): {means}; {says}", both(*entries), sympy.Matrix(stated))


def _printed(c: Claim) -> None:
    w = column("w", 2)
    c.answered(
        "The norms agree when all entries have one sign; otherwise the first is strictly less",
        Step("The first norm is epsilon", delta_1(w), epsilon, where=not_zero, cases=sign_cases(w)),
        ("The second norm is epsilon max |w_i|", delta_2(w), epsilon * Max(*map(Abs, w))),
        Step("All entries have one sign, so the norms agree", delta_2(w), delta_1(w), where=_one_sign),
        Step(
            "The signs are mixed, so the first norm is strictly less: the sign of the difference is 1",
            sign(delta_2(w) - delta_1(w)), sympy.Integer(1), where=_mixed,
        ),
    )  # fmt: skip


def _signs(values: Values) -> set[bool]:
    entries = [values[name].numbers[0] for name in ("w_1", "w_2")]
    return {entry > 0 for entry in entries} if 0 not in entries else set()


def _one_sign(values: Values) -> bool:
    return len(_signs(values)) == 1


def _mixed(values: Values) -> bool:
    return len(_signs(values)) == 2

"""Formulas: the PDF and the page have the same symbols in the same order, and what would be lost is an error."""

from __future__ import annotations

import pytest

from harness.report.proof import sides
from spec import claims
from spec.claims.prove import Checked
from writeup.paper import mathematics
from writeup.paper.mathematics import COMMANDS, FormulaError, check, in_mathml, in_typst, symbols, widths

MORE = {
    "frac": r"\frac{a + b}{c}", "sqrt": r"\sqrt{x + 1}", "sum": r"\sum_{i=1}^{n} x_{i}", "left": r"\left(x\right)^{2}",
    "right": r"\left[x\right]", "begin": r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", "end": r"\begin{cases} 1 & x \\ 2 & y \end{cases}",
    "\\": r"\begin{matrix} a \\ b \end{matrix}", "text": r"a \quad \text{at} \quad b", "operatorname": r"\operatorname{sign}^{2}(x)",
    "overset": r"a \overset{?}{=} b", "lim": r"\lim_{\lambda \to 0} x", "|": r"\|w\|_{2}", "{": r"\{1, 2\}", "}": r"\{a\}",
    "mathbb": r"\mathbb{E}[x]", "mathbf": r"\mathbf{w}", "boldsymbol": r"\boldsymbol{w}", "mathcal": r"\mathcal{L}(x)",
    "mathrm": r"B_{\mathrm{crit}}", "hat": r"\hat{w}", "tilde": r"\tilde{x}", ",": r"a\,b", ";": r"a\;b", ":": r"a\:b", "!": r"a\!b",
    "%": r"50\,\%",
}  # fmt: skip
OTHERS = (
    r"\left|{\frac{p}{S + 2 \lambda n}}\right| = \left|{p}\right|", r"\left\|\frac{a}{b}\right\|", r"| w_i | + \epsilon | x |^{2}",
    r"f(x'; w) = w^{\top} x'", "^{2}", "_i x", "a * b^*", r"N \sim C^{.73}", r"w_{1} < 2 > 1", "a/b c", "-1.5", r"\log_{10} N",
    r"\max\left(\epsilon \left|{w_{1}}\right|, \epsilon \left|{w_{2}}\right|\right)", r"\left[\begin{matrix}\frac{1}{2}\\-1\end{matrix}\right]",
)  # fmt: skip


def proved() -> list[str]:
    """Both sides of every step of every claim, of the printed answers as well."""
    found = []
    for question in claims.ids():
        claim = claims.derive(question)
        for step in (*claim.steps, *(step for printed in claim.printed for step in printed.steps)):
            left, relation, right = sides(Checked(step, "", 0, None))
            found += [left, f"{relation} {right}"]
    return found


def test_every_formula_of_the_claims_has_the_same_symbols_in_both() -> None:
    formulas = proved()
    assert len(formulas) > 500
    check(formulas)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_that_is_known_comes_out_the_same_in_both(command: str) -> None:
    formula = MORE.get(command, rf"a \{command} x")
    assert f"\\{command}" in formula
    check([formula])


def test_what_sympy_does_not_write_but_people_do_comes_out_the_same_in_both() -> None:
    check(OTHERS)


@pytest.mark.parametrize(
    ("formula", "names"),
    [(r"\foo{x}", "foo"), (r"\frac{1}{", "convert"), (r"\begin{array} x \end{array}", "array"), (r"\text{a $ b}", "words"),
     (r"\left( x", "convert"), ("| x", "bar"), ("#x", "code")],
    ids=["unknown", "cut-off", "environment", "words", "one-bracket", "one-bar", "code"],
)  # fmt: skip
def test_what_cannot_be_shown_is_an_error_that_names_the_formula(formula: str, names: str) -> None:
    with pytest.raises(FormulaError, match=names) as raised:
        check([formula])
    assert repr(formula) in str(raised.value)


def test_a_conversion_that_loses_something_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mathematics, "in_mathml", lambda latex: in_mathml(latex.replace("+", "-")))
    with pytest.raises(FormulaError, match=r"'\+b' in the PDF and '\u2212b' on the page, from symbol 1"):
        check(["a", "a + b"])


def test_letters_keep_their_shapes() -> None:
    assert "bold(w)" in in_typst(r"\mathbf{w}")
    assert "\N{MATHEMATICAL BOLD SMALL W}" in in_mathml(r"\mathbf{w}").replace("&#x1D430;", "\U0001d430")
    assert symbols("<mi>\N{MATHEMATICAL BOLD SMALL W}</mi><mo>&#x2212;</mo>") == "w\N{MINUS SIGN}"


def test_widths_grow_with_what_is_in_a_formula() -> None:
    wide = widths(["a", "a + b", r"\frac{a + b + c}{d}"])
    assert 0.3 < wide["a"] < wide["a + b"] < wide[r"\frac{a + b + c}{d}"] < 5


def test_limits_stand_below_what_they_are_limits_of() -> None:
    assert "<munderover><mo" in in_mathml(r"\sum_{i=1}^{n} x_{i}^{2}", display=True)
    assert "<munder><mo" in in_mathml(r"\lim_{\lambda \to 0} x_{1}")
    assert "<msubsup><mi>x" in in_mathml(r"\sum x_{i}^{2}")

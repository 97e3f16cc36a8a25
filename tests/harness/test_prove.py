"""`specimen prove` says what it derived, where the printed answers go wrong, and tells the outcome by its exit code."""

from __future__ import annotations

import pytest
import sympy
from typer.testing import CliRunner, Result

from harness.cli import app
from spec import claims
from spec.claims.claim import Claim


def prove(*argv: str) -> Result:
    return CliRunner().invoke(app, ["prove", *argv])


def test_a_claim_that_holds_is_0_and_shows_where_the_printed_answer_fails() -> None:
    result = prove("1.1.2")
    assert result.exit_code == 0
    shown = " ".join(result.output.split())
    assert "proved, 3 of 3 steps" in shown
    assert "d/dx [w^T x] = w" in shown
    assert "goes wrong at step 2 of 4" in shown
    assert "at epsilon = 1, w = 1, x = 1, y = -1 the left side is 0, the right side 2" in shown


def test_what_is_assumed_and_what_letters_mean_is_printed() -> None:
    shown = " ".join(prove("1.2.4").output.split())
    assert "S: sum x_i^2; p: sum x_i t_i" in shown
    assert "assumed positive: epsilon, lam; not negative: S; real and not 0: p; real: w, x" in shown
    assert "where the logit w x is positive" in shown
    assert "with independent E[noise] = 0, E[noise^2] = sigma^2" in " ".join(prove("2.1.1").output.split())


def test_a_claim_that_fails_is_1_with_the_step_and_its_counterexample(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = Claim("1.1.2", "Twice is once.")
    x = sympy.Symbol("x", real=True)
    claim.equal("The double", 2 * x, x)
    monkeypatch.setattr(claims, "derive", lambda _: claim)
    result = prove("1.1.2")
    assert result.exit_code == 1
    assert "2 x ≠ x" in result.output
    assert "at x = 1 the left side is 2, the right side 1" in result.output
    assert "not proved, 0 of 1 steps" in result.output


def test_what_is_merely_not_shown_is_not_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = Claim("1.1.2", "Of two numbers one is larger.")
    x, y = sympy.symbols("x y", real=True)
    claim.equal("The sum", sympy.Max(x, y) + sympy.Min(x, y), x + y)
    claim.equal("Twice", x + x, 2 * x)
    monkeypatch.setattr(claims, "derive", lambda _: claim)
    latex = prove("1.1.2", "--latex").output
    assert r"\neq" not in latex
    assert r"\overset{?}{=}" in latex
    output = prove("1.1.2").output
    assert "sympy does not show it" in output
    assert "worked out by sympy" in output


def test_a_square_is_positive_in_latex_only_unless_its_column_is_0() -> None:
    assert r"> 0 \quad (v \neq 0)" in prove("1.2.2", "--latex").output


def test_an_unknown_claim_is_2_and_says_which_there_are() -> None:
    result = prove("9.9")
    assert result.exit_code == 2
    assert "There is no claim 9.9; there are 1.1.1, 1.1.2," in result.stderr


def test_a_part_of_a_question_is_proved_with_it() -> None:
    assert prove("2.1.2a").output.splitlines()[0].startswith("2.1.2 ")


def test_latex_is_an_environment_with_sentences() -> None:
    result = prove("1.2.1", "--latex")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines.count(r"\begin{align*}") == lines.count(r"\end{align*}") == 1
    assert r"\intertext{Its limit as lam tends to 0.}" in lines
    assert r"\lambda" in result.output
    assert result.output.count("{") == result.output.count("}")
    assert not any("^" in line for line in lines if line.startswith(r"\intertext"))

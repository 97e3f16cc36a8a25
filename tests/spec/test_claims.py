"""Every claim is proved, no coefficient of it can be another one, and the printed answers fail where they go wrong."""

from __future__ import annotations

import random
import time
import types
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy

from spec import claims
from spec.claims import points
from spec.claims.claim import Claim, Step
from spec.claims.explicit import SIZES
from spec.claims.prove import POINTS, Checked, Proof, borne_out, check, prove
from spec.claims.signs import plainly_positive
from spec.formula.tree import Node
from tests.spec.claim_mutants import MUTANTS, Mutant

MOST_CHANGES = 24  # of a step, spread evenly over its right side: columns of gradients have many alike
TIMES_S: dict[str, float] = {}
FOLDER = Path(claims.__file__).parent
SKIPPED = (sympy.MatrixSymbol, sympy.Identity, sympy.matrices.expressions.special.ZeroMatrix)
a, b, c = sympy.symbols("a b c", real=True)
w, X = sympy.MatrixSymbol("w", SIZES["d"], 1), sympy.MatrixSymbol("X", SIZES["n"], SIZES["d"])


@cache
def proof_of(question: str) -> Proof:
    started = time.process_time()
    proof = prove(claims.derive(question))
    TIMES_S[question] = time.process_time() - started
    return proof


def dice() -> random.Random:
    return random.Random(0)


def caught(step: Step) -> bool:
    points, refuted = borne_out(step, dice())
    return refuted is not None or points < POINTS


def with_one_numeral_changed(e: Any) -> Iterator[Any]:
    """An expression as often as it has numerals, each time with another one larger by 1."""
    if isinstance(e, sympy.Rational):
        yield e + 1
    elif isinstance(e, sympy.MatrixBase):
        for i, entry in enumerate(e):
            for changed in with_one_numeral_changed(entry):
                yield e.func(*e.shape, [*list(e)[:i], changed, *list(e)[i + 1 :]])
    elif not isinstance(e, SKIPPED):
        for i, arg in enumerate(e.args):
            if not (isinstance(e, sympy.Inverse) and i == 1):
                for changed in with_one_numeral_changed(arg):
                    yield e.func(*e.args[:i], changed, *e.args[i + 1 :])


def with_a_coefficient_changed(right: Any) -> Iterator[Any]:
    """Besides those, numerals that are not written: a factor 1 that becomes 2, a term 0 that becomes 1."""
    right = sympy.sympify(right)
    yield from with_one_numeral_changed(right)
    if isinstance(right, sympy.matrices.expressions.special.ZeroMatrix):
        return
    if right != right * 0:
        yield right * 2
    if not getattr(right, "is_Matrix", False):
        yield right + 1


@pytest.mark.xdist_group("proofs")
@pytest.mark.parametrize("question", claims.ids())
def test_a_claim_is_proved(question: str) -> None:
    proof = proof_of(question)
    assert [checked.step.says for checked in proof.steps if not checked.holds] == []
    assert proof.holds
    assert proof.claim.question == question


@pytest.mark.parametrize("question", claims.ids())
def test_no_coefficient_of_a_step_can_be_changed(question: str) -> None:
    for step in claims.derive(question).steps:
        changes = list(with_a_coefficient_changed(step.right))
        for changed in changes[:: len(changes) // MOST_CHANGES + 1]:
            other = replace(step, right=changed)
            assert caught(other) or sympy.simplify(changed - step.right) == 0, (step.says, changed)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.file}: {m.new}"[:60])
def test_a_mutant_of_a_claim_does_not_prove(mutant: Mutant) -> None:
    source = (FOLDER / f"{mutant.file}.py").read_text()
    assert source.count(mutant.old) == 1, "the text is not there once"
    module = types.ModuleType(f"spec.claims.{mutant.file}_mutant")
    exec(compile(source.replace(mutant.old, mutant.new), mutant.file, "exec"), module.__dict__)  # noqa: S102 - ours
    try:
        steps = module.claim().steps
    except ValueError as error:
        assert str(error).endswith(("plainly positive", "no side of a step"))  # noqa: PT017
        return
    assert any(caught(step) for step in steps) or not prove(module.claim()).holds


def test_there_are_25_mutants_at_least() -> None:
    assert len(set(MUTANTS)) == len(MUTANTS) >= 25


PRINTED = {
    "1.1.1": [(3, {"epsilon": 1, "w_1": 1, "w_2": 2}, 2, 1)],
    "1.1.2": [(2, {"epsilon": 1, "x": 1, "w": 1, "y": -1}, 0, 2)],
    "1.2.2": [(2, {"X": 1, "t": 1, "w": 1, "lam": 1, "n": 1}, 1, Fraction(1, 2))],
    "1.2.3": [(2, {"lam": 1, "w": 1}, 0, 2), (2, {"lam": 1, "h": 1, "w": 1, "x": 1}, -1, 1)],
}
ANSWERS = {
    "1.1.1": [({"epsilon": 1, "w_1": 1, "w_2": -1}, 0, 1)],
    "1.1.2": [({"epsilon": 1, "x": 1, "w": 1, "y": -1}, 0, 2)],
    "1.2.2": [({"X": 1, "t": 1, "lam": 1, "n": 1}, Fraction(1, 3), Fraction(1, 2))],
    "1.2.3": [({"lam": 1, "w": 1, "x": 1}, 1, Fraction(1, 3)), ({"lam": 1, "h": 1, "S": 1, "p": 1, "x": 1}, 1, -1)],
}


def assert_fails_at(checked: Checked, values: dict[str, int], left: Any, right: Any) -> None:
    assert checked.refuted is not None
    found = {name: a.numbers for name, a in checked.refuted.values.items()}
    assert {name: (value,) for name, value in values.items()}.items() <= found.items()
    assert checked.refuted.left is not None
    assert checked.refuted.right is not None
    assert ((left,), (right,)) == (checked.refuted.left.numbers, checked.refuted.right.numbers)


@pytest.mark.parametrize("question", PRINTED)
def test_a_printed_answer_goes_wrong_where_it_does_at_the_smallest_numbers(question: str) -> None:
    printed = proof_of(question).printed
    assert len(printed) == len(PRINTED[question])
    for (_, steps), (number, *counterexample), at_last in zip(
        printed, PRINTED[question], ANSWERS[question], strict=True
    ):
        assert all(checked.holds for checked in steps[: number - 1])
        assert_fails_at(steps[number - 1], *counterexample)
        assert_fails_at(steps[-1], *at_last)


def test_only_those_answers_are_refuted_that_the_handout_gets_wrong() -> None:
    wrong = {q for q in claims.ids() for _, steps in proof_of(q).printed if not all(checked.holds for checked in steps)}
    assert wrong == set(PRINTED)


def test_hardly_any_step_is_left_to_sympy_alone() -> None:
    """10 steps are the same tree on both sides by the time that they are entered.

    A maximum of one number, twice (1.1.1); sums that sympy puts in one order: attention's gradients in v, its permutations,
    each twice, and an angle; and what is put in so that nothing is left to show: S (1.2.3), a mean square (2.1.1), Emin / Smin.
    """
    same = [step.says for q in claims.ids() for step in proof_of(q).claim.steps if step.is_same]
    assert len(same) <= 10


def test_what_is_no_side_of_a_step_cannot_be_exported() -> None:
    claim = Claim("0", "")
    claim.equal("Twice", a + a, 2 * a)
    claim.export("twice", 2 * a)
    for name, form in (("four_times", 4 * a), ("twice", 2 * a)):
        with pytest.raises(ValueError, match=r"side of a step|exported twice"):
            claim.export(name, form)
    with pytest.raises(TypeError):
        claim.forms["four_times"] = 4 * a  # type: ignore[index]


def test_a_derivative_is_held_to_difference_quotients(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = lambda *_: ([2 * a], [2 * a])  # noqa: E731 - sympy goes wrong, and the claim follows it
    monkeypatch.setattr(points, "explicit_derivative", wrong)
    assert not caught(Step("right", a**2, 2 * a, by=a))
    refuted = borne_out(Step("sympy's slip", a**3, 2 * a, by=a), dice())[1]
    assert refuted is not None


def test_limits_and_roots_are_put_in() -> None:
    positive = sympy.Symbol("q", positive=True)
    at_infinity = positive / (positive + 1)
    assert not caught(Step("1", at_infinity, sympy.Integer(1), by=positive, towards=sympy.oo))
    assert caught(Step("not 2", at_infinity, sympy.Integer(2), by=positive, towards=sympy.oo))
    assert not caught(Step("b", a - b, b, by=a, root=True))
    assert caught(Step("not 2 b", a - b, 2 * b, by=a, root=True))
    with pytest.raises(ValueError, match="no limit towards"):
        Claim("0", "").limit("somewhere", a, a, 1, sympy.Integer(1))


def test_closed_forms_are_exported() -> None:
    forms = {question: set(proof_of(question).claim.forms) for question in claims.ids()}
    assert forms["1.1.1"] >= {"delta_1_norm", "delta_2_norm"}
    assert forms["1.1.2"] >= {"output"}
    assert forms["1.2.1"] >= {"line", "point", "contour", "ridge"}
    assert forms["1.2.2"] >= {"w_ridge", "w_ridge_dual"}
    assert forms["1.2.3"] >= {"epsilon", "w_ridge"}
    assert forms["1.2.4"] >= {"epsilon"}
    assert isinstance(proof_of("1.1.1").claim.forms["delta_2_norm"], Node)


def test_sympy_alone_does_not_show_a_step() -> None:
    zero = sympy.ZeroMatrix(SIZES["d"], 1)
    for squares in (w.T * w, sympy.Trace(w.T * w), (w.T * w)[0, 0]):  # of the last sympy says that it is 0
        assert not check(Step("the gradient of w^T w is 0", squares, zero, by=w), dice()).holds
    assert check(Step("it is 2 w", w.T * w, 2 * w, by=w), dice()).holds


def test_numbers_alone_do_not_show_a_step() -> None:
    checked = check(Step("sympy does not see this", sympy.Max(a, b) + sympy.Min(a, b), a + b), dice())
    assert (checked.refuted, checked.points, checked.how, checked.holds) == (None, POINTS, "", False)


def test_a_step_without_any_value_does_not_hold() -> None:
    nowhere = sympy.sqrt(-1 - a**2)
    checked = check(Step("neither side is a number", nowhere, nowhere), dice())
    assert (checked.refuted, checked.points, checked.holds) == (None, 0, False)


def test_a_side_that_loses_a_value_is_refuted() -> None:
    checked = check(Step("a / a", a**2 / a, a), dice())
    assert checked.holds  # sympy has cancelled it already
    with sympy.evaluate(False):
        quotient = a * a / a
    refuted = check(Step("a / a", quotient, a), dice()).refuted
    assert refuted is not None
    assert refuted.left is None


@pytest.mark.parametrize("e", [a, a * b, a**2, sympy.Integer(0), 1 - a**2, a**2 + b, 1 / a, a**3])
def test_what_is_not_plainly_positive_is_refused(e: Any) -> None:
    assert not plainly_positive(e)
    with pytest.raises(ValueError, match="plainly positive"):
        Claim("0", "").positive("not so", e, e)


def test_a_form_is_plainly_positive_only_where_it_is_one_and_its_column_is_not_0() -> None:
    assert plainly_positive(2 * (w.T * w), unless_zero=w)
    assert plainly_positive((X * w).T * (X * w) + w.T * w, unless_zero=w)
    for e in (w.T * w, (X * w).T * (X * w), -(w.T * w), w.T * w - (X * w).T * (X * w), a * (w.T * w)):
        assert not plainly_positive(e, unless_zero=None if e == w.T * w else w)


@pytest.mark.xdist_group("proofs")  # with the test that has proved them
def test_all_claims_take_20_s_at_most() -> None:
    for question in claims.ids():
        proof_of(question)
    assert sum(TIMES_S.values()) < 19  # the rest is for importing sympy

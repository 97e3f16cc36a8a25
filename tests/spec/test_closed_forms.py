"""One source, two uses: what answers and oracles use is what the claims derive."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from spec import closed_forms, noisy_quadratic
from spec.answer import QUESTIONS
from spec.claims import export
from spec.forms import form, function, own
from spec.formula.show import show
from spec.written.options import CHOICES
from spec.written.questions import ASKED

ROOT = Path(__file__).parents[2]
SAME = 1e-12


def test_the_committed_closed_forms_are_those_that_the_claims_give() -> None:
    """If this fails, the claims have changed: run `python -m spec.claims.export`, and look at the difference."""
    assert (ROOT / "spec" / "closed_forms.py").read_text() == export.module()


def test_the_export_writes_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "TARGET", tmp_path / "closed_forms.py")
    export.main()
    assert [path.name for path in tmp_path.iterdir()] == ["closed_forms.py"]
    assert (tmp_path / "closed_forms.py").read_text() == (ROOT / "spec" / "closed_forms.py").read_text()


@pytest.mark.parametrize("question", closed_forms.FORMS)
def test_a_closed_form_reads_back_as_it_was_written(question: str) -> None:
    for name, text in closed_forms.FORMS[question].items():
        assert show(form(question, name)) == text


def test_every_answer_is_held_to_a_closed_form_and_to_nothing_typed_in() -> None:
    exported = {text for forms in closed_forms.FORMS.values() for text in forms.values()}
    for asked in ASKED.values():
        for part in asked.parts:
            for side in part.truth.split(" = "):
                assert side in exported | {"0", "w", "w^T*w"}, (asked.question, part.name)
    assert {q for q in QUESTIONS if q not in ASKED} <= closed_forms.CHOICES.keys()


def test_every_choice_has_a_right_option_and_a_reason_against_each_other_one() -> None:
    for question, choice in CHOICES.items():
        right, against = closed_forms.CHOICES[question]
        assert choice.right == right
        assert right not in against
        assert all(any(sign.isdigit() for sign in why) for why in against.values())


def test_the_noisy_quadratic_model_is_the_derived_one() -> None:
    rng = np.random.default_rng(5)
    h, c, start = rng.uniform(0.1, 1, (3, 50))
    eta, batch, t = 0.3, 7.0, np.arange(50.0)
    derived = function("2.1.1", "expected_loss")(h=h, c=c, eta=eta, B=batch, L0=start, t=t)
    assert np.abs(noisy_quadratic.expected_loss(h, c, eta, batch, start, t) - derived).max() < SAME
    steady = function("2.1.1", "steady_loss")(eta=eta, sigma=np.sqrt(c), B=batch, a=h)
    assert np.abs(noisy_quadratic.steady_loss(h, c, eta, batch) - steady).max() < SAME


def test_a_form_in_matrices_is_no_function_of_numbers() -> None:
    with pytest.raises(TypeError, match="entry by entry"):
        function("1.2.2", "w_ridge")
    with pytest.raises(KeyError):
        form("1.2.2", "w_lasso")


def test_what_reads_answers_imports_no_sympy_and_runs_no_text() -> None:
    files = [*(ROOT / "spec").glob("*.py"), *(ROOT / "spec").glob("[fw]*/*.py"), ROOT / "harness" / "answers.py"]
    for path in files:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            module = {str(node.module)} if isinstance(node, ast.ImportFrom) else set()
            assert not {name.partition(".")[0] for name in names | module} & {"sympy", "subprocess", "pickle", "ast"}, (
                path
            )
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__", "sympify"}, path


def test_own_formulas_are_not_ambiguous() -> None:
    assert show(own("w^T*x - epsilon*w^T*w")) == "w^T*x - epsilon*w^T*w"

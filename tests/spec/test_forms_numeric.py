"""The closed forms of section 1, as answers are held to them, against minimisation, bisection and NumPy."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spec.closed_forms import FORMS
from spec.forms import form
from spec.formula.array import Array
from spec.formula.domain import at
from spec.formula.value import value

OFF = 1e-7  # relative, of what floating point finds
STEP = 1e-3  # of a central difference; what is differenced is a parabola at most, so a wide one is no worse
HALVINGS = 60
LARGEST = 4
TOY_X, TOY_T = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([1.0, -1.0])
exactly = settings(
    max_examples=50, derandomize=True, deadline=None, phases=[Phase.generate], report_multiple_bugs=False
)
sizes = st.integers(1, LARGEST)
seeds = st.integers(0, 2**16)
eighths = st.integers(1, 40).map(lambda k: k / 8)  # a float without rounding


def at_numbers(question: str, name: str, **numbers: Any) -> Any:
    """A closed form at some numbers, worked out exactly and rounded once."""
    plain = {symbol: np.asarray(x, float) for symbol, x in numbers.items()}
    exact = {symbol: Array(x.shape, tuple(map(Fraction, x.flat))) for symbol, x in plain.items()}
    found = value(form(question, name), at(exact))
    return np.array([float(x) for x in found.numbers]).reshape(found.shape).squeeze()


def near(expected: Any, actual: Any) -> bool:
    return expected.shape == actual.shape and bool((abs(expected - actual) <= OFF * (1 + abs(expected).max())).all())


def drawn(rng: np.random.Generator, *shape: int) -> Any:
    """Eighths, of which some are zero; never all of them."""
    x = rng.integers(-16, 17, shape) / 8
    return x if x.any() else np.ones(shape)


def minimum(X: Any, t: Any, lam: float) -> Any:  # noqa: N803
    """The minimum of the ridge objective, as least squares with a row more for each weight."""
    n, d = X.shape
    rows, targets = np.vstack([X / np.sqrt(2 * n), np.sqrt(lam) * np.eye(d)]), np.r_[t / np.sqrt(2 * n), np.zeros(d)]
    return np.linalg.lstsq(rows, targets, rcond=None)[0]


def gradient(function: Callable[[Any], float], w: Any) -> Any:
    steps = STEP * np.eye(len(w))
    return np.array([(function(w + step) - function(w - step)) / (2 * STEP) for step in steps])


def root(function: Callable[[float], float]) -> Any:
    """Where a function that falls from a positive value at 0 is zero, by bisection."""
    low, high = 0.0, 1.0
    while function(high) > 0:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return np.asarray((low + high) / 2)


def in_one_dimension(seed: int, n: int) -> tuple[float, Any, Any]:
    """An input and data with one feature, such that the logit is positive."""
    rng = np.random.default_rng(seed)
    X, t = abs(drawn(rng, n, 1)) + 1 / 8, abs(drawn(rng, n)) + 1 / 8  # noqa: N806
    signs = rng.choice([-1, 1], 2)
    return float(signs.prod() * rng.integers(1, 40) / 8), X * signs[0], t * signs[1]


@exactly
@given(seed=seeds, d=sizes, epsilon=eighths)
def test_the_norms_of_both_attacks_are_those_that_numpy_takes(seed: int, d: int, epsilon: float) -> None:
    w = drawn(np.random.default_rng(seed), d)
    for name, attack in (("delta_1_norm", epsilon * np.sign(w)), ("delta_2_norm", epsilon * w)):
        assert near(np.linalg.norm(attack, np.inf), at_numbers("1.1.1", name, w=w, epsilon=epsilon))


@exactly
@given(seed=seeds, d=sizes, epsilon=eighths)
def test_the_output_is_that_of_an_input_moved_against_the_gradient(seed: int, d: int, epsilon: float) -> None:
    rng = np.random.default_rng(seed)
    w, x = drawn(rng, d), drawn(rng, d)
    output = at_numbers("1.1.2", "output", w=w, x=x, epsilon=epsilon)
    assert near(w @ (x - epsilon * w), output)
    assert near(w @ (x - epsilon * gradient(lambda moved: w @ moved, x)), output)


@exactly
@given(seed=seeds, far=eighths)
def test_the_line_is_where_the_loss_of_the_toy_data_is_least(seed: int, far: float) -> None:
    w = drawn(np.random.default_rng(seed), 2)
    foot = w + np.linalg.pinv(TOY_X) @ (TOY_T - TOY_X @ w)
    assert near(TOY_T, TOY_X @ foot)
    assert abs(at_numbers("1.2.1", "line", w=foot)) <= OFF
    for off in (foot + far, foot - far):
        assert abs(at_numbers("1.2.1", "line", w=off)) > OFF


@exactly
@given(lam=eighths)
def test_point_contour_and_ridge_are_numpys_on_the_toy_data(lam: float) -> None:
    shortest = np.linalg.pinv(TOY_X) @ TOY_T
    assert near(shortest, at_numbers("1.2.1", "point"))
    assert near(shortest @ shortest, at_numbers("1.2.1", "contour"))
    assert near(minimum(TOY_X, TOY_T, lam), at_numbers("1.2.1", "ridge", lam=lam))


@pytest.mark.parametrize("name", ["w_ridge", "w_ridge_dual"])
@exactly
@given(seed=seeds, n=sizes, d=sizes, lam=eighths)
def test_no_weights_do_better_than_the_ridge_solution(name: str, seed: int, n: int, d: int, lam: float) -> None:
    rng = np.random.default_rng(seed)
    X, t = drawn(rng, n, d), drawn(rng, n)  # noqa: N806

    def objective(w: Any) -> float:
        return float(((X @ w - t) ** 2).sum() / (2 * n) + lam * w @ w)

    w = at_numbers("1.2.2", name, X=X, t=t, lam=lam, n=n, d=d).reshape(d)
    assert near(minimum(X, t, lam), w)
    assert near(np.zeros(d), gradient(objective, w))
    for size in (STEP, 1.0):
        assert objective(w + size * rng.standard_normal(d)) > objective(w)


@exactly
@given(seed=seeds, n=sizes, lam=eighths)
def test_epsilon_is_the_root_that_bisection_finds(seed: int, n: int, lam: float) -> None:
    x, X, t = in_one_dimension(seed, n)  # noqa: N806
    (w,) = minimum(X, t, lam)
    numbers = {"x": x, "X": X, "t": t, "lam": lam, "n": n, "d": 1}
    assert near(np.asarray(w), at_numbers("1.2.3", "w_ridge", **numbers))
    assert near(root(lambda epsilon: w * (x - epsilon * w)), at_numbers("1.2.3", "epsilon", **numbers))
    assert near(root(lambda epsilon: w * (x - epsilon * np.sign(w))), at_numbers("1.2.4", "epsilon", **numbers))


MUTANTS = [
    ("1.1.1", "delta_1_norm", "2*epsilon", test_the_norms_of_both_attacks_are_those_that_numpy_takes),
    ("1.1.1", "delta_2_norm", "epsilon*max_i(w_i)", test_the_norms_of_both_attacks_are_those_that_numpy_takes),
    ("1.1.2", "output", "-2*epsilon*w^T*w + w^T*x", test_the_output_is_that_of_an_input_moved_against_the_gradient),
    ("1.2.1", "line", "w_1 + w_2 - 2", test_the_line_is_where_the_loss_of_the_toy_data_is_least),
    ("1.2.1", "line", "0", test_the_line_is_where_the_loss_of_the_toy_data_is_least),
    ("1.2.1", "point", "(1/2, 1/3)", test_point_contour_and_ridge_are_numpys_on_the_toy_data),
    ("1.2.1", "contour", "1/4", test_point_contour_and_ridge_are_numpys_on_the_toy_data),
    ("1.2.1", "ridge", "(1/(lam + 2), 1/(lam + 2))", test_point_contour_and_ridge_are_numpys_on_the_toy_data),
    ("1.2.2", "w_ridge", "inv(lam*n*eye(d) + X^T*X)*X^T*t", test_no_weights_do_better_than_the_ridge_solution),
    ("1.2.2", "w_ridge_dual", "X^T*inv(2*lam*eye(n) + X*X^T)*t", test_no_weights_do_better_than_the_ridge_solution),
    ("1.2.3", "w_ridge", "X^T*t*inv(lam*n*eye(1) + X^T*X)", test_epsilon_is_the_root_that_bisection_finds),
    ("1.2.3", "epsilon", "x*(lam*n*eye(1) + X^T*X)*inv(X^T*t)", test_epsilon_is_the_root_that_bisection_finds),
    ("1.2.4", "epsilon", "x", test_epsilon_is_the_root_that_bisection_finds),
]


@pytest.mark.parametrize(("question", "name", "text", "test"), MUTANTS)
def test_a_form_that_is_changed_is_found(
    question: str, name: str, text: str, test: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMS[question], name, text)
    with pytest.raises(AssertionError):
        test(**({"name": name} if question == "1.2.2" else {}))


def test_every_form_of_section_1_is_changed_once() -> None:
    forms = {(question, name) for question in FORMS if question < "2" for name in FORMS[question]}
    assert {(question, name) for question, name, *_ in MUTANTS} == forms

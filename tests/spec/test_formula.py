"""The arithmetic of formulas against NumPy's and against numbers known to hundreds of digits; the grammar's corners."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.formula import array as arrays
from spec.formula import number as numbers
from spec.formula.array import Array, matrix, vector
from spec.formula.domain import Symbol, at, small_values
from spec.formula.number import CONTEXT, TooLarge, Undefined
from spec.formula.read import read, read_one
from spec.formula.scan import MAX_LENGTH
from spec.formula.tokens import MAX_NESTED
from spec.formula.tree import Unread
from spec.formula.value import NoValue, Point, same, value

NAMES = ("w", "x", "X", "t", "n", "d", "lam", "epsilon", "a", "B", "f", "x'")
CLOSE = 1e-9
DIGITS = 200


def numbers_of(a: Array) -> np.ndarray:
    return np.array([float(x) for x in a.numbers]).reshape(a.shape)


def drawn(seed: int) -> tuple[Point, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    n, d = [(2, 3), (3, 2), (4, 3)][seed % 3]
    whole = {"X": rng.integers(-5, 6, (n, d)), "t": rng.integers(-5, 6, n), "w": rng.integers(-5, 6, d)}
    whole |= {"x": rng.integers(-5, 6, d), "lam": rng.integers(1, 6), "epsilon": rng.integers(1, 6), "n": np.array(n)}
    whole["d"] = np.array(d)
    exact = {k: Array(v.shape, tuple(Fraction(int(x)) for x in v.flat)) for k, v in whole.items()}
    return at(exact), {k: v.astype(float) for k, v in whole.items()}


AS_NUMPY = {
    "inv(X.T @ X + 2*n*lam*eye(d)) @ X.T @ t": lambda v: np.linalg.inv(v["X"].T @ v["X"] + 2 * v["n"] * v["lam"] * np.eye(int(v["d"]))) @ v["X"].T @ v["t"],
    "w @ x - epsilon*w @ w": lambda v: v["w"] @ v["x"] - v["epsilon"] * v["w"] @ v["w"],
    "sum(w*x)": lambda v: (v["w"] * v["x"]).sum(),
    "sum(w**2) + norm(w)": lambda v: (v["w"] ** 2).sum() + np.linalg.norm(v["w"]),
    "norm(w, 1) + norm(x, inf)": lambda v: np.abs(v["w"]).sum() + np.abs(v["x"]).max(),
    "max(abs(w)) - min(x)": lambda v: np.abs(v["w"]).max() - v["x"].min(),
    "t @ X": lambda v: v["t"] @ v["X"],
    "X @ w + t": lambda v: v["X"] @ v["w"] + v["t"],
    "trace(X.T @ X)": lambda v: np.trace(v["X"].T @ v["X"]),
    "exp(-lam) + log(lam) + sqrt(epsilon)": lambda v: np.exp(-v["lam"]) + np.log(v["lam"]) + np.sqrt(v["epsilon"]),
    "sgn(w) - w/2": lambda v: np.sign(v["w"]) - v["w"] / 2,
    "mean(t) + 2**-3": lambda v: v["t"].mean() + 2.0**-3,
    "X.T.dot(t) - w": lambda v: v["X"].T @ v["t"] - v["w"],
    "sum_i x_i w_i": lambda v: v["x"] @ v["w"],
    r"\sum_{i=1}^{n} t_i^2": lambda v: (v["t"] ** 2).sum(),
    r"\frac{1}{2n}\lVert X\mathbf{w} - \mathbf{t}\rVert_2^2": lambda v: ((v["X"] @ v["w"] - v["t"]) ** 2).sum() / 2 / v["n"],
    "-x^T w": lambda v: -v["x"] @ v["w"],
    "-2^2 + 2**-1": lambda v: -4 + 0.5,
    "2/4/2": lambda v: 0.25,
    "||X w - t||^2": lambda v: ((v["X"] @ v["w"] - v["t"]) ** 2).sum(),
}  # fmt: skip


@pytest.mark.parametrize("text", AS_NUMPY)
@pytest.mark.parametrize("seed", range(6))
def test_a_formula_comes_to_what_numpy_says(text: str, seed: int) -> None:
    point, plain = drawn(seed)
    found, wanted = numbers_of(value(read_one(text, NAMES), point)), np.asarray(AS_NUMPY[text](plain))
    assert found.squeeze().shape == wanted.squeeze().shape
    assert (np.abs(found.squeeze() - wanted.squeeze()) <= CLOSE * (1 + np.abs(wanted))).all()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X @ t", "has no value"),
        ("w x", "transposed"),
        ("X X", "has no value"),
        ("w + t", "cannot be added"),
        ("w + 1", "cannot be added"),
        ("inv(X)", "no inverse"),
        ("1/(lam - lam)", "division by zero"),
        ("sqrt(-lam)", "square root"),
        ("log(0)", "logarithm"),
        ("x/w", "cannot be divided"),
        ("X * t", None),
        ("sum_i (w_i t_i)", "lengths 2 and 3"),
        ("lam_1", "no components"),
        ("w_9", "no component 9"),
        ("2 @ X", "@ is for"),
    ],
)
def test_shapes_that_do_not_fit_have_no_value(text: str, why: str | None) -> None:
    point, _ = drawn(1)
    with pytest.raises(NoValue, match=why):
        value(read_one(text, NAMES), point)


@settings(max_examples=100, deadline=None)
@given(a=st.fractions(), b=st.fractions(), exponent=st.integers(-6, 6))
def test_fractions_stay_exact(a: Fraction, b: Fraction, exponent: int) -> None:
    assert numbers.add(a, b) == a + b
    assert numbers.multiply(a, b) == a * b
    if a:
        assert numbers.divide(b, a) == b / a
        assert numbers.power(a, Fraction(exponent)) == a**exponent
    assert numbers.root(a * a) == abs(a)


def test_decimals_keep_their_digits() -> None:
    """abs() and minus on a Decimal round to 28 digits; ours must not."""
    root = numbers.root(Fraction(2))
    assert isinstance(root, Decimal)
    assert len(str(numbers.magnitude(numbers.negative(root)))) > DIGITS
    gap = CONTEXT.subtract(CONTEXT.multiply(root, root), Decimal(2)).copy_abs()
    assert gap < Decimal(10) ** -DIGITS
    assert numbers.magnitude(root) == root


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(2)^2",
        "exp(log(2))",
        "sqrt(8)/sqrt(2)",
        "2^(1/2) 2^(1/2)",
        "norm((1, 1))^2",
        "(1 + sqrt(5))^2/2 - 1 - sqrt(5)",
    ],
)
def test_irrational_numbers_that_come_to_two_are_two(text: str) -> None:
    point = at({})
    assert same(value(read_one(text, NAMES), point), value(read_one("2", NAMES), point), point)


@pytest.mark.parametrize("text", ["2 + 1/2^98", "2 + sqrt(2)/10^50", "2 + 10^-60", "2 + exp(-200)"])
def test_what_is_nearly_two_is_not_two(text: str) -> None:
    point = at({})
    assert not same(value(read_one(text, NAMES), point), value(read_one("2", NAMES), point), point)


@pytest.mark.parametrize(
    "text",
    ["9^9^9", "9**9**9", "2^(10^9)", "(2^2000)^2000", "exp(exp(exp(100)))", "sqrt(2)^(10^12)", "(10^-2000)^2000"],
)
def test_towers_are_refused_before_they_are_worked_out(text: str) -> None:
    with pytest.raises((TooLarge, Unread)):
        value(read_one(text, NAMES), at({}))


@pytest.mark.parametrize("x", [Fraction(-1), Fraction(0)])
def test_what_has_no_value_says_so(x: Fraction) -> None:
    with pytest.raises(Undefined):
        numbers.power(x, Fraction(-1, 2))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=3, max_size=3))
def test_an_inverse_times_its_matrix_is_the_identity(rows: list[list[int]]) -> None:
    m = matrix(rows)
    try:
        inverse = arrays.inverse(m)
    except Undefined:
        assert abs(np.linalg.det(np.array(rows))) < CLOSE
        return
    assert arrays.multiply(inverse, m).numbers == arrays.identity(3).numbers


def test_i_takes_the_size_that_is_needed() -> None:
    point = at({"X": matrix([[1, 2], [3, 4]])})
    assert value(read_one("X + 2 I", NAMES), point).numbers == (3, 2, 3, 6)
    assert value(read_one("I X I", NAMES), point) == point.values["X"]
    assert value(read_one("(2 I)^{-1} X", NAMES), point).numbers[0] == Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        (r"\mathbf{w}^\top\mathbf{x}", "w^T x"), (r"\boldsymbol{w}^{T} x", "w^T x"), ("w' x", "w^T x"),
        (r"\frac12 a", "a/2"), (r"\frac{1}{2}a", "a/2"), (r"\frac1{2 a}", "1/(2 a)"), (r"\tfrac{a}2", "a/2"),
        (r"2\left(a+1\right)", "2 (a+1)"), ("2(a+1)", "2*(a+1)"), ("a^{2}", "a^2"), ("a**2", "a^2"), ("a²", "a^2"),
        (r"\lVert w\rVert", "norm(w)"), (r"\|w\|_2", "norm(w)"), ("||w||", "norm(w)"), ("‖w‖", "norm(w)"), ("|a|", "abs(a)"),
        (r"\operatorname{sgn}(a)", "sgn(a)"), (r"\text{sgn}(a)", "sgn(a)"), (r"\mathrm{sign}\,a", "sgn(a)"),
        ("w·x", "w^T x"), (r"w \cdot x", "w^T x"), ("a×B", "a B"), ("ε", "epsilon"), (r"\varepsilon", "epsilon"),
        (r"\lambda a", "lam a"), ("lambda*a", "lam*a"), ("λ a", "lam a"), ("aB", "a B"), ("2nlam", "2 n lam"),
        (r"$a$", "a"), (r"\[ a \]", "a"), ("a.", "a"), ("a,", "a"), ("np.sqrt(a)", "sqrt(a)"), ("torch.abs(a)", "abs(a)"),
        ("|a|B|a|", "abs(a) B abs(a)"), ("||a| - |B||", None), ("| |a| - |B| |", "abs(abs(a) - abs(B))"),
        (r"a^{-1}", "1/a"), ("a^-1", "1/a"), ("a⁻¹", "1/a"), (r"\sqrt{a}^2", "a"), (r"\exp{a}", "exp(a)"), (r"\max\{a, B\}", "max(a, B)"),
        ("w_1", "w_1"), ("w1", "w_1"), (r"w_{1}", "w_1"), ("X_{1,2}", "X_{1,2}"), ("1e-3", "1/1000"), (".5", "1/2"),
        (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", "(1, 2)"), ("[1, 2]", "(1, 2)"), ("np.array([1, 2])", "(1, 2)"),
    ],
)  # fmt: skip
def test_spellings_mean_the_same(text: str, same_as: str | None) -> None:
    if same_as is None:
        with pytest.raises(Unread):
            read_one(text, NAMES)
        return
    values = {
        "w": vector([3, -4]),
        "x": vector([1, 2]),
        "X": matrix([[1, 2], [3, 5]]),
        "a": arrays.scalar(Fraction(7, 3)),
    }
    values |= {name: arrays.scalar(k + 2) for k, name in enumerate(("B", "lam", "epsilon", "n", "d"))}
    point = at(values)
    assert same(value(read_one(text, NAMES), point), value(read_one(same_as, NAMES), point), point)


def test_a_quotient_before_an_implicit_product_is_read_both_ways() -> None:
    names = {name: name for name in NAMES}
    first, second = read("1/2n", names)
    values = {"n": arrays.scalar(3)}
    assert value(first[0], at(values)).numbers == (Fraction(3, 2),)
    assert value(second[0], at(values)).numbers == (Fraction(1, 6),)
    assert len(read("1/(2n)", names)) == len(read(r"\frac{1}{2n}", names)) == 1


@pytest.mark.parametrize(
    "text", ["(" * (MAX_NESTED + 1) + "a" + ")" * (MAX_NESTED + 1), "a" * (MAX_LENGTH + 1), "-" * 1000 + "a"]
)
def test_limits_hold(text: str) -> None:
    with pytest.raises(Unread):
        read_one(text, NAMES)


@pytest.mark.parametrize(
    ("text", "at_char"),
    [("w + ?", 4), ("(w", 0), ("w)", 1), ("w + foo(x)", 4), ("w * * x", 4), ("q x", 0), (r"\foo x", 0)],
)
def test_a_refusal_knows_the_place(text: str, at_char: int) -> None:
    with pytest.raises(Unread) as refused:
        read_one(text, NAMES)
    assert refused.value.start == at_char


def test_small_values_come_smallest_first() -> None:
    first = next(iter(small_values([Symbol("X", ("n", "d")), Symbol("lam", (), "positive"), Symbol("y", (), "label")])))
    assert {name: a.numbers for name, a in first.items()} == {"X": (1,), "lam": (1,), "y": (1,), "n": (1,), "d": (1,)}

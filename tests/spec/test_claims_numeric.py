"""The claims' closed forms are held to what can be had without them: minimisation, finite differences and simulation."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.claims import derive

STANDARD_ERRORS = 4.0
STEP = 1e-5  # of a central difference
OFF = 1e-6  # of a minimum found by search, or a difference, relative
RUNS = 20_000
LONG = 400  # steps after which nothing is left of the start, at the rates drawn below
THRICE = (0, 1, 2)
AHEAD = 0.02  # of the steps, by which a small rate's formula may differ from the model at the rate drawn below
steady = settings(max_examples=25, derandomize=True, deadline=None)
positive = st.floats(0.1, 10.0)
share = st.floats(0.05, 0.95)


@lru_cache
def compiled(question: str, form: str) -> tuple[tuple[str, ...], Callable[..., Any]]:
    expression = derived(question)[form]
    symbols = sorted(expression.free_symbols, key=str)
    return tuple(str(s) for s in symbols), sympy.lambdify(symbols, expression, "math")


@lru_cache
def derived(question: str) -> dict[str, Any]:
    return derive(question).forms


def at(question: str, form: str, **values: float) -> float:
    names, function = compiled(question, form)
    return float(function(*(values[name] for name in names)))


def minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Golden section, on a function with one minimum between the two."""
    golden = (math.sqrt(5) - 1) / 2
    while high - low > STEP * max(abs(low), abs(high)):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if function(left) < function(right) else (left, high)
    return (low + high) / 2


def slope(function: Callable[[float], float], x: float) -> float:
    return (function(x * (1 + STEP)) - function(x * (1 - STEP))) / (2 * STEP * x)


def near(expected: float, actual: float, off: float = OFF) -> bool:
    return abs(expected - actual) <= off * max(abs(expected), abs(actual))


def agrees(expected: float, losses: Any) -> bool:
    error = losses.std() / math.sqrt(len(losses))
    return bool(abs(losses.mean() - expected) <= STANDARD_ERRORS * error)


@steady
@given(a=positive, w=positive, sigma=positive, B=st.integers(1, 1000))
def test_no_rate_does_better_than_the_best_one(**values: float) -> None:
    best = at("2.1.1", "eta_star", **values)
    found = minimum(lambda eta: at("2.1.1", "one_step_loss", eta=eta, **values), 0.0, 4 / values["a"])
    assert near(best, found, math.sqrt(OFF))  # a parabola is flat where it is least
    assert (
        abs(slope(lambda eta: at("2.1.1", "one_step_loss", eta=eta, **values), best))
        <= OFF * values["a"] ** 2 * values["w"] ** 2
    )


@pytest.mark.parametrize("seed", THRICE)
def test_one_step_with_a_mean_of_noisy_gradients_costs_what_is_claimed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, w, sigma, eta, batch = *rng.uniform(0.5, 2, 4), int(rng.integers(1, 9))
    gradients = a * w + sigma * rng.standard_normal((RUNS, batch))
    losses = a / 2 * (w - eta * gradients.mean(axis=1)) ** 2
    assert agrees(at("2.1.1", "one_step_loss", a=a, w=w, sigma=sigma, eta=eta, B=batch), losses)


@pytest.mark.parametrize("seed", range(8))
def test_the_expected_loss_after_t_steps_is_that_of_a_simulation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    h, c, start = rng.uniform(0.5, 2, 3)
    eta, batch, t = rng.uniform(0.1, 1.9) / h, int(rng.integers(1, 64)), int(rng.integers(1, 20))
    theta = np.full(RUNS, start)
    for _ in range(t):
        theta = theta - eta * (h * theta + math.sqrt(c / batch) * rng.standard_normal(RUNS))
    expected = at("2.1.1", "expected_loss", h=h, c=c, B=batch, eta=eta, L0=h * start**2 / 2, t=t)
    assert agrees(expected, h / 2 * theta**2)


@pytest.mark.parametrize("seed", THRICE)
def test_steady_losses_are_those_of_long_simulations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    h, c, batch = *rng.uniform(0.5, 2, 2), int(rng.integers(1, 9))
    eta, b, g, p = rng.uniform(0.2, 1) / h, *rng.uniform(0.2, 0.8, 3)
    plain, ball, before, average, scaled = (np.zeros(RUNS) for _ in range(5))
    for _ in range(LONG):
        noise = math.sqrt(c / batch) * rng.standard_normal(RUNS)
        plain = plain - eta * (h * plain + noise)
        ball, before = ball + b * (ball - before) - eta * (h * ball + noise), ball
        average = g * average + (1 - g) * plain
        scaled = scaled - eta * h**-p * (h * scaled + noise)
    values = {"h": h, "c": c, "B": batch, "eta": eta, "b": b, "g": g, "p": p}
    assert agrees(at("2.1.1", "steady_loss", a=h, sigma=math.sqrt(c), B=batch, eta=eta), h / 2 * plain**2)
    assert agrees(at("2.1.1", "heavy_ball_steady_loss", **values), h / 2 * ball**2)
    assert agrees(at("2.1.1", "averaged_steady_loss", **values), h / 2 * average**2)
    assert agrees(at("2.1.1", "preconditioned_steady_loss", **values), h / 2 * scaled**2)


@steady
@given(Smin=positive, Bcrit=positive, B=positive)
def test_elasticity_and_knee_are_those_of_the_curve(Smin: float, Bcrit: float, B: float) -> None:  # noqa: N803
    def steps(batch: float) -> float:
        return at("2.1.2", "steps", Smin=Smin, Bcrit=Bcrit, B=batch)

    elasticity = slope(lambda batch: math.log(steps(batch)), B) * B
    assert near(at("2.1.2", "elasticity", Bcrit=Bcrit, B=B), elasticity)
    knee = minimum(lambda batch: steps(batch) * batch * steps(batch), Bcrit / 50, Bcrit * 50)
    assert near(Bcrit, knee, math.sqrt(OFF))


@steady
@given(R=st.floats(1.5, 1e6), c=positive, e=positive, h=positive, B=positive)
def test_the_best_constant_rate_is_where_log_of_r_over_1_minus_u_is_u_over_1_minus_u(**values: float) -> None:
    best = minimum(lambda u: at("2.1.2", "steps_at_constant_rate", u=u, **values), STEP, 1 - STEP)
    assert near(math.log(values["R"] / (1 - best)), best / (1 - best), math.sqrt(OFF) / (1 - best))


def test_at_small_rates_the_model_needs_the_steps_that_are_claimed() -> None:
    ratio, c, e, h, batch = 1e4, 1.0, 1e-4, 1.0, 1.0
    u = minimum(lambda x: at("2.1.2", "steps_at_constant_rate", u=x, R=ratio, c=c, e=e, h=h, B=batch), STEP, 1 - STEP)
    steps = at("2.1.2", "steps_at_constant_rate", u=u, R=ratio, c=c, e=e, h=h, B=batch)
    rate = at("2.1.2", "constant_rate", u=u, c=c, e=e, B=batch)
    for t, reached in ((steps * (1 + AHEAD), True), (steps * (1 - AHEAD), False)):
        loss = at("2.1.1", "expected_loss", h=h, c=c, B=batch, eta=rate, L0=ratio * e, t=round(t))
        assert (loss <= e) == reached


@steady
@given(kappa=st.floats(1.1, 1e4), h=positive)
def test_no_rate_shrinks_slowest_and_fastest_mode_better(kappa: float, h: float) -> None:
    rates = np.linspace(0, 2 / h, 4001)
    best = np.maximum(abs(1 - rates * h), abs(1 - rates * kappa * h)).min()
    claimed = at("2.1.2", "contraction", kappa=kappa)
    assert claimed <= best * (1 + OFF)
    assert near(claimed, max(abs(1 - 2 / (1 + kappa)), abs(1 - 2 * kappa / (1 + kappa))))


@steady
@given(A=st.floats(10, 1e4), B0=st.floats(10, 1e4), alpha=share, beta=share, C=st.floats(1e15, 1e24))
def test_hoffmanns_optimum_is_the_minimum(A: float, B0: float, alpha: float, beta: float, C: float) -> None:  # noqa: N803
    def loss(log_n: float) -> float:
        return A * math.exp(-alpha * log_n) + B0 * math.exp(beta * (log_n - math.log(C / 6)))

    def best(compute: float) -> float:
        return math.log(at("2.2", "n_star_hoffmann", A=A, B0=B0, alpha=alpha, beta=beta, C=compute))

    x = best(C)
    assert loss(x) <= min(loss(x + STEP), loss(x - STEP), loss(x + 1), loss(x - 1)) * (1 + OFF**2)
    climb = (best(C * math.e) - best(C / math.e)) / 2
    assert near(at("2.2", "exponent_n_hoffmann", alpha=alpha, beta=beta), climb)
    assert near(at("2.2", "exponent_d_hoffmann", alpha=alpha, beta=beta), 1 - climb)


@steady
@given(alpha_N=share, alpha_S=share, alpha_B=share, L=st.floats(0.5, 5))
def test_kaplans_exponents_are_those_of_the_least_compute(L: float, **exponents: float) -> None:  # noqa: N803
    of_n, of_s, of_b = (exponents[f"alpha_{name}"] for name in "NSB")

    def least(loss: float) -> tuple[float, float, float]:
        """Log of N and of compute, and the part that steps have in the loss, where Nc = Sc = B* = 1."""

        def compute(part: float) -> float:
            return -math.log(loss * (1 - part)) / of_n - math.log(loss * part) / of_s - math.log(loss) / of_b

        part = minimum(compute, STEP, 1 - STEP)
        return -math.log(loss * (1 - part)) / of_n, compute(part), part

    (n_0, compute_0, part), (n_1, compute_1, _) = least(L), least(L / 2)
    assert near(at("2.2", "steps_share", **exponents), part, math.sqrt(OFF))
    assert near(at("2.2", "exponent_n_kaplan", **exponents), (n_1 - n_0) / (compute_1 - compute_0), math.sqrt(OFF))


@steady
@given(a=positive, b=st.floats(-5, 5), c=st.floats(-5, 5))
def test_the_vertex_is_that_of_a_fitted_parabola(a: float, b: float, c: float) -> None:
    x = np.linspace(-3, 3, 7)
    fitted = np.polyfit(x, a * x**2 + b * x + c, 2)
    assert abs(at("3.3", "vertex", a=a, b=b) - at("3.3", "vertex", a=fitted[0], b=fitted[1])) <= OFF
    found = minimum(
        lambda n: a * math.log10(n) ** 2 + b * math.log10(n) + c, 10 ** (-b / (2 * a) - 1), 10 ** (-b / (2 * a) + 1)
    )
    assert near(at("3.3", "n_star", a=a, b=b), found, math.sqrt(OFF))


@steady
@given(st.lists(st.floats(1, 9), min_size=3, max_size=3), st.lists(st.floats(13, 20), min_size=3, max_size=3))
def test_the_line_is_the_one_that_numpy_fits(y: list[float], x: list[float]) -> None:
    x = [13.0, 17.0 + x[1] / 20, 20.0 + x[2] / 20]
    values = {f"{name}_{i + 1}": v for name, vs in (("x", x), ("y", y)) for i, v in enumerate(vs)}
    steep, height = np.polyfit(x, y, 1)
    line = {name: at("3.3", name, **values) for name in ("slope", "intercept")}
    assert abs(line["slope"] - steep) <= OFF
    assert abs(line["intercept"] - height) <= OFF * max(1.0, abs(height))
    assert near(math.log10(at("3.3", "n_at_compute", C=1e15, **line)), 15 * steep + height, math.sqrt(OFF))


@pytest.mark.parametrize("size", [1, 16, 256])
def test_a_scaled_dot_product_of_unit_vectors_components_has_variance_one(size: int) -> None:
    rng = np.random.default_rng(size)
    q, k = rng.standard_normal((2, RUNS, size))
    assert agrees(1.0, ((q * k).sum(axis=1) / math.sqrt(size)) ** 2)

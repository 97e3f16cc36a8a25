"""2.1.1: how the best rate of SGD on a noisy quadratic grows with the batch size, and where it stops growing."""

from __future__ import annotations

from typing import Any

import sympy

from spec.claims.claim import Claim
from spec.claims.explicit import kept as kept_as_is
from spec.claims.moments import expectation, independent
from spec.formula import number
from spec.formula.domain import Values

a, sigma, B, eta = sympy.symbols("a sigma B eta", positive=True)
h, c, b, g, p, L0, slack = sympy.symbols("h c b g p L0 slack", positive=True)
w, theta, before, average = sympy.symbols("w theta before average", real=True, nonzero=True)
noise, others, mean = sympy.symbols("noise others mean", real=True)
square = sympy.Symbol("square", positive=True)
t, m = sympy.symbols("t m", integer=True, positive=True)


def few_steps(values: Values) -> bool:
    """Whether powers with t in the exponent stay short enough to be written down."""
    return values["t"].numbers[0] <= 12


def settles(values: Values) -> bool:
    """The rate is not 2/h, at which the loss never settles."""
    return number.multiply(values["eta"].numbers[0], values["h"].numbers[0]) != 2


def small_power(values: Values) -> bool:
    """The same for p."""
    return values["p"].numbers[0] <= 4


def noise_of(variance: Any) -> dict[Any, Any]:
    """The moments of a gradient's noise."""
    return {noise: 0, noise**2: variance}


def claim() -> Claim:
    """The best rate and its dependence on the batch; the loss after t steps and in the long run; three variations."""
    statement = (
        "eta* = a w^2 / (a^2 w^2 + sigma^2/B) grows with B, in proportion while noise dominates, and saturates at 1/a."
    )
    letters = {
        "h": "the curvature of a mode", "c": "the noise variance of one sample in it", "L0": "its expected loss before",
        "b": "momentum", "g": "the share an average keeps", "p": "the power of h that divides gradients",
        "slack": "2/(h eta) - 1, positive where the loss settles",
    }  # fmt: skip
    found = Claim("2.1.1", statement, letters)
    _minibatch(found)
    _best_rate(found)
    _growth(found)
    _many_steps(found)
    _steady(found)
    _heavy_ball(found)
    _averaged(found)
    _preconditioned(found)
    return found


def _minibatch(found: Claim) -> None:
    """The variance of a mean of B noises, by induction on B."""
    one = {noise: (0, sigma**2)}
    found.expectation("The variance of one noise", noise**2, one, sigma**2)
    several = {others: (0, m * sigma**2), **one}
    found.expectation("The mean of the sum of m, if it is 0, and one more", others + noise, several, sympy.Integer(0))
    says = "and its variance, if it is m sigma^2 of m"
    found.expectation(says, (others + noise) ** 2, several, (m + 1) * sigma**2)
    found.expectation("Of the mean of B", (others / B) ** 2, {others: (0, B * sigma**2)}, sigma**2 / B)


def _best_rate(found: Claim) -> None:
    """The expected loss after one step is a parabola in the rate; its vertex."""
    moved = w - eta * (a * w + noise)
    stated = a * w**2 * (1 - eta * a) ** 2 / 2 + a * eta**2 * sigma**2 / (2 * B)
    says = "The expected loss after one step"
    after = found.expectation(says, a * moved**2 / 2, {noise: (0, sigma**2 / B)}, stated, form="one_step_loss")
    stated = -(a**2) * w**2 * (1 - eta * a) + a * eta * sigma**2 / B
    slope = found.derivative("Its slope in the rate", after, eta, stated)
    stated = a * w**2 / (a**2 * w**2 + sigma**2 / B)
    best = found.solution("The rate at which the slope is 0", slope, eta, stated, form="eta_star")
    curvature = a**3 * w**2 + a * sigma**2 / B
    found.derivative("The second derivative is positive", slope, eta, curvature, positive=True)
    found.equal(
        "Another rate does worse, by a square", after - after.subs(eta, best), curvature * (eta - best) ** 2 / 2
    )
    gain = a * w**2 / 2 - after.subs(eta, best)
    found.equal("What the best step gains", gain, a * w**2 / 2 / (1 + sigma**2 / (a**2 * w**2) / B), form="best_gain")


def _growth(found: Claim) -> None:
    """In proportion to B at first, ever more slowly, towards 1/a."""
    best = found.forms["eta_star"]
    below = B * a**2 * w**2 + sigma**2
    slope = a * w**2 * sigma**2 / below**2
    found.derivative("The best rate grows with B", best, B, slope, positive=True)
    bend = 2 * a**3 * w**4 * sigma**2 / below**3
    found.derivative("ever more slowly: minus its slope grows", -slope, B, bend, positive=True)
    found.limit("Its limit is 1/a", best, B, sympy.oo, 1 / a)
    short = found.positive("It stays below 1/a", 1 / a - best, sigma**2 / (a * below))
    rest = sigma**4 / (a**3 * w**2 * B * below)
    found.positive("by less than 1/B times a constant", sigma**2 / (a**3 * w**2 * B) - short, rest)
    line = B * found.limit("The slope of the line through 0 that it starts along", slope, B, 0, a * w**2 / sigma**2)
    found.positive("It stays below that line", line - best, B**2 * a**3 * w**4 / (sigma**2 * below))
    found.equal("by the share B / (B + noise scale)", 1 - best / line, B / (B + sigma**2 / (a**2 * w**2)))


def _many_steps(found: Claim) -> None:
    """The loss after t steps, by induction on t."""
    moved = theta - eta * (h * theta + noise)
    now = {theta: (mean, 2 * L0 / h), noise: (0, c / B)}
    keeps, adds = (1 - eta * h) ** 2, h * eta**2 * c / (2 * B)
    after = found.expectation("One step takes an expected loss L0 to", h * moved**2 / 2, now, keeps * L0 + adds)
    stated = eta * c / (2 * B * (2 - eta * h))
    steady = found.solution("The loss that a step leaves as it is", after - L0, L0, stated)
    kept = (1 - eta * h) ** (2 * t)
    expected = kept * L0 + (1 - kept) * eta * c / (2 * B * (2 - eta * h))
    found.equal("After no step", kept_as_is(expected, {t: sympy.S.Zero}), L0, where=settles)
    one_more = sympy.expand_power_exp(expected.subs(t, t + 1))
    found.equal("If it holds after t steps, one more gives", after.subs(L0, expected), one_more, where=few_steps)
    away = steady + kept * (L0 - steady)
    found.equal("The steady loss and the distance to it", expected, away, where=few_steps)
    found.export("expected_loss", expected)
    shrinks = (1 - keeps).subs(eta, 2 / (h * (1 + slack)))
    found.positive("shrinks for rates below 2/h, here 2/(h (1 + slack))", shrinks, 4 * slack / (1 + slack) ** 2)


def _steady(found: Claim) -> None:
    """The steady loss in the handout's letters, and what the batch and the rate do to it."""
    moved = theta - eta * (a * theta + noise)
    now = {theta: (0, square), noise: (0, sigma**2 / B)}
    after = (1 - eta * a) ** 2 * square + eta**2 * sigma**2 / B
    after = found.expectation("In the handout's letters, a step takes a mean square to", moved**2, now, after)
    stated = eta * sigma**2 / (a * B * (2 - eta * a))
    steady = found.solution("The mean square that it leaves as it is", after - square, square, stated)
    stated = eta * sigma**2 / (2 * B * (2 - eta * a))
    loss = found.equal("so that the steady loss is", a * steady / 2, stated, form="steady_loss")
    slope = found.derivative("Its slope in the rate", loss, eta, sigma**2 / (B * (2 - eta * a) ** 2))
    found.positive(
        "It grows with a rate below 2/a, here 2/(a (1 + slack))",
        kept_as_is(slope, {eta: 2 / (a * (1 + slack))}),
        sigma**2 * (1 + slack) ** 2 / (4 * B * slack**2),
    )
    found.derivative("and is inverse to the batch", loss, B, -loss / B)


def _heavy_ball(found: Claim) -> None:
    """With momentum, three second moments of the last two weights, at rest."""
    moved = (1 + b - eta * h) * theta - b * before - eta * noise
    x, y = sympy.symbols("x y", real=True)
    now = independent({theta**2: x, before**2: x, theta * before: y, theta: 0, before: 0}, noise_of(c / B))
    rest = [expectation(moved**2, now) - x, expectation(moved * theta, now) - y]
    solved = sympy.solve(rest, [x, y], dict=True)[0]
    stated = eta * c * (1 + b) / (2 * B * (1 - b) * (2 + 2 * b - eta * h))
    loss = found.equal(
        "Steady loss with momentum b", sympy.cancel(h * solved[x] / 2), stated, form="heavy_ball_steady_loss"
    )
    plain = eta * c / (2 * B * (2 - eta * h))
    found.equal("Without momentum it is that of SGD", kept_as_is(loss, {b: sympy.S.Zero}), plain)
    ratio = loss / plain.subs(eta, eta / (1 - b))
    found.limit("For small rates it is that of SGD at the rate eta / (1 - b)", ratio, eta, 0, sympy.Integer(1))


def _averaged(found: Claim) -> None:
    """An exponential moving average of the weights: three second moments, at rest."""
    moved = (1 - eta * h) * theta - eta * noise
    mixed = g * average + (1 - g) * moved
    x, y, z = sympy.symbols("x y z", real=True)
    now = independent({theta**2: x, average**2: z, theta * average: y, theta: 0, average: 0}, noise_of(c / B))
    rest = [expectation(u, now) - v for u, v in ((moved**2, x), (mixed * moved, y), (mixed**2, z))]
    solved = sympy.solve(rest, [x, y, z], dict=True)[0]
    kept = 1 - eta * h
    gain = (1 - g) / (1 + g) * (1 + g * kept) / (1 - g * kept)
    found.equal("Averaging multiplies the steady loss by", sympy.cancel(solved[z] / solved[x]), gain)
    stated = eta * c / (2 * B * (2 - eta * h)) * gain
    found.equal("Steady loss of an average", sympy.cancel(h * solved[z] / 2), stated, form="averaged_steady_loss")
    smaller = found.equal("which is less than 1 by", 1 - gain, 2 * g * eta * h / ((1 + g) * (1 - g * kept)))
    within = smaller.subs({g: 1 / (1 + p), eta: 1 / (h * (1 + slack))})
    found.positive(
        "positive for g = 1/(1 + p), eta = 1/(h (1 + slack))", within, 2 * (1 + p) / ((2 + p) * (p + slack * p + 1))
    )


def _preconditioned(found: Claim) -> None:
    """Gradients multiplied by h^-p."""
    moved = theta - eta * h**-p * (h * theta + noise)
    now = {theta: (0, square), noise: (0, c / B)}
    after = (1 - eta * h ** (1 - p)) ** 2 * square + eta**2 * h ** (-2 * p) * c / B
    says = "Preconditioned, a step takes a mean square to"
    after = found.expectation(says, moved**2, now, after, where=small_power)
    stated = eta * c * h ** (-1 - p) / (B * (2 - eta * h ** (1 - p)))
    says = "The mean square that it leaves as it is"
    steady = found.solution(says, after - square, square, stated, where=small_power)
    stated = eta * c * h**-p / (2 * B * (2 - eta * h ** (1 - p)))
    says = "Steady loss preconditioned"
    loss = found.equal(says, h * steady / 2, stated, where=small_power, form="preconditioned_steady_loss")
    keeps = found.derivative("A step keeps", moved, theta, 1 - eta * h ** (1 - p), where=small_power)
    rate = eta * h**-p
    plain = (1 - eta * h).subs(eta, rate)
    found.equal("To one mode it is a change of rate: it keeps what SGD keeps", keeps, plain, where=small_power)
    plain = (eta * c / (2 * B * (2 - eta * h))).subs(eta, rate)
    found.equal("and ends where SGD ends at that rate", loss, plain, where=small_power)

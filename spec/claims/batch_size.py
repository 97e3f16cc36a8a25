"""2.1.2: steps against batch size. A scales perfectly, B is saturated, C is the knee; which remedy helps each.

The hyperbola S = Smin (1 + Bcrit/B) is that of McCandlish et al. 2018: the best step of the noisy quadratic, with the
noise scale taken as one number for the whole of training. It holds for each step, and for all of them on average.
"""

from __future__ import annotations

from typing import Any

import sympy

from spec import noisy_quadratic as numbers
from spec.claims import noisy_quadratic as model
from spec.claims.claim import Claim
from spec.claims.explicit import kept
from spec.formula.domain import Values

B, Bcrit, Smin, apart = sympy.symbols("B Bcrit Smin apart", positive=True)
R, c, e, h, u, x, y, z, p = sympy.symbols("R c e h u x y z p", positive=True)
rate, off, log_r, kappa = sympy.symbols("rate off log_R kappa", positive=True)

ODDS = {u: z / (1 + z)}  # u in (0, 1)


def small_power(values: Values) -> bool:
    """Whether powers with p in the exponent stay short enough to be written down."""
    return values["p"].numbers[0] <= 4


def claim() -> Claim:
    """The hyperbola of steps and examples, what doubling the batch saves along it, and what helps where."""
    statement = "Doubling the batch halves the steps at A (noise) and saves none at B (curvature); C, the knee, is most efficient."
    letters = {
        "Smin": "the fewest steps", "Bcrit": "the noise scale sigma^2/(a w)^2, taken as one number for all of training",
        "apart": "how far A and B lie from the critical batch", "e": "the target loss", "R": "the loss at the start, over it",
        "u": "the share of the target that is noise", "z": "u/(1 - u)", "kappa": "the largest curvature over the smallest",
        "off": "a change of rate", "p": "the power of the curvature that divides gradients",
    }  # fmt: skip
    found = Claim("2.1.2", statement, letters, _in_numbers())
    _modes(found)
    _hyperbola(found)
    _doubling(found)
    _knee(found)
    _more_samples(found)
    _small_rate(found)
    _one_optimum(found)
    _how_small(found)
    _conditioning(found)
    _preconditioning(found)
    return found


def _in_numbers() -> list[str]:
    """What the model of 10^4 modes says, whose noise scale changes as it trains: how far off the derivation's is."""
    at, limits = numbers.points(), numbers.limits()

    def left(name: str, batch: float, preconditioner: float) -> float:
        return numbers.steps_to_target(at[name].batch * batch, preconditioner=preconditioner).steps / at[name].steps

    shares = {(name, p): left(name, 1 if p else 2, p) for name in "AB" for p in (0.0, 0.5)}
    return [
        f"in the model of 10^4 modes, where the noise scale changes as training goes on, the critical batch takes "
        f"{at['C'].steps / limits.min_steps:.2f} times the fewest steps; the hyperbola says 2",
        f"there doubling the batch leaves {shares['A', 0.0]:.2f} of the steps at A and {shares['B', 0.0]:.2f} at B; "
        f"preconditioning by the root of the curvature leaves {shares['A', 0.5]:.2f} at A and {shares['B', 0.5]:.3f} at B: it "
        "helps at A as well, but there parallel samples help almost as much as they can, and at B they hardly help",
    ]


def _modes(found: Claim) -> None:
    """The full model: modes do not mix, so that its expected loss is a sum of 2.1.1's. The numbers below are of 10^4."""
    total, after = sympy.S.Zero, sympy.S.Zero
    chances: dict[Any, Any] = {}
    for i in (1, 2):
        h_i, c_i, loss = sympy.symbols(f"h_{i} c_{i} L_{i}", positive=True)
        theta, noise, mean = sympy.symbols(f"theta_{i} noise_{i} mean_{i}", real=True)
        total += h_i * (theta - rate * (h_i * theta + noise)) ** 2 / 2
        after += (1 - rate * h_i) ** 2 * loss + rate**2 * c_i * h_i / (2 * B)
        chances |= {theta: (mean, 2 * loss / h_i), noise: (0, c_i / B)}
    says = "The full model is a sum over modes, each as in 2.1.1: of two, one step leaves"
    found.expectation(says, total, chances, after)


def _hyperbola(found: Claim) -> None:
    """From the best step of 2.1.1 to McCandlish's relation."""
    a, w, sigma, eta, noise = model.a, model.w, model.sigma, model.eta, model.noise
    loss = a * (w - eta * (a * w + noise)) ** 2 / 2
    after = a * w**2 * (1 - eta * a) ** 2 / 2 + a * eta**2 * sigma**2 / (2 * B)
    after = found.expectation("The expected loss after one step", loss, {noise: (0, sigma**2 / B)}, after)
    slope = -(a**2) * w**2 * (1 - eta * a) + a * eta * sigma**2 / B
    found.derivative("Its slope in the rate", after, eta, slope)
    best_rate = found.solution("is 0 at", slope, eta, a * w**2 / (a**2 * w**2 + sigma**2 / B))
    best = after.subs(eta, best_rate)
    scale = sigma**2 / (a**2 * w**2)
    stated = found.equal(
        "The best step's gain without noise, over that with it", a * w**2 / 2 / (a * w**2 / 2 - best), 1 + scale / B
    )
    swapped = Smin * kept(stated, {sigma: a * w * sympy.sqrt(Bcrit)})
    steps = found.equal(
        "Steps, where Smin would do without noise, and Bcrit is the noise scale",
        swapped,
        Smin * (1 + Bcrit / B),
        form="steps",
    )
    examples = found.equal("Examples", B * steps, Smin * (B + Bcrit), form="examples")
    found.limit("Steps never fall below Smin", steps, B, sympy.oo, Smin)
    found.positive("but stay above it by", steps - Smin, Smin * Bcrit / B)
    fewest = found.limit("Examples never fall below Emin", examples, B, 0, Smin * Bcrit, form="fewest_examples")
    found.positive("but stay above it by", examples - fewest, Smin * B)
    found.equal("The hyperbola", (steps / Smin - 1) * (examples / fewest - 1), sympy.Integer(1))
    found.equal("The critical batch is Emin / Smin", fewest / Smin, Bcrit)


def _doubling(found: Claim) -> None:
    """What a larger batch saves at A = Bcrit / apart and at B = apart Bcrit."""
    steps = found.forms["steps"]
    elasticity = -Bcrit / (B + Bcrit)
    slope = found.derivative("The slope of steps in the batch", steps, B, -Smin * Bcrit / B**2)
    found.equal("Their elasticity", slope * B / steps, elasticity, form="elasticity")
    doubled = steps.subs(B, 2 * B) / steps
    found.equal("Steps left when the batch is doubled", doubled, sympy.Rational(1, 2) + B / (2 * (B + Bcrit)))
    at_a, at_b = {B: Bcrit / apart}, {B: apart * Bcrit}
    half = doubled.subs(at_a, simultaneous=True) - sympy.Rational(1, 2)
    found.positive("At A a half, but for", half, 1 / (2 * (1 + apart)))
    found.positive("At B all, but for", 1 - doubled.subs(at_b, simultaneous=True), 1 / (2 * (1 + apart)))
    noise = kept(model.sigma**2 / B / (model.a * model.w) ** 2, {model.sigma: model.a * model.w * sympy.sqrt(Bcrit)})
    found.equal("The noise's variance over the gradient's square at A", kept(noise, at_a), apart)
    found.equal("and at B", kept(noise, at_b), 1 / apart)


def _knee(found: Claim) -> None:
    """C is where the curve bends most in logarithms, and where steps times examples is least."""
    steps, examples = found.forms["steps"], found.forms["examples"]
    fewest = found.forms["fewest_examples"]
    found.equal("At C, B = Bcrit, twice the fewest steps", kept(steps, {B: Bcrit}), 2 * Smin)
    found.equal("and twice the fewest examples", kept(examples, {B: Bcrit}), 2 * fewest)
    found.equal(
        "Steps times examples is least at C, by a square",
        steps * examples - 4 * Smin * fewest,
        Smin**2 * (B - Bcrit) ** 2 / B,
    )
    says = "The slope of the elasticity, of which B times is the bend of log steps in log B,"
    bend = B * found.derivative(says, found.forms["elasticity"], B, Bcrit / (B + Bcrit) ** 2)
    most = sympy.Rational(1, 4)
    found.equal("is greatest at C, by a square", most - bend, (B - Bcrit) ** 2 / (4 * (B + Bcrit) ** 2))


def _more_samples(found: Claim) -> None:
    """More samples a step: almost all steps can be saved at A, almost none at B, however many samples."""
    steps = found.forms["steps"]
    saved = found.equal("Share of the steps that any larger batch can save", 1 - Smin / steps, Bcrit / (B + Bcrit))
    found.positive("At A all, but for", 1 - saved.subs(B, Bcrit / apart), 1 / (1 + apart))
    found.positive("At B none, but for", saved.subs(B, apart * Bcrit), 1 / (1 + apart))


def _small_rate(found: Claim) -> None:
    """A, in one mode, with one rate throughout that is small against 1/h: steps to the target e from R e."""
    left = sympy.Symbol("left", positive=True)
    noise = rate * c / (4 * B)
    says = "At the rate 4 B e u / c noise is u of the target"
    of_noise = found.solution(says, noise - u * e, rate, 4 * B * e * u / c, form="constant_rate")
    reached = R * e * left + u * e * (1 - left) - e
    exact = found.solution("The share of R e left at the target", reached, left, (1 - u) / (R - u))
    found.equal("Over (1 - u)/R, which it is for large R", exact * R / (1 - u), 1 + u / (R - u))
    t = sympy.Symbol("t", positive=True)
    steps = c / (8 * B * e * h) * sympy.log(R / (1 - u)) / u
    decay = sympy.exp(-2 * of_noise * h * t) - (1 - u) / R
    says = "Steps t with exp(-2 rate h t) = (1 - u)/R, at that rate"
    found.solution(says, decay, t, steps, put=ODDS, simpler=in_odds, form="steps_at_constant_rate")
    found.derivative("For one u they are inverse to the batch", steps, B, -steps / B, put=ODDS, simpler=in_odds)
    found.derivative("and the rate is in proportion to it", of_noise, B, of_noise / B)


def _one_optimum(found: Claim) -> None:
    """The u that needs the fewest steps: where log(R/(1-u)) = u/(1-u), once in (0, 1)."""
    gap = u / (1 - u) - sympy.log(R / (1 - u))
    steps = found.forms["steps_at_constant_rate"]
    stated = c / (8 * B * e * h * u**2) * gap
    found.derivative("The slope of steps in u, with u = z/(1 + z)", steps, u, stated, put=ODDS, simpler=in_odds)
    gap = found.equal("has the sign of", in_odds(gap), z - sympy.log(R * (1 + z)))
    found.derivative("which only grows", gap, z, z / (1 + z), positive=True)
    at_0 = found.equal("from -log R", kept(gap, {z: sympy.S.Zero}), -sympy.log(R))
    found.positive(
        "which is below 0 for an R above 1, here exp(log_R): minus it", -kept(at_0, {R: sympy.exp(log_r)}), log_r
    )
    above = kept(gap, {R: sympy.exp(log_r), z: 2 * log_r + 1})
    stated = 1 + log_r - sympy.log(2 + 2 * log_r)
    above = found.equal("to, at z = 2 log R + 1,", above, stated, simpler=sympy.expand_log)
    found.derivative("which grows with R", above, log_r, log_r / (1 + log_r), positive=True)
    found.positive("from above 0", kept(above, {log_r: sympy.S.Zero}), sympy.log(sympy.E / 2))


def _how_small(found: Claim) -> None:
    """What a small rate leaves out: with s = rate h in (0, 1), -s/(1-s) <= log(1-s) <= -s."""
    s = sympy.Symbol("s", positive=True)
    upper, lower = -s - sympy.log(1 - s), sympy.log(1 - s) + s / (1 - s)
    at = {s: 1 / (1 + y)}
    for says, rest, slope, written in (
        ("-s - log(1-s)", upper, s / (1 - s), 1 / y),
        ("log(1-s) + s/(1-s)", lower, s / (1 - s) ** 2, (1 + y) / y**2),
    ):
        found.equal(f"{says} is 0 at 0", kept(rest, {s: sympy.S.Zero}), sympy.Integer(0))
        found.derivative(f"The slope of {says}", rest, s, slope, put=at)
        found.positive("It is positive, here at s = 1/(1 + y)", kept(slope, at), written)
    steady = rate * c / (2 * B * (2 - rate * h))
    found.equal(
        "The steady loss less its small part", steady - rate * c / (4 * B), rate**2 * c * h / (4 * B * (2 - rate * h))
    )


def _conditioning(found: Claim) -> None:
    """B, in modes from h to kappa h: what one rate can do, whatever the batch."""
    theta, mean = model.theta, model.mean
    moved = theta - rate * (h * theta + model.noise)
    now = {theta: (mean, model.square), model.noise: (0, c / B)}
    found.expectation("The mean of a mode shrinks by a factor without B", moved, now, (1 - rate * h) * mean)
    says = "Noise only adds to the mean's square"
    found.expectation(says, (moved - (1 - rate * h) * theta) ** 2, now, rate**2 * c / B, positive=True)
    slow, fast = 1 - rate * h, rate * kappa * h - 1
    best = found.solution("Slowest and fastest mode shrink alike at", slow - fast, rate, 2 / (h * (1 + kappa)))
    factor = found.equal("by", kept(slow, {rate: best}), (kappa - 1) / (kappa + 1), form="contraction")
    found.positive("A lower rate is worse for the slowest", slow.subs(rate, best - off) - factor, off * h)
    found.positive("a higher one for the fastest", fast.subs(rate, best + off) - factor, off * kappa * h)
    _steps_without_noise(found)


def _steps_without_noise(found: Claim) -> None:
    """B's floor: how many steps the slowest mode takes, in kappa = 1 + x; y is the logarithm of 1/factor."""
    t = sympy.Symbol("t", positive=True)
    shrinks = sympy.log((x + 2) / x)
    factor = kept(found.forms["contraction"], {kappa: 1 + x})
    found.equal("1/factor, with kappa = 1 + x", 1 / factor, (x + 2) / x)
    says = "Steps until its square has fallen by R = exp(log_R), where each takes 2y off its logarithm"
    steps = found.solution(says, log_r - 2 * t * y, t, log_r / (2 * y))
    found.derivative("They fall as y grows: minus them", -steps, y, log_r / (2 * y**2), positive=True)
    says = "and y falls as kappa grows: minus it"
    found.derivative(says, -shrinks, x, 2 / (x * (x + 2)), positive=True)


def _preconditioning(found: Claim) -> None:
    """Gradients multiplied by h^-p: h becomes h^(1-p), kappa becomes kappa^(1-p), which falls, and B's floor with it."""
    factor = found.forms["contraction"]
    found.derivative("The factor grows with kappa", factor, kappa, 2 / (kappa + 1) ** 2, positive=True)
    ratio = (kappa * h) ** (1 - p) / h ** (1 - p)
    after = found.equal(
        "The condition number after", ratio, kappa ** (1 - p), where=small_power, form="preconditioned_kappa"
    )
    falls = -sympy.log(after.subs(kappa, 1 + x))
    says = "Its logarithm falls with p, and so do the steps, here for kappa = 1 + x: minus the logarithm grows"
    found.derivative(says, falls, p, sympy.log(1 + x), positive=True, where=small_power)
    at_1 = kept(factor, {kappa: kept(after, {p: sympy.S.One})})
    found.equal("to 1, where one step is enough, at p = 1", at_1, sympy.Integer(0))


def in_odds(expression: Any) -> Any:
    """An expression in z = u/(1 - u), which runs over all positive numbers as u runs over (0, 1)."""
    written = expression.subs(ODDS)
    return written.replace(sympy.log, lambda argument: sympy.log(sympy.factor(sympy.cancel(argument))))

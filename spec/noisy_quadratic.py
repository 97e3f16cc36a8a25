"""The noisy quadratic model: how many steps training takes at a batch size, with the rate tuned for it.

The loss is 1/2 sum_i h_i theta_i^2. A step is theta <- theta - rate * (gradient + noise), and the noise of mode i has
variance c_i / batch. Modes do not mix, so the expected loss is a sum of one-mode formulas. Out of the model comes
figure 2 of the handout: at small batches noise decides and doubling the batch halves the steps; at large ones curvature
decides and nothing is gained. Preconditioning by H^-p turns h into h^(1-p) and c into c h^-p, and leaves the loss at
the start as it is.

Source:  Zhang et al. 2019 (arXiv 1907.04164), sections 3.1 and 3.2; McCandlish et al. 2018 (arXiv 1812.06162), section 2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

N_MODES = 10_000
TARGET = 0.01
SMALLEST_RATE = 1e-12  # as a part of the largest stable one; where the search for the best rate begins
PRECISION = 1e-5  # of the logarithm of a tuned rate; steps are flat there, and come out far better
SMALL_BATCH = 2.0**-10  # stands for the limit of no batch at all; samples still fall there by 1 in 10^6 a halving
FAR = 1e3  # a fit looks for the critical batch up to so many times outside the batches given
APART = 32.0  # points A and B lie so many times below and above the critical batch

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Modes:
    """The directions of a quadratic: curvature h, noise variance of one sample's gradient c, expected loss at the start.

    Shapes:  each [n_modes].
    """

    h: Array
    c: Array
    loss0: Array


class Tuned(NamedTuple):
    """What tuning found.

    Units:   `steps` is real: where the formula, read between whole steps, crosses the target.
    """

    steps: float
    rate: float


class Point(NamedTuple):
    """A place on the curve of steps against batch size."""

    batch: float
    steps: float
    rate: float


class Limits(NamedTuple):
    """What no batch size can beat: the fewest steps (no noise) and the fewest samples (perfect scaling).

    Units:   steps; samples.
    """

    min_steps: float
    min_samples: float

    @property
    def critical_batch(self) -> float:
        """Where the line of perfect scaling meets the floor."""
        return self.min_samples / self.min_steps


def modes(n_modes: int = N_MODES, *, preconditioner: float = 0.0) -> Modes:
    """Curvature and noise 1/i, E theta^2 = 1 at the start; preconditioned by the curvature to the power -`preconditioner`.

    Raises:  ValueError if there is no mode, or the power is not in [0, 1].
    """
    if n_modes < 1 or not 0 <= preconditioner <= 1:
        raise ValueError(f"got {n_modes} modes and preconditioner {preconditioner}, expected at least 1 and 0 to 1")
    h = 1.0 / np.arange(1, n_modes + 1)
    return Modes(h=h ** (1 - preconditioner), c=h * h**-preconditioner, loss0=h / 2)


def expected_loss(h: Any, c: Any, eta: Any, B: Any, L0: Any, t: Any) -> Any:  # noqa: N803 - the letters of the derivation
    """Expected loss of one mode after t steps at rate eta and batch size B.

    Shapes:  numbers, or arrays that broadcast.
    Edges:   B may be infinite. A rate of 2/h or more never settles.
    Source:  Zhang et al. 2019, eq. 3; handout 2.1.1.
    """
    left = np.abs(1 - eta * h) ** (2 * t)
    return left * L0 + (1 - left) * steady_loss(h, c, eta, B)


def steady_loss(h: Any, c: Any, eta: Any, B: Any) -> Any:  # noqa: N803 - the letters of the derivation
    """Expected loss of one mode after very many steps: what the noise keeps up.

    Shapes:  numbers, or arrays that broadcast.
    """
    return eta * c / (2 * B * (2 - eta * h))


def steps_at(rate: float, batch: float, *, of: Modes, target: float = TARGET) -> float:
    """The steps after which the expected loss first is the target; infinite if it never is.

    Modes that lose fall, D(t); modes that noise drives up rise, and leave D some room under the target. log D is convex
    (a sum of exponentials) and the room only shrinks, so a Newton step for log D = log room from before the crossing
    ends before the crossing: the steps found only grow, towards the first one.
    """
    _check(batch, target)
    if rate <= 0 or rate * of.h.max() >= 2:
        return np.inf
    steady = steady_loss(of.h, of.c, rate, batch)
    shrinks = rate * of.h * (2 - rate * of.h)
    speed = -np.log1p(-np.minimum(shrinks, 1 - np.finfo(float).eps))  # a rate of 1/h settles in one step, not in none
    falls = of.loss0 > steady
    above, falling = (of.loss0 - steady)[falls], speed[falls]
    below, rising = (steady - of.loss0)[~falls], speed[~falls]
    t = 0.0
    while True:
        room = target - steady.sum() + (below @ np.exp(-t * rising) if below.size else 0.0)
        if room <= 0:
            return np.inf
        left = above * np.exp(-t * falling)
        total = left.sum()
        if total <= room:
            return t
        further = t + total * np.log(total / room) / (left @ falling)
        if further <= t * (1 + 4 * np.finfo(float).eps):
            return t
        t = float(further)


def steps_to_target(
    batch: float, *, target: float = TARGET, preconditioner: float = 0.0, of: Modes | None = None
) -> Tuned:
    """The fewest steps to the target at a batch size, over all constant rates, and the rate that takes them.

    Units:   batch in samples; it may be a fraction, and infinite.
    Edges:   steps are infinite if no rate searched gets there. `of` stands in place of the 10^4 modes.
    Raises:  ValueError if batch or target is not positive, or if both `of` and a preconditioner are given.
    """
    if of is not None and preconditioner:
        raise ValueError("got modes and a preconditioner, expected one of them: modes(n, preconditioner=p)")
    model = modes(preconditioner=preconditioner) if of is None else of
    limit = float(np.log(2 / model.h.max()))
    best = lowest(
        lambda log_rate: steps_at(float(np.exp(log_rate)), batch, of=model, target=target),
        limit + float(np.log(SMALLEST_RATE)),
        limit,
    )
    rate = float(np.exp(best))
    return Tuned(steps_at(rate, batch, of=model, target=target), rate)


def lowest(f: Callable[[float], float], low: float, high: float, *, precision: float = PRECISION) -> float:
    """Where a function with one valley is lowest, by golden section.

    Edges:   the function may be infinite towards `high`, not towards `low`.
    """
    part = (5.0**0.5 - 1) / 2
    x, y = high - part * (high - low), low + part * (high - low)
    at_x, at_y = f(x), f(y)
    while high - low > precision:
        if at_x <= at_y:
            high, y, at_y = y, x, at_x
            x = high - part * (high - low)
            at_x = f(x)
        else:
            low, x, at_x = x, y, at_y
            y = low + part * (high - low)
            at_y = f(y)
    return float(x if at_x <= at_y else y)


def limits(*, target: float = TARGET, of: Modes | None = None) -> Limits:
    """The model's own limits: steps without noise, and samples at a vanishing batch."""
    without_noise = steps_to_target(np.inf, target=target, of=of)
    vanishing = steps_to_target(SMALL_BATCH, target=target, of=of)
    return Limits(without_noise.steps, vanishing.steps * SMALL_BATCH)


def fit(batches: Sequence[float], steps: Sequence[float]) -> Limits:
    """The limits of the hyperbola (S/Smin - 1)(E/Emin - 1) = 1 nearest to a curve, in logarithms; E = batch * S.

    On the hyperbola S = Smin (1 + critical batch / batch), so for each critical batch the best Smin is a mean.

    Shapes:  batches, steps [n_points].
    Raises:  ValueError if fewer than three points are given, or one is not positive and finite.
    """
    b, s = np.asarray(batches, dtype=float), np.asarray(steps, dtype=float)
    if b.shape != s.shape or b.size < 3 or not (np.isfinite([b, s]).all() and (b > 0).all() and (s > 0).all()):
        raise ValueError(
            f"got {b.size} batches and {s.size} steps, expected the same number of each, 3 or more, all positive"
        )

    def excess(log_critical: float) -> Array:
        return np.asarray(np.log(s) - np.log1p(np.exp(log_critical) / b))

    best = lowest(lambda x: float(excess(x).var()), float(np.log(b.min() / FAR)), float(np.log(b.max() * FAR)))
    min_steps = float(np.exp(excess(best).mean()))
    return Limits(min_steps, min_steps * float(np.exp(best)))


def points(*, target: float = TARGET, of: Modes | None = None) -> dict[str, Point]:
    """The handout's three points: C at the critical batch, the knee; A far below it, in noise; B far above, in curvature.

    Source:  handout figure 2.
    """
    critical = limits(target=target, of=of).critical_batch
    batches = {"A": critical / APART, "C": critical, "B": critical * APART}
    return {name: Point(batch, *steps_to_target(batch, target=target, of=of)) for name, batch in batches.items()}


def _check(batch: float, target: float) -> None:
    if not (batch > 0 and target > 0):
        raise ValueError(f"got batch {batch} and target {target}, expected positive numbers")

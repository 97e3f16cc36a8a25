"""IsoFLOP profiles: at each budget a parabola over sizes, whose vertex is the best size; and lines through the vertices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from impl.scaling.analysis.measured import Array, Measured, MeasuredError
from impl.scaling.analysis.resampling import Draws, Interval, interval
from impl.scaling.analysis.smooth import SMOOTHERS
from impl.scaling.counts import LAYERS, VOCAB_SIZE, transformer_flops
from impl.scaling.fits import FitError, find_optimal_params, fit_linear_log

BUDGETS = (8e10, 16e10, 32e10, 64e10, 128e10)
BEYOND = 2.0  # decades outside the sizes: a vertex further off is one of a line, and says nothing
FEWEST = 3  # sizes that make a parabola
FEW = 4  # sizes, of which fewer hardly make a parabola


@dataclass(frozen=True)
class Profile:
    """What models of several sizes come to on one budget.

    Shapes:  `hidden`, `params`, `losses` [sizes]; `spread` the same, a standard deviation over seeds; `p` [3] for log10 of
             the parameters; `draws` [draws], of the optimum, 0 or infinite where it lies beyond the sizes.
    Edges:   `optimum` is NaN where there is none, for the reason in `why`.
    """

    budget: float
    hidden: tuple[int, ...]
    params: Array
    losses: Array
    spread: Array
    p: Array
    optimum: float
    interval: Interval
    draws: Array
    why: str = ""
    worse: tuple[int, int] | None = None
    """The places of a size and a larger one whose loss is larger: of the lowest and the largest size, or, where these are
    one, of the neighbours that are furthest apart; None where every larger size has the smaller loss."""
    sure: float = 1.0
    """The share of draws in which these two are so."""

    @property
    def best(self) -> int:
        """The place of the lowest loss."""
        return int(self.losses.argmin())

    @property
    def is_extrapolated(self) -> bool:
        """Whether the vertex lies outside the sizes that have the budget."""
        return bool(np.isfinite(self.optimum)) and not self.params[0] <= self.optimum <= self.params[-1]

    @property
    def warnings(self) -> list[str]:
        """What is to be doubted, in sentences."""
        at = f"at {self.budget / 1e12:g} TFLOPs"
        found = []
        if self.why:
            found.append(f"{at} there is no optimum: {self.why}")
        if len(self.hidden) < FEW:
            number = f"is {len(self.hidden)} size" if len(self.hidden) == 1 else f"are {len(self.hidden)} sizes"
            found.append(f"{at} there {number}, fewer than {FEW}")
        if self.is_extrapolated:
            side = "above the largest" if self.optimum > self.params[-1] else "below the smallest"
            found.append(
                f"{at} the vertex, {self.optimum:,.0f} parameters, is extrapolated: it lies {side} of its sizes"
            )
        lost = 1 - _there(self.draws).mean()
        if not self.why and lost > 0:
            found.append(f"{at} {lost:.1%} of the draws have no vertex near the sizes")
        return found


class Line(NamedTuple):
    """A line through logarithms, log10 y = slope log10 C + intercept.

    Shapes:  `draws` [draws, 2], slopes and intercepts.
    """

    slope: float
    intercept: float
    draws: Array

    def at(self, budget: float) -> float:
        """Y at a budget."""
        return float(10 ** (self.slope * np.log10(budget) + self.intercept))

    def slope_interval(self, seeds: int) -> Interval:
        """How sure the slope is."""
        return interval(self.draws[:, 0], seeds)

    def draws_at(self, budgets: Array) -> Array:
        """What draws come to at budgets.

        Shapes:  [budgets] -> [draws, budgets].
        """
        logs = self.draws[:, :1] * np.log10(budgets) + self.draws[:, 1:]
        return np.asarray(10.0 ** np.clip(logs, -300, 300))


def values_at(measured: Measured, budgets: Array, smoother: str) -> Array:
    """Every run's smoothed loss at budgets.

    Shapes:  [budgets] -> [sizes, seeds, budgets]; NaN at budgets that a size does not have with every seed.
    """
    smooth = SMOOTHERS[smoother]
    values = np.array([[smooth(size.curves[seed])(budgets) for seed in measured.seeds] for size in measured.sizes])
    return np.where(np.isfinite(values).all(axis=1, keepdims=True), values, np.nan)


def profiles(
    measured: Measured,
    draws: Draws,
    *,
    budgets: Sequence[float] = BUDGETS,
    smoother: str = "quintic",
    total: bool = False,
) -> list[Profile]:
    """A profile a budget; `total` counts embeddings among the parameters."""
    values = values_at(measured, np.array(budgets), smoother)
    if np.isfinite(values).all(axis=1).sum(axis=0).max() < FEWEST:
        raise MeasuredError(
            f"no budget of {', '.join(f'{one / 1e12:.3g}' for one in budgets)} TFLOPs has {FEWEST} sizes; in this sweep these"
            f" have {FEWEST}: {_shared(measured)}"
        )
    drawn = draws.means(values)
    return [
        _profile(measured, budget, values[:, :, place], drawn[:, :, place], total=total)
        for place, budget in enumerate(budgets)
    ]


def _shared(measured: Measured) -> str:
    """The budgets that enough sizes have, in words."""
    begins = sorted(max(curve.flops[0] for curve in size.curves.values()) for size in measured.sizes)
    ends = sorted(min(curve.flops[-1] for curve in size.curves.values()) for size in measured.sizes)
    low, high = begins[FEWEST - 1], ends[-FEWEST]
    return f"{low / 1e12:.3g} to {high / 1e12:.3g} TFLOPs" if low < high else "none"


def _profile(measured: Measured, budget: float, values: Array, drawn: Array, *, total: bool) -> Profile:
    there = np.isfinite(values).all(axis=1)
    sizes = [size for size, has in zip(measured.sizes, there, strict=True) if has]
    params = np.array([size.params_total if total else size.params for size in sizes])
    losses = values[there].mean(axis=1)
    spread = values[there].std(axis=1, ddof=1) if values.shape[1] > 1 else np.zeros(len(losses))
    optima, why = np.full(len(drawn), np.nan), ""
    p, optimum = np.full(3, np.nan), np.nan
    if len(sizes) >= FEWEST:
        optima = vertices(params, drawn[:, there])
    try:
        p, optimum = find_optimal_params(params, losses)
        if not _is_near(np.log10(optimum), np.log10(params)):
            why = f"the parabola is nearly straight: its vertex, {optimum:.2g}, is {BEYOND:g} decades outside the sizes"
            optimum = np.nan
    except FitError as error:
        why = str(error)
    found = interval(optima, len(measured.seeds))
    found = Interval(np.nan, np.nan, found.missing) if why else found
    hidden = tuple(size.hidden for size in sizes)
    worse = _worse(losses)
    sure = float((drawn[:, there].T[worse[0]] < drawn[:, there].T[worse[1]]).mean()) if worse else 1.0
    return Profile(budget, hidden, params, losses, spread, p, optimum, found, optima, why, worse, sure)


def _worse(losses: Array) -> tuple[int, int] | None:
    """The two places that `Profile.worse` names."""
    if len(losses) < 2:
        return None
    best, last = int(losses.argmin()), len(losses) - 1
    if best != last:
        return best, last
    rises = np.diff(losses)
    return (int(rises.argmax()), int(rises.argmax()) + 1) if rises.max() > 0 else None


def vertices(params: Array, losses: Array) -> Array:
    """The numbers at the vertices of many parabolas at once.

    Shapes:  params [sizes], losses [draws, sizes] -> [draws].
    Edges:   where one opens downwards, or is nearly straight, what is best lies beyond the end at which it is lower: it is
             0 or infinite.
    """
    logs = np.log10(params)
    middle = logs.mean()
    fit = np.linalg.pinv(np.vander(logs - middle, 3))  # [3, sizes]
    a, b, _ = fit @ losses.T
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = middle - b / (2 * a)
    first, last = (a * end**2 + b * end for end in (logs.min() - middle, logs.max() - middle))
    there = (a > 0) & _is_near(vertex, logs)
    return np.where(there, 10.0 ** np.where(there, vertex, 0.0), np.where(first < last, 0.0, np.inf))


def _is_near(vertex: Any, logs: Array) -> Any:
    """Whether a vertex lies among sizes, or not too far outside; all in log10."""
    return (vertex >= logs.min() - BEYOND) & (vertex <= logs.max() + BEYOND)


def line(x: Array, y: Array, drawn: Array) -> Line:
    """The line through what is best at budgets, and the lines of draws, each through what it has.

    Shapes:  x, y [budgets], drawn [draws, budgets]; NaN where there is no optimum.
    Raises:  FitError if fewer than two budgets have one.
    """
    has = np.isfinite(y)
    if has.sum() < 2:
        raise FitError(f"a line needs two budgets that have an optimum; {has.sum()} of {len(x)} have one")
    slope, intercept = fit_linear_log(x[has], y[has])
    logs = np.log10(np.where(_there(drawn), drawn, np.nan))
    return Line(slope, intercept, np.stack(lines(np.log10(x), logs), axis=1))


def _there(values: Array) -> Any:
    """Which values are numbers, neither 0 nor infinite nor NaN."""
    return np.isfinite(values) & (values > 0)


def lines(x: Array, y: Array) -> tuple[Array, Array]:
    """Slopes and intercepts of many least-squares lines at once; NaN where fewer than two points are there.

    Shapes:  x [points] or [draws, points], y [draws, points], NaN where there is no point -> [draws], twice.
    """
    has = np.isfinite(y)
    x, y = np.where(has, x, 0.0), np.where(has, y, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        number = has.sum(axis=1)
        x_mean, y_mean = x.sum(axis=1) / number, y.sum(axis=1) / number
        off = np.where(has, x - x_mean[:, None], 0.0)
        spread = (off**2).sum(axis=1)
        slope = np.where(spread > 0, (off * y).sum(axis=1) / spread, np.nan)
    return slope, y_mean - slope * x_mean


def tokens(params: Array, budgets: Array, seq_len: float, *, total: bool = False) -> Array:
    """How many tokens budgets pay for at these sizes, by the course's counts.

    Shapes:  params, with embeddings if they are `total`, and budgets of any shape that fit, and so the result.
    Edges:   none for an infinite size, infinitely many for one that is too small to have a hidden size.
    """
    square, linear = 4 * LAYERS, 4 * LAYERS + (2 if total else 1) * VOCAB_SIZE
    with np.errstate(invalid="ignore", over="ignore"):
        root = np.sqrt(linear**2 + 4 * square * (params - VOCAB_SIZE))
        hidden = (root - linear) / (2 * square)
        found = budgets / transformer_flops(seq_len, VOCAB_SIZE, hidden, LAYERS) * seq_len
    return np.where(np.isnan(params) | (hidden > 0), found, np.inf)

"""Three ways to the same two exponents: with which powers of compute the best size and the best number of tokens grow.

Source:  Hoffmann et al. 2022, section 3.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from impl.scaling.analysis import isoflop, parametric
from impl.scaling.analysis.isoflop import Profile
from impl.scaling.analysis.measured import Array, Measured
from impl.scaling.analysis.resampling import Draws, Interval, interval
from impl.scaling.analysis.smooth import falling
from impl.scaling.fits import FitError

POINTS = 240  # of compute, at which the lowest curve is looked for
SAMPLES = 16  # epochs of each curve, evenly in their logarithm, that the parametric fit is made to


@dataclass(frozen=True)
class Exponents:
    """What one way finds: N grows as C^params, D as C^tokens.

    Edges:   NaN where it finds none, for the reason in `why`.
    """

    way: str
    params: float
    params_interval: Interval
    tokens: float
    tokens_interval: Interval
    why: str = ""


class Fitted(NamedTuple):
    """What the parametric fit finds: exponents, the law, those of draws, and by how much the law misses log L."""

    exponents: Exponents
    law: parametric.Law
    laws: parametric.Law
    off: float


def envelope(measured: Measured, draws: Draws, *, total: bool = False) -> Exponents:
    """Approach 1: which size is lowest at each compute. The line goes through where the lowest changes from one to another.

    Edges:   there the best size is half-way between the two. The paper's line through the lowest everywhere is one through
             a staircase, which for k stairs is flatter by a share of 1 / k^2: nothing for its 50 sizes, much for six.
             Needs two changes, between different sizes.
    """
    flops = np.geomspace(*_range(measured), POINTS)
    values = isoflop.values_at(measured, flops, "monotone")
    params = _params(measured, total=total)
    per_token = np.array([_flops_a_token(measured, place) for place in range(len(params))])
    mean = values.mean(axis=1)[None]
    found = _changes(np.concatenate([mean, draws.means(values)]), flops, params, per_token)
    if not np.isfinite(found[0, 0]):
        return _none("1 envelope", "the lowest curve does not change between two different pairs of sizes")
    return _of("1 envelope", found, len(measured.seeds))


def profiles(measured: Measured, found: list[Profile], *, total: bool = False) -> Exponents:
    """Approach 2: lines through the vertices of isoFLOP profiles, whose sizes are `total` if embeddings are counted."""
    budgets = np.array([one.budget for one in found])
    optima = np.array([one.optimum for one in found])
    drawn = np.stack([one.draws for one in found], axis=1)
    tokens, tokens_drawn = (isoflop.tokens(many, budgets, measured.seq_len, total=total) for many in (optima, drawn))
    try:
        lines = isoflop.line(budgets, optima, drawn), isoflop.line(budgets, tokens, tokens_drawn)
    except FitError as error:
        return _none("2 isoFLOP", str(error))
    slopes = [np.append(one.slope, one.draws[:, 0]) for one in lines]
    return _of("2 isoFLOP", np.stack(slopes, axis=1), len(measured.seeds))


def fitted(measured: Measured, draws: Draws, *, total: bool = False) -> Fitted:
    """Approach 3: a law fitted to all curves; its exponents are those of C = 6 N D."""
    n, d, values = [], [], []
    for size, params in zip(measured.sizes, _params(measured, total=total), strict=True):
        curves = [size.curves[seed] for seed in measured.seeds]
        epochs = np.geomspace(1, min(len(curve.loss) for curve in curves), SAMPLES).round().astype(int) - 1
        n.append(np.full(SAMPLES, params))
        d.append(np.mean([curve.tokens[epochs] for curve in curves], axis=0))
        values.append(np.array([falling(curve.loss)[epochs] for curve in curves]))
    stacked = np.stack(values)  # [sizes, seeds, samples]
    n_all, d_all, mean = np.concatenate(n), np.concatenate(d), stacked.mean(axis=1).reshape(-1)
    law = parametric.fit(n_all, d_all, mean)
    if not (np.isfinite(law.alpha[0]) and law.a[0] > 0 and law.b[0] > 0):
        return Fitted(_none("3 parametric", "no such law is near the losses"), law, law, np.nan)
    drawn = np.maximum(draws.means(stacked), parametric.LOWEST).reshape(len(draws.weights), -1)
    laws = parametric.refit(law, n_all, d_all, drawn)
    exponents = [
        np.append(law.params_exponent, laws.params_exponent),
        np.append(law.tokens_exponent, laws.tokens_exponent),
    ]
    off = np.log(law.loss(n_all, d_all)) - np.log(mean)
    found = _of("3 parametric", np.stack(exponents, axis=1), len(measured.seeds))
    return Fitted(found, law, laws, float(np.sqrt((off**2).mean())))


def _changes(curves: Array, flops: Array, params: Array, per_token: Array) -> Array:
    """Exponents of N and D from where the lowest of some curves changes.

    Shapes:  curves [draws, sizes, points] -> [draws, 2].
    Edges:   what is off is where a change lies, not between which sizes, so compute is fitted to sizes, and turned round.
             Where a curve begins or ends nothing changes, for the two sizes cannot be compared on both sides of it.
    """
    there = np.isfinite(curves)
    winner = np.where(there, curves, np.inf).argmin(axis=1)  # [draws, points]
    changes = winner[:, 1:] != winner[:, :-1]
    for size in (winner[:, :-1], winner[:, 1:]):
        for point in (there[:, :, :-1], there[:, :, 1:]):
            changes &= np.take_along_axis(point, size[:, None], axis=1)[:, 0]

    def half_way(of_size: Array) -> Array:
        logs = np.log10(of_size)[winner]
        return np.where(changes, (logs[:, 1:] + logs[:, :-1]) / 2, np.nan)

    at = np.where(changes, (np.log10(flops)[1:] + np.log10(flops)[:-1]) / 2, np.nan)
    n = half_way(params)
    compute, _ = isoflop.lines(n, at)
    tokens, _ = isoflop.lines(n, at - half_way(per_token))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([1 / compute, tokens / compute], axis=1)


def _range(measured: Measured) -> tuple[float, float]:
    """From where two sizes have losses to where no more than one has."""
    begins = sorted(max(c.flops[0] for c in size.curves.values()) for size in measured.sizes)
    ends = sorted(min(c.flops[-1] for c in size.curves.values()) for size in measured.sizes)
    return begins[1], ends[-2]


def _params(measured: Measured, *, total: bool) -> Array:
    return np.array([size.params_total if total else size.params for size in measured.sizes])


def _flops_a_token(measured: Measured, place: int) -> float:
    curves = measured.sizes[place].curves.values()
    return float(np.mean([curve.flops[-1] / curve.tokens[-1] for curve in curves]))


def _of(way: str, found: Array, seeds: int) -> Exponents:
    """Exponents from those of the means, first, and of draws. Shapes: found [1 + draws, 2]."""
    (n, d), drawn = found[0], found[1:]
    return Exponents(way, float(n), interval(drawn[:, 0], seeds), float(d), interval(drawn[:, 1], seeds))


def _none(way: str, why: str) -> Exponents:
    nothing = Interval(np.nan, np.nan, 1.0)
    return Exponents(way, np.nan, nothing, np.nan, nothing, why)

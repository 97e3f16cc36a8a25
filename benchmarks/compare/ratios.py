"""Ratios of medians, with intervals from the bootstrap.

The median of a sample drawn again with replacement is one of its order statistics (or the mean of two), and which one
is known in distribution: that of the median of as many uniform numbers, which is a beta variable. So resampled medians
are drawn straight from the sorted times, which is the ordinary bootstrap of the median at a cost that does not grow with
the rounds; no time has to be left out.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20240229
RESAMPLES = 4000
COVERAGE = 0.95
# With n rounds the median lies between the least and the greatest time with probability 1 - 2^(1 - n): below 95 % for
# fewer rounds than these, so that no interval made of the times themselves can hold it as often as it would say.
MIN_ROUNDS = 6


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians and the interval that holds it, which is None where there are no times to make one from."""

    value: float
    low: float | None = None
    high: float | None = None


def resampled_medians(times_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Medians of `RESAMPLES` samples drawn from these with replacement, each as large as these.

    Shapes:  times_s [rounds]; returns [RESAMPLES].
    """
    ordered = np.sort(times_s)
    rounds, half = len(ordered), len(ordered) // 2
    if rounds % 2:
        return ordered[_ranks(rng.beta(half + 1, half + 1, RESAMPLES), rounds)]
    lower = rng.beta(half, half + 1, RESAMPLES)
    # Above the lower of the two middle ones lie `half` more, spread evenly; the upper is the least of them.
    upper = lower + (1 - lower) * (1 - rng.random(RESAMPLES) ** (1 / half))
    middle: NDArray[np.float64] = (ordered[_ranks(lower, rounds)] + ordered[_ranks(upper, rounds)]) / 2
    return middle


def generator(*names: object) -> np.random.Generator:
    """The dice of one sample: they depend on its names alone, so that a filter or another order changes no interval."""
    return np.random.default_rng([SEED, zlib.crc32("\0".join(map(str, names)).encode())])


def ratio(value: float, resampled: NDArray[np.float64] | None) -> Ratio:
    """A ratio with the percentile interval of its resampled values, where there are any."""
    if resampled is None:
        return Ratio(value)
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(resampled, (tail, 1 - tail))
    return Ratio(value, float(low), float(high))


def _ranks(uniform: NDArray[np.float64], rounds: int) -> NDArray[np.intp]:
    ranks: NDArray[np.intp] = np.minimum((uniform * rounds).astype(np.intp), rounds - 1)  # a draw may round to 1
    return ranks

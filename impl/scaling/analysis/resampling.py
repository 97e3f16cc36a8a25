"""How sure a number is: the same analysis of many sweeps that might as well have been measured.

A seed is a split and a draw of parameters. What a seed does to all sizes alike, mostly its split, moves no optimum and
is taken out first. What is left is redrawn for each size by itself, seeds with replacement, and stretched to make up
for what averages over few seeds have lost: by the degrees of freedom, and by Student's quantile over the normal one.

Source:  Efron and Tibshirani 1993, chapters 9 and 13, for residuals and percentiles.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from impl.scaling.analysis.measured import Array

LEVEL = 0.95
MISSING = (1 - LEVEL) / 2  # of the draws may have no value: with more, an end of the interval may lie among them


class Interval(NamedTuple):
    """A range, and the share of draws that had no value.

    Edges:   0 or infinite at an end that is open. NaN at both where there is one seed, or more than 2.5 % of the draws
             have no value.
    """

    low: float
    high: float
    missing: float

    @property
    def is_known(self) -> bool:
        """Whether there is a range at all."""
        return bool(np.isfinite(self.low))


class Draws:
    """So many draws of seeds, the same ones for whatever is asked.

    Shapes:  `weights` [draws, sizes, seeds], whose last axis sums to 1.
    """

    def __init__(self, draws: int, sizes: int, seeds: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        picked = rng.integers(0, seeds, (draws, sizes, seeds))
        self.weights: Array = (picked[..., None] == np.arange(seeds)).mean(axis=2)
        self.seeds = seeds

    def means(self, values: Array) -> Array:
        """What averages over seeds might have been.

        Shapes:  values [sizes, seeds, points], NaN where a size has none -> [draws, sizes, points].
        """
        mean = values.mean(axis=1)
        if self.seeds == 1:
            return np.broadcast_to(mean, (len(self.weights), *mean.shape))
        sizes = np.isfinite(mean).sum(axis=0)  # [points]
        alone = values - mean[:, None]
        shared = np.nansum(alone, axis=0) / np.maximum(sizes, 1)  # [seeds, points]
        rest = np.nan_to_num(alone - np.where(sizes > 1, shared, 0.0))
        moved = np.einsum("dzs,zsp->dzp", self.weights, rest)
        return mean + moved * stretch(sizes, self.seeds)


def stretch(sizes: NDArray[np.int64], seeds: int) -> Array:
    """By how much residuals are too short, at points where so many sizes are compared.

    Shapes:  sizes [points], and the result.
    """
    compared = np.maximum(sizes, 2)
    freedom = (seeds - 1) * (compared - 1)
    lost = np.sqrt(seeds * compared / freedom)
    return lost * t.ppf((1 + LEVEL) / 2, freedom) / norm.ppf((1 + LEVEL) / 2)


def interval(values: Array, seeds: int) -> Interval:
    """The middle 95 % of what draws came to.

    Shapes:  values [draws], NaN where a draw has none; 0 and infinity are values.
    """
    there = values[~np.isnan(values)]
    missing = 1 - len(there) / len(values)
    if seeds == 1 or len(there) < 2 or missing > MISSING:
        return Interval(np.nan, np.nan, missing)
    low, high = np.quantile(there, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return Interval(float(low), float(high), missing)

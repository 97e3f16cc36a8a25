"""Resampled medians are those of the ordinary bootstrap, and intervals hold what they should as often as they say."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from benchmarks.compare import ratios


@pytest.mark.parametrize("rounds", [1, 7, 8, 40, 41])
def test_resampled_medians_are_those_of_the_ordinary_bootstrap(rounds: int) -> None:
    data = np.random.default_rng(rounds).exponential(size=rounds)
    drawn = ratios.resampled_medians(data, np.random.default_rng(1))
    again = np.median(np.random.default_rng(2).choice(data, (20_000, rounds)), axis=1)
    for value in np.sort(data):
        assert abs((drawn <= value).mean() - (again <= value).mean()) <= 0.04


def test_an_odd_sample_has_its_medians_as_often_as_counting_says() -> None:
    data, rounds = np.arange(1.0, 8.0), 7
    drawn = ratios.resampled_medians(data, np.random.default_rng(3))
    for j in range(1, rounds):  # at least four of seven draws are among the j least
        expected = sum(comb(rounds, k) * (j / rounds) ** k * (1 - j / rounds) ** (rounds - k) for k in range(4, 8))
        assert abs((drawn <= j).mean() - expected) <= 4 * (expected * (1 - expected) / ratios.RESAMPLES) ** 0.5


def test_an_interval_holds_the_true_ratio_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(4), []
    for _ in range(400):
        above, below = 1.5 * rng.exponential(size=31), rng.exponential(size=24)
        resampled = ratios.resampled_medians(above, rng) / ratios.resampled_medians(below, rng)
        interval = ratios.ratio(float(np.median(above) / np.median(below)), resampled)
        held.append(interval.low is not None and interval.high is not None and interval.low <= 1.5 <= interval.high)
    assert 0.91 <= np.mean(held) <= 0.99

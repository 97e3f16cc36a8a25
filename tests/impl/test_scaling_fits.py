"""What the reference's fits and counts do beyond the contracts: they refuse what has no answer, and say why."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.scaling.counts import find_hidden, find_tokens, hidden_of, total_params, transformer_params
from impl.scaling.fits import FitError, find_optimal_params, fit_linear_log
from spec.contracts import counts
from spec.error import FIT

SIZES = [4862, 17886, 39102, 68510]
LOSSES = [2.0, 1.0, 1.1, 1.5]


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (SIZES[:2], LOSSES[:2], "needs 3 different sizes; got 2"),
        ([], [], "needs 3 different sizes; got 0"),
        ([4862] * 4, LOSSES, "needs 3 different sizes; got 1"),
        ([1e4, 1e5, 1e4, 1e5], LOSSES, "needs 3 different sizes; got 2"),
        ([0, *SIZES[1:]], LOSSES, "sizes must be positive to have logarithms; got 0"),
        ([-5, *SIZES[1:]], LOSSES, "sizes must be positive to have logarithms; got -5"),
        ([math.nan, *SIZES[1:]], LOSSES, "sizes must be finite; got nan"),
        (SIZES, [*LOSSES[:3], math.inf], "losses must be finite; got inf"),
        (SIZES, LOSSES[:3], "as many sizes as losses; got 4 and 3"),
        ([SIZES], [LOSSES], "sizes must be in a row; got an array of shape [1, 4]"),
        (SIZES, [1.0, 2.0, 2.0, 1.0], "the parabola opens downwards"),
        (SIZES, [1.0, 1.0, 1.0, 1.0], "the parabola is a straight line"),
        (SIZES, np.log10(SIZES), "the parabola is a straight line"),
        (SIZES, [0.0] * 4, "the parabola is a straight line"),
    ],
)
def test_sizes_and_losses_without_an_optimum_are_refused(x: Any, y: Any, said: str) -> None:
    with pytest.raises(FitError) as error:
        find_optimal_params(x, y)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([1e10], [1e4], "needs 2 different x; got 1"),
        ([1e10, 1e10], [1e4, 2e4], "needs 2 different x; got 1"),
        ([0, 1e10], [1e4, 2e4], "x must be positive to have logarithms; got 0"),
        ([1e9, 1e10], [1e4, -2], "y must be positive to have logarithms; got -2"),
        ([1e9, 1e10], [1e4, math.nan], "y must be finite; got nan"),
    ],
)
def test_points_without_a_line_are_refused(x: Any, y: Any, said: str) -> None:
    with pytest.raises(FitError) as error:
        fit_linear_log(x, y)
    assert said in str(error.value)


@pytest.mark.parametrize("params", [math.nan, math.inf, -1, 0, 30, 100, 1e12])
def test_a_size_outside_the_course_s_bracket_is_refused(params: float) -> None:
    with pytest.raises(ValueError, match="hidden size"):
        find_hidden(params)
    with pytest.raises(ValueError, match="hidden size"):
        find_tokens(params, 1e12, 19.5)


@given(size=st.floats(0.5, 1e6))
def test_the_inverse_count_inverts_at_any_size(size: float) -> None:
    found = hidden_of(transformer_params(30, size, 4))
    assert abs(found - size) <= FIT * size


def test_the_counts_are_the_contract_s() -> None:
    assert transformer_params(30, 16, 4) == counts.params(30, 16, 4) == 4862
    assert total_params(30, 16, 4) == 4862 + 480

"""What is drawn of a fit, above all of a law that compares the subject with itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.outcome import Counterexample
from harness.report.picture import picture
from harness.report.picture.curve import Chart

X = np.array([1e3, 1e4, 1e5])
ARRAYS = {"x": X, "y": (np.log10(X) - 4) ** 2 + 1}


def chart(expected: Any, actual: Any, **about: Any) -> Chart:
    seen = Counterexample("", ARRAYS, np.asarray(expected), np.asarray(actual), of="optimal_params", **about)
    found = picture(seen, "find_optimal_params").chart
    assert found is not None
    return found


def test_what_is_expected_is_the_truth_where_the_subject_is_compared_with_itself() -> None:
    one = chart(3e3, 3e4, sides=("before", "after"))
    truth = chart(1e4, 3e4).optima[0]
    assert [(o.kind, o.is_) for o in one.optima] == [("expected",) * 2, ("before",) * 2, ("found", "after")]
    assert one.optima[0].at == truth.at
    assert one.told == ("The law compares the subject with itself; what is expected here is the truth.",)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (np.nan, "The optimum found is NaN, which is no finite number."),
        (np.inf, "The optimum found is inf, which is no finite number."),
        (-5.0, "The optimum found is -5, which has no logarithm."),
        (1e30, "The optimum found, 10^30, lies outside the picture."),
    ],
    ids=["NaN", "infinite", "negative", "far"],
)
def test_an_optimum_that_has_no_place_is_told_in_words(found: float, said: str) -> None:
    one = chart(1e4, found)
    assert one.told == (said,)
    assert [o.kind for o in one.optima] == ["expected"]


@pytest.mark.parametrize(
    "odd", [np.array([1.0, 2.0]), "five", None, np.array([])], ids=["two", "text", "none", "empty"]
)
def test_what_is_no_number_is_not_drawn(odd: Any) -> None:
    seen = Counterexample("", ARRAYS, of="p", actual=odd, outputs={"optimal_params": odd})
    found = picture(seen, "find_optimal_params").chart
    assert found is not None
    assert (found.found, [o.kind for o in found.optima]) == ("", ["expected"])
    line = picture(Counterexample("", {"x": X, "y": X}, outputs={"m": odd, "c": odd}), "fit_linear_log").chart
    assert line is not None
    assert line.found == ""

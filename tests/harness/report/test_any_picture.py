"""Whatever arrays a counterexample is made of, it is drawn, and put on a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.outcome import Counterexample
from harness.report.picture import Picture, picture

ITEMS = [
    "find_optimal_params", "fit_linear_log", "generate_tensors_for_training_decoder_nmt", "DecoderOnlyTransformer",
    "ScaledDotAttention", "attention", None,
]  # fmt: skip
NAMES = ["x", "y", "mask", "weights", "queries", "K.weight", "", "src_EOP"]
OUTPUTS = ["p", "optimal_params", "m", "c", "weights", "context"]
SIDES = [("expected", "found"), ("before", "after")]
DTYPES = st.one_of(
    arrays.scalar_dtypes(), arrays.unicode_string_dtypes(max_len=4), arrays.byte_string_dtypes(max_len=4)
)


def shapes() -> st.SearchStrategy[tuple[int, ...]]:
    return arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=12).filter(lambda s: np.prod(s) <= 300)


def anything(shape: Any = None) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(DTYPES, shapes() if shape is None else shape)


@st.composite
def counterexamples(draw: st.DrawFn) -> Counterexample:
    """Arrays of any kind and shape, and marks that fit them, as laws' do."""
    shape = draw(shapes(), label="shape")
    expected = draw(anything(shape))
    actual = draw(st.one_of(anything(shape), anything(), st.none(), st.just(expected)))
    mark = st.one_of(st.none(), arrays.arrays(np.bool_, shape))
    at = draw(st.one_of(st.none(), st.tuples(*(st.integers(0, n - 1) for n in shape)))) if 0 not in shape else None
    given_ = draw(st.dictionaries(st.sampled_from(NAMES), anything(), max_size=4))
    outputs = draw(st.dictionaries(st.sampled_from(OUTPUTS), anything(), max_size=4))
    floats = arrays.arrays(np.float64, shape)
    weights = draw(st.one_of(st.none(), st.tuples(floats, floats, arrays.arrays(np.bool_, shape))))
    return Counterexample(
        "", given_, expected, actual, of=draw(st.sampled_from([*OUTPUTS, "grad x"])), at=at, differs=draw(mark),
        looked_at=draw(mark), sides=draw(st.sampled_from(SIDES)), outputs=outputs, weights=weights,
    )  # fmt: skip


@given(seen=counterexamples(), item=st.sampled_from(ITEMS))
@settings(max_examples=100, deadline=None)
def test_any_counterexample_is_drawn(seen: Counterexample, item: str | None) -> None:
    assert isinstance(picture(seen, item), Picture)


@given(
    x=arrays.arrays(np.float64, 4), y=arrays.arrays(np.float64, 4), p=arrays.arrays(np.float64, 3), found=st.floats()
)
@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("item", ["find_optimal_params", "fit_linear_log"])
def test_any_fit_is_drawn_within_its_frame_or_not_at_all(
    item: str, x: np.ndarray, y: np.ndarray, p: np.ndarray, found: float
) -> None:
    outputs = {"p": p, "m": p[:1], "c": p[1]}
    seen = Counterexample("", {"x": x, "y": y}, np.array(1.0), np.array(found), of="optimal_params", outputs=outputs)
    chart = picture(seen, item).chart
    if chart is not None:
        assert all(np.isfinite(place).all() for place in chart.points)
        assert all(np.isfinite(one.at) for one in (*chart.optima, *chart.x_ticks, *chart.y_ticks))
        assert len(chart.x_ticks) <= 12
        assert len(chart.y_ticks) <= 12

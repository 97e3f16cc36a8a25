"""Half precision by bits: what is stored, and what a naive implementation loses."""

import numpy as np
import pytest

from spec.contracts import Attention
from spec.contracts.attention import draw
from spec.narrow import Narrow, halves, narrowed, stored


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1.0, 1.0),
        (1.0 + 2.0**-7, 1.0 + 2.0**-7),
        (1.0 + 2.0**-8, 1.0),  # a tie goes to the even one
        (1.0 + 3 * 2.0**-8, 1.0 + 2.0**-6),
        (1.0 + 2.0**-8 + 2.0**-20, 1.0 + 2.0**-7),
        (-3.0e38, -(1.0 + 98 / 128) * 2.0**127),
        (3.4e38, np.inf),
        (np.inf, np.inf),
        (0.0, 0.0),
    ],
)
def test_bfloat16_is_the_upper_half_rounded_to_nearest_even(value: float, kept: float) -> None:
    assert stored(np.array([value]), "bfloat16").tolist() == [kept]


def test_nan_stays_nan_and_the_sign_of_zero_stays() -> None:
    kept = stored(np.array([np.nan, -0.0]), "bfloat16")
    assert np.isnan(kept[0])
    assert np.signbit(kept[1])


def test_words_of_bfloat16_are_the_upper_halves() -> None:
    words = halves(narrowed(np.array([1.0, -2.0, 0.0]), "bfloat16"), "bfloat16")
    assert [hex(word) for word in words] == ["0x3f80", "0xc000", "0x0"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_every_operator_rounds(dtype: str) -> None:
    a, b = (Narrow(np.random.default_rng(i).standard_normal((4, 4)), dtype) for i in (0, 1))
    for result in (a @ b, a + b, a - b, a * b, a / b, a.exp(), a.sum(axis=-1), a.max(axis=-1), a * 0.3):
        assert np.array_equal(result.value, narrowed(result.value, dtype))


def test_what_is_lost_grows_as_a_dtype_gets_coarser() -> None:
    case = draw(np.random.default_rng(2), batch=1, n_heads=1, q_len=8, kv_len=8, d_head=16).cast("bfloat16")
    budgets = [Attention.truth(case.cast(dtype))["out"].budget.max() for dtype in Attention.dtypes]
    float64, float32, bfloat16, float16 = budgets
    assert float64 < float32 < float16 < bfloat16

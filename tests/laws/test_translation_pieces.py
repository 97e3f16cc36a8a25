"""What the models of section 3 are built of besides: positions, and the loss that they are trained on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, law, unmoved, zero
from spec.contracts import Case, SinusoidalEncodings, TargetLoss, sinusoidal_encodings
from spec.contracts.target_loss import draw
from tests.model_recipes import HIDDEN

LENGTHS = {"batch": st.integers(1, 4), "src_len": st.integers(1, 4), "tgt_len": st.integers(1, 4)}


@law("encodings", SinusoidalEncodings)
@given(length=st.integers(1, 40), hidden=st.sampled_from(HIDDEN))
def test_positions_are_sines_and_cosines(item: Item, length: int, hidden: int) -> None:
    """Even columns are sines, odd ones cosines, of angles position / 10000^(2i / hidden)."""
    case = sinusoidal_encodings.case(length, hidden)
    agree(item, item(case), {"encodings": sinusoidal_encodings.truth(length, hidden)}, "encodings")


@law("encodings-of-the-course", SinusoidalEncodings)
@pytest.mark.parametrize("hidden", [16, 32, 48, 64, 96, 128])
def test_the_course_sizes_are_right(item: Item, hidden: int) -> None:
    """A thousand positions are right at every hidden size of the course."""
    case = sinusoidal_encodings.case(1000, hidden)
    agree(item, item(case), {"encodings": sinusoidal_encodings.truth(1000, hidden)}, "encodings")


@law("encodings-begin-at-0", SinusoidalEncodings)
@given(hidden=st.sampled_from(HIDDEN))
def test_position_0_is_zeros_and_ones(item: Item, hidden: int) -> None:
    """Positions begin at 0, whose sines are 0 and whose cosines are 1."""
    case = sinusoidal_encodings.case(1, hidden)
    agree(item, item(case), {"encodings": sinusoidal_encodings.truth(1, hidden)}, "encodings")


def called(item: Item, batch: int, src_len: int, tgt_len: int, seed: int, scale: float = 1.0) -> Case:
    """A call of the loss on normal logits."""
    case = draw(np.random.default_rng(seed), batch=batch, src_len=src_len, tgt_len=tgt_len)
    return case.where(logits=scale * case.inputs["logits"]).cast(item.dtype)


@law("loss", TargetLoss)
@given(**LENGTHS, seed=st.integers(0, 2**32 - 1))
def test_the_loss_is_the_mean_cross_entropy_of_the_target(item: Item, seed: int, **sizes: int) -> None:
    """The loss is the mean negative log-probability of the target's tokens."""
    case = called(item, seed=seed, **sizes)
    agree(item, item(case), item.truth(case), "loss")


@law("loss-gradient", TargetLoss)
@given(**LENGTHS, seed=st.integers(0, 2**32 - 1))
def test_the_gradient_of_the_loss_is_right(item: Item, seed: int, **sizes: int) -> None:
    """The gradient of the loss is softmax minus one-hot over the number of tokens, at EOP and after."""
    case = called(item, seed=seed, **sizes)
    one = {"loss": np.array(1.0)}
    agree(item, item(case, cotangents=one), item.truth(case, one), "grad logits")


@law("loss-span", TargetLoss)
@given(**LENGTHS, seed=st.integers(0, 2**32 - 1))
def test_logits_before_eop_do_not_count(item: Item, seed: int, **sizes: int) -> None:
    """Logits before EOP, which predict the source, do not count, in value or in gradient."""
    case, before = called(item, seed=seed, **sizes), np.s_[:, : sizes["src_len"]]
    other = case.inputs["logits"].copy()
    other[before] = -other[before]
    unmoved(item, item(case), item(case.where(logits=other)), "loss", "changing logits of the source")
    answer = item(case, cotangents={"loss": np.array(1.0)})
    zero(item, answer, "grad logits", before, None, "the gradient of logits{0} is {1:.2g}; the source has none.")


@law("loss-extreme", TargetLoss)
@given(**LENGTHS, seed=st.integers(0, 2**32 - 1))
def test_large_logits_give_a_finite_loss(item: Item, seed: int, **sizes: int) -> None:
    """Logits of hundreds give the right loss, not infinity."""
    case = called(item, seed=seed, scale=300.0, **sizes)
    agree(item, item(case), item.truth(case), "loss")

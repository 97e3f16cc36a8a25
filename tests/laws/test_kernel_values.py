"""The kernel contract: what attention gives, against the float64 oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, law, unmoved
from spec.contracts import Attention, Case
from tests.kernel_recipes import KernelRecipe, kernel_recipes, right_value

DTYPES = list(Attention.dtypes)


@law("value-{dtype}", Attention)
@pytest.mark.parametrize("dtype", DTYPES)
@given(recipe=kernel_recipes())
def test_the_output_is_the_weighted_mean_of_the_values(item: Item, dtype: str, recipe: KernelRecipe) -> None:
    """The output is softmax(q k^T / sqrt(d_head)) v in {dtype}, and comes in {dtype}."""
    case = recipe.case(item, dtype)
    answer = item(case)
    demand(answer.dtypes["out"] == dtype, item, case, f"out is {answer.dtypes['out']} for inputs of {dtype}")
    agree(item, answer, item.truth(case), "out")


@law("causal-{dtype}", Attention)
@pytest.mark.parametrize("dtype", DTYPES)
@given(recipe=kernel_recipes())
def test_the_output_is_right_with_the_causal_mask(item: Item, dtype: str, recipe: KernelRecipe) -> None:
    """With is_causal, query i attends to keys 0 to i, in {dtype}."""
    right_value(item, recipe.having(kv_len=recipe.q_len).case(item, dtype, is_causal=True))


@law("scale", Attention)
@given(recipe=kernel_recipes(), scale=st.sampled_from([0.5, 1.0, 0.07, 3.0]))
def test_the_scale_is_what_is_asked_for(item: Item, recipe: KernelRecipe, scale: float) -> None:
    """A scale that is given takes the place of 1/sqrt(d_head)."""
    right_value(item, recipe.case(item, scale=scale))


@law("scale-not-positive", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20)), scale=st.sampled_from([-0.5, -1.0, 0.0]))
def test_a_scale_may_be_negative_or_zero(item: Item, recipe: KernelRecipe, scale: float) -> None:
    """A scale may be negative, or 0, which gives every permitted key the same weight."""
    right_value(item, recipe.case(item, scale=scale))


@law("equal-logits", Attention)
@given(recipe=kernel_recipes())
def test_logits_of_zero_give_equal_weights(item: Item, recipe: KernelRecipe) -> None:
    """Logits that are all exactly 0 give every key the same weight."""
    case = recipe.case(item)
    right_value(item, case.where(q=0 * case.inputs["q"]))


@law("beyond-exp-{sign}", Attention)
@pytest.mark.parametrize(("sign", "factor"), [("above", 1.0), ("below", -1.0)])
@given(recipe=kernel_recipes(values=("normal",)))
def test_logits_beyond_the_range_of_exp_are_right(item: Item, sign: str, factor: float, recipe: KernelRecipe) -> None:
    """Logits whose exponential is out of range, far {sign} zero, are right."""
    right_value(item, _shifted(recipe, item, factor))


@law("rising-logits", Attention)
@given(recipe=kernel_recipes(q_len=(1, 4), kv_len=(150, 200), values=("normal",)), falling=st.booleans())
def test_the_largest_logit_may_come_last(item: Item, recipe: KernelRecipe, falling: bool) -> None:
    """The largest logit of a query may come last, or first, among many keys."""
    case = recipe.case(item)
    span = 400.0 if case.dtype == "float64" else 50.0
    slope = np.linspace(-span, span, recipe.kv_len)[:, None] * recipe.d_head**0.5
    along = np.eye(recipe.d_head)[0]
    k = case.inputs["k"] + (-slope if falling else slope) * along
    q = case.inputs["q"] * (1 - along) + along
    right_value(item, case.where(q=q, k=k))


@law("uneven-rows", Attention)
@given(recipe=kernel_recipes(batch=(2, 2), q_len=(2, 20), values=("normal",)))
def test_rows_at_very_different_levels_do_not_disturb_each_other(item: Item, recipe: KernelRecipe) -> None:
    """Queries and values at very different levels do not disturb each other."""
    case = recipe.case(item)
    q, v = case.inputs["q"].copy(), case.inputs["v"].copy()
    q[0] *= 200.0
    q[:, :, 0] *= 0.001
    v[0] *= 100.0
    right_value(item, case.where(q=q, v=v))


@law("independence", Attention)
@given(recipe=kernel_recipes(batch=(2, 3), n_heads=(2, 3)), seed=st.integers(0, 99))
def test_every_head_of_every_entry_is_alone(item: Item, recipe: KernelRecipe, seed: int) -> None:
    """A head of an entry of the batch depends on no other head and no other entry."""
    case = recipe.case(item)
    at = (seed % recipe.batch, seed % recipe.n_heads)
    others = {name: 3.0 * a + 1.0 for name, a in case.inputs.items()}
    for name, a in others.items():
        a[at] = case.inputs[name][at]
    unmoved(item, item(case), item(case.where(**others)), "out", f"changing all but entry {at[0]}, head {at[1]}", at)


@law("key-order", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20)))
def test_keys_and_values_may_come_in_any_order(item: Item, recipe: KernelRecipe) -> None:
    """Keys and values may come in any order, as long as it is the same."""
    case = recipe.case(item)
    order = recipe.rng(4).permutation(recipe.kv_len)
    permuted = case.where(**{name: case.inputs[name][:, :, order] for name in "kv"})
    unmoved(item, item(case), item(permuted), "out", f"ordering the keys as {order.tolist()}")


def _shifted(recipe: KernelRecipe, item: Item, factor: float) -> Case:
    """A case all of whose logits are shifted by 150, or 1500 in float64, up or down."""
    case = recipe.case(item)
    along = np.eye(recipe.d_head)[0]
    size = 1500.0 if case.dtype == "float64" else 150.0
    q = case.inputs["q"] * (1 - along) + factor * size * along
    k = case.inputs["k"] * (1 - along) + recipe.d_head**0.5 * along
    return case.where(q=q, k=k)

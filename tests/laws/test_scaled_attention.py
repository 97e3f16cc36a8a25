"""Handout 3.1.1 and 3.1.2: what attention gives, against the float64 oracle."""

import numpy as np
import pytest
from hypothesis import given

from harness.item import Item
from harness.law import agree, demand, law, unmoved
from spec.contracts import CausalScaledDotAttention, ScaledDotAttention
from spec.error import ROW_SUM, Expected, miss
from tests.strategies import Recipe, recipes

BOTH = (ScaledDotAttention, CausalScaledDotAttention)


@law("context", *BOTH)
@given(recipe=recipes())
def test_the_context_is_the_weighted_mean_of_the_values(item: Item, recipe: Recipe) -> None:
    """The context is softmax(q k^T / sqrt(hidden)) v of the projected inputs."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "context")


@law("weights", *BOTH)
@given(recipe=recipes())
def test_the_weights_are_the_softmax_of_the_scaled_products(item: Item, recipe: Recipe) -> None:
    """The weights are softmax(q k^T / sqrt(hidden)) over the keys."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "weights")


@law("context-float32", *BOTH)
@given(recipe=recipes())
def test_the_context_is_right_in_float32(item: Item, recipe: Recipe) -> None:
    """The context is right in float32."""
    case = recipe.case(item, "float32")
    agree(item, item(case), item.truth(case), "context")


@law("weights-float32", *BOTH)
@given(recipe=recipes())
def test_the_weights_are_right_in_float32(item: Item, recipe: Recipe) -> None:
    """The weights are right in float32."""
    case = recipe.case(item, "float32")
    agree(item, item(case), item.truth(case), "weights")


@law("rows-sum-to-one", *BOTH)
@given(recipe=recipes())
def test_rows_of_weights_are_distributions(item: Item, recipe: Recipe) -> None:
    """Each query's weights lie in [0, 1] and sum to one."""
    case = recipe.case(item)
    weights = item(case)["weights"]
    near = ROW_SUM[case.dtype]
    inside = np.isfinite(weights) & (weights >= 0) & (weights <= 1 + near)
    demand(bool(inside.all()), item, case, f"a weight is {weights[~inside][:1]}, outside [0, 1]")
    sums = Expected(np.ones(weights.shape[:-1]), np.full(weights.shape[:-1], near))
    wrong = miss(weights.sum(axis=-1), sums)
    demand(wrong is None, item, case, f"the weights of query {wrong and wrong.at} sum to {wrong and wrong.actual}")


@law("2d-query", *BOTH)
@given(recipe=recipes(q_len=(1, 1)))
def test_a_2d_query_is_one_query(item: Item, recipe: Recipe) -> None:
    """A 2D query (batch, hidden) is a sequence of one query."""
    case = recipe.case(item)
    flat = case.where(queries=case.inputs["queries"][:, 0, :])
    for name in ("context", "weights"):
        unmoved(item, item(case), item(flat), name, "leaving out the axis of the one query")


@law("lengths", ScaledDotAttention)
@given(recipe=recipes(q_len=(2, 6), kv_len=(2, 6)))
def test_there_may_be_more_keys_than_queries_or_fewer(item: Item, recipe: Recipe) -> None:
    """There may be more keys than queries, or fewer."""
    longer = recipe.having(kv_len=recipe.q_len + recipe.kv_len)
    fewer = recipe.having(q_len=recipe.q_len + recipe.kv_len)
    for case in (longer.case(item), fewer.case(item)):
        agree(item, item(case), item.truth(case), "context", "weights")


@law("one-query", ScaledDotAttention)
@given(recipe=recipes(q_len=(1, 1), kv_len=(2, 6)))
def test_one_query_attends_to_many_keys(item: Item, recipe: Recipe) -> None:
    """One query attends to many keys."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("one-key", *BOTH)
@given(recipe=recipes(kv_len=(1, 1)))
def test_a_single_key_has_all_the_weight(item: Item, recipe: Recipe) -> None:
    """A single key has all the weight."""
    case = recipe.having(q_len=1 if item.contract.square else recipe.q_len).case(item)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("batch-1", *BOTH)
@given(recipe=recipes(batch=(1, 1), q_len=(2, 5)))
def test_a_batch_of_one_keeps_its_axis(item: Item, recipe: Recipe) -> None:
    """A batch of one is right and keeps its axis."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("hidden-{hidden}", *BOTH)
@pytest.mark.parametrize("hidden", [1, 2, 7, 32, 48, 64, 128])
@given(recipe=recipes(values=("normal", "uniform")))
def test_every_hidden_size_is_right(item: Item, hidden: int, recipe: Recipe) -> None:
    """Hidden size {hidden} is right."""
    case = recipe.having(hidden=hidden).case(item)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("long", *BOTH)
def test_many_positions_and_many_batch_entries_are_right(item: Item) -> None:
    """130 positions and 9 batch entries are right."""
    case = Recipe(batch=9, q_len=130, kv_len=130, hidden=6, values="normal", seed=130).case(item, "float32")
    agree(item, item(case), item.truth(case), "context", "weights")


@law("course-batch", *BOTH)
def test_a_batch_of_the_course_is_right_in_training(item: Item) -> None:
    """A batch of 64, as the course trains with, is right in training mode."""
    case = Recipe(batch=64, q_len=7, kv_len=7, hidden=32, values="normal", seed=64).case(item, "float32")
    agree(item, item(case, train=True), item.truth(case), "context", "weights")


@law("equal-logits", *BOTH)
@given(recipe=recipes())
def test_logits_of_zero_give_equal_weights(item: Item, recipe: Recipe) -> None:
    """Logits that are all exactly 0 give equal weights to every permitted key."""
    case = recipe.case(item)
    weight, bias = case.parameters["Q.weight"], case.parameters["Q.bias"]
    case = case.configured(Q__weight=0 * weight, Q__bias=0 * bias)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("beyond-exp-{dtype}", *BOTH)
@pytest.mark.parametrize(("dtype", "logit"), [("float32", 150.0), ("float64", 1500.0)])
@given(recipe=recipes(q_len=(2, 5), kv_len=(2, 6), values=("normal",)))
def test_logits_beyond_the_range_of_exp_are_right(item: Item, dtype: str, logit: float, recipe: Recipe) -> None:
    """Logits too large for exp in {dtype}, above zero and below, are right."""
    case = recipe.case(item)
    for sign in (1.0, -1.0):
        shift = sign * logit * recipe.hidden**0.5 * np.eye(recipe.hidden)[0]
        biased = case.configured(Q__bias=shift, K__bias=2.0 * np.eye(recipe.hidden)[0]).cast(dtype)
        agree(item, item(biased), item.truth(biased), "context", "weights")


@law("uneven-rows", *BOTH)
@given(recipe=recipes(batch=(2, 3), q_len=(2, 5), kv_len=(2, 5), hidden=(2, 3, 4), values=("normal",)))
def test_rows_at_very_different_levels_do_not_disturb_each_other(item: Item, recipe: Recipe) -> None:
    """Rows at very different levels in one batch do not disturb each other."""
    case = recipe.case(item)
    queries = case.inputs["queries"].copy()
    queries[0] *= 1000.0
    queries[:, 0] *= 0.001
    case = case.where(queries=queries).configured(V__bias=np.zeros(recipe.hidden))
    agree(item, item(case), item.truth(case), "context", "weights")


@law("bias-{layer}", *BOTH)
@pytest.mark.parametrize("layer", ["Q", "K", "V"])
@given(recipe=recipes(q_len=(2, 4), kv_len=(2, 4), values=("normal",)))
def test_the_bias_of_every_layer_counts(item: Item, layer: str, recipe: Recipe) -> None:
    """The bias of {layer} counts for what it is."""
    case = recipe.case(item)
    zeros = {f"{name}__bias": np.zeros(recipe.hidden) for name in "QKV"}
    large = {f"{layer}__bias": 3.0 * recipe.rng(3).standard_normal(recipe.hidden)}
    case = case.configured(**{**zeros, **large})
    agree(item, item(case), item.truth(case), "context", "weights")

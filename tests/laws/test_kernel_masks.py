"""The kernel contract: which query may attend to which key (C1 to C3)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, law, unmoved, zero
from spec.contracts import Attention
from tests.kernel_recipes import GRADIENTS, KernelRecipe, kernel_recipes, right_gradients, right_value

SHAPES = {"per-query": "qk", "per-key": "bk", "per-head": "hqk", "padding": "bqk"}


@law("mask", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20)))
def test_a_mask_permits_where_it_is_true(item: Item, recipe: KernelRecipe) -> None:
    """A query attends to the keys where its mask is True, and to no others (C1)."""
    right_value(item, recipe.case(item, mask=recipe.mask()))


@law("mask-{axes}", Attention)
@pytest.mark.parametrize("axes", list(SHAPES))
@given(recipe=kernel_recipes(batch=(2, 2), n_heads=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_a_mask_is_broadcast(item: Item, axes: str, recipe: KernelRecipe) -> None:
    """A mask {axes} is broadcast over the other axes."""
    right_value(item, recipe.case(item, mask=recipe.mask(SHAPES[axes])))


@law("mask-{n_axes}d", Attention)
@pytest.mark.parametrize("n_axes", [2, 3])
@given(recipe=kernel_recipes(n_heads=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_a_mask_may_have_fewer_axes(item: Item, n_axes: int, recipe: KernelRecipe) -> None:
    """A mask of {n_axes} axes, the last {n_axes} of [batch, n_heads, q_len, kv_len], is broadcast over the others."""
    mask = recipe.mask("bhqk"[-n_axes:])
    right_value(item, recipe.case(item, mask=mask.reshape(mask.shape[4 - n_axes :])))


@law("padded-{what}", Attention)
@pytest.mark.parametrize("what", ["keys", "batch"])
@given(recipe=kernel_recipes(batch=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_padding_has_no_influence(item: Item, what: str, recipe: KernelRecipe) -> None:
    """In a padded {what}, what the mask hides at the end has no influence."""
    right_value(item, recipe.case(item, mask=recipe.padding(queries=what == "batch")))


@law("padded-{what}-gradients", Attention)
@pytest.mark.parametrize("what", ["keys", "batch"])
@given(recipe=kernel_recipes(batch=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_padding_has_no_gradient(item: Item, what: str, recipe: KernelRecipe) -> None:
    """In a padded {what}, what the mask hides at the end takes and gives no gradient, and all others are right."""
    right_gradients(item, recipe, recipe.case(item, mask=recipe.padding(queries=what == "batch")))


@law("mask-of-all", Attention)
@given(recipe=kernel_recipes())
def test_a_mask_that_permits_all_is_no_mask(item: Item, recipe: KernelRecipe) -> None:
    """A mask that permits everything changes nothing."""
    case = recipe.case(item)
    all_permitted = np.ones((recipe.batch, 1, recipe.q_len, recipe.kv_len), dtype=np.bool_)
    unmoved(item, item(case), item(case.given(mask=all_permitted)), "out", "a mask that permits everything")


@law("mask-gradients", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20)))
def test_gradients_are_right_with_a_mask(item: Item, recipe: KernelRecipe) -> None:
    """All gradients are right with a mask."""
    right_gradients(item, recipe, recipe.case(item, mask=recipe.mask()))


@law("causal-gradients", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20)))
def test_gradients_are_right_with_the_causal_mask(item: Item, recipe: KernelRecipe) -> None:
    """All gradients are right with is_causal."""
    right_gradients(item, recipe, recipe.having(kv_len=recipe.q_len).case(item, is_causal=True))


@law("causal-and-mask", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20)))
def test_mask_and_is_causal_hold_together(item: Item, recipe: KernelRecipe) -> None:
    """A mask and is_causal hold together: a key must be permitted by both."""
    square = recipe.having(kv_len=recipe.q_len)
    right_value(item, square.case(item, mask=_with_diagonal(square.mask()), is_causal=True))


@law("causal-and-mask-gradients", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20)))
def test_gradients_are_right_with_both(item: Item, recipe: KernelRecipe) -> None:
    """All gradients are right where a mask and is_causal hold together."""
    square = recipe.having(kv_len=recipe.q_len)
    right_gradients(item, recipe, square.case(item, mask=_with_diagonal(square.mask()), is_causal=True))


@law("causal-more-{what}", Attention)
@pytest.mark.parametrize("what", ["keys", "queries"])
@given(recipe=kernel_recipes(q_len=(2, 10), kv_len=(1, 10)))
def test_the_causal_mask_is_aligned_at_the_top_left(item: Item, what: str, recipe: KernelRecipe) -> None:
    """With more {what}, is_causal is aligned at the top left: query 0 sees key 0 alone (C3)."""
    longer = recipe.q_len + recipe.kv_len
    unequal = recipe.having(kv_len=longer) if what == "keys" else recipe.having(q_len=longer)
    right_value(item, unequal.case(item, is_causal=True))


@law("causal-more-{what}-gradients", Attention)
@pytest.mark.parametrize("what", ["keys", "queries"])
@given(recipe=kernel_recipes(q_len=(2, 10), kv_len=(1, 10)))
def test_gradients_are_right_where_causal_is_not_square(item: Item, what: str, recipe: KernelRecipe) -> None:
    """All gradients are right with is_causal and more {what}."""
    longer = recipe.q_len + recipe.kv_len
    unequal = recipe.having(kv_len=longer) if what == "keys" else recipe.having(q_len=longer)
    right_gradients(item, recipe, unequal.case(item, is_causal=True))


@law("no-permitted-key", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20)), causal=st.booleans())
def test_a_query_with_no_permitted_key_gives_zeros(item: Item, recipe: KernelRecipe, causal: bool) -> None:
    """A query that may attend to no key gives zeros, and its neighbours are right (C2)."""
    right_value(item, recipe.case(item, mask=recipe.mask(dead=True), is_causal=causal))


@law("no-permitted-key-gradients", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20)), causal=st.booleans())
def test_a_query_with_no_permitted_key_has_no_gradient(item: Item, recipe: KernelRecipe, causal: bool) -> None:
    """A query that may attend to no key takes and gives no gradient, and all others are right (C2)."""
    right_gradients(item, recipe, recipe.case(item, mask=recipe.mask(dead=True), is_causal=causal))


@law("nothing-permitted", Attention)
@given(recipe=kernel_recipes())
def test_a_mask_that_permits_nothing_gives_zeros(item: Item, recipe: KernelRecipe) -> None:
    """A mask that permits nothing at all gives zeros, exactly."""
    case = recipe.case(item, mask=np.zeros((recipe.q_len, recipe.kv_len), dtype=np.bool_))
    zero(item, item(case), "out", ..., None, "out{0} is {1:.2g}; no key is permitted.")


@law("masked-key", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20), values=("normal",)))
def test_a_masked_key_has_no_influence(item: Item, recipe: KernelRecipe) -> None:
    """A masked key has no influence, though its logit and its value are enormous."""
    mask = recipe.mask("bk")
    mask[..., 0], mask[..., -1] = True, False
    case = recipe.case(item, mask=mask)
    k, v = case.inputs["k"].copy(), case.inputs["v"].copy()
    k[:, :, -1], v[:, :, -1] = 100.0 * np.sign(case.inputs["q"][:, :, 0]), 1000.0
    agree(item, item(case.where(k=k, v=v)), item.truth(case), "out")


@law("later-key", Attention)
@given(recipe=kernel_recipes(q_len=(2, 20), values=("normal",)))
def test_a_later_key_has_no_influence(item: Item, recipe: KernelRecipe) -> None:
    """With is_causal a later key has no influence, in value or gradient, though its logit is enormous."""
    case = recipe.having(kv_len=recipe.q_len).case(item, is_causal=True)
    k = case.inputs["k"].copy()
    k[:, :, -1] = 100.0 * np.sign(case.inputs["q"][:, :, 0])
    changed = case.where(k=k)
    cotangents = recipe.cotangents(changed)
    cotangents["out"][:, :, -1] = 0.0
    answer, truth = item(changed, cotangents=cotangents), item.truth(changed, cotangents)
    agree(item, answer, truth, "out", *GRADIENTS)


def _with_diagonal(mask: np.ndarray) -> np.ndarray:
    """A mask that permits every query its own position, so that is_causal leaves it some key."""
    return mask | np.eye(*mask.shape[-2:], dtype=np.bool_)

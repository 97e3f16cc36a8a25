"""The kernel contract: every size that somebody may come with."""

import pytest
from hypothesis import given

from harness.item import Item
from harness.law import law
from spec.contracts import Attention
from tests.kernel_recipes import KernelRecipe, kernel_recipes, right_gradients, right_value

D_HEADS = [8, 16, 24, 32, 40, 64, 80, 96, 128, 192, 256]
LENGTHS = [15, 17, 31, 33, 63, 65, 100, 127, 129, 257]


@law("d-head-{d_head}", Attention)
@pytest.mark.parametrize("d_head", D_HEADS)
@given(recipe=kernel_recipes(values=("normal", "decimals")))
def test_every_head_size_is_right(item: Item, d_head: int, recipe: KernelRecipe) -> None:
    """Heads of size {d_head} are right."""
    right_value(item, recipe.having(d_head=d_head).case(item))


@law("d-head-{d_head}-gradients", Attention)
@pytest.mark.parametrize("d_head", D_HEADS)
@given(recipe=kernel_recipes(values=("normal", "decimals")))
def test_gradients_of_every_head_size_are_right(item: Item, d_head: int, recipe: KernelRecipe) -> None:
    """All gradients of heads of size {d_head} are right."""
    right_gradients(item, recipe, recipe.having(d_head=d_head).case(item))


@law("length-{length}", Attention)
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_that_fill_no_block_are_right(item: Item, length: int) -> None:
    """Length {length}, which fills no block, is right."""
    for recipe in _long(item, length, length):
        right_value(item, recipe.case(item))


@law("length-{length}-gradients", Attention)
@pytest.mark.parametrize("length", LENGTHS)
def test_gradients_of_lengths_that_fill_no_block_are_right(item: Item, length: int) -> None:
    """All gradients of length {length}, which fills no block, are right."""
    for recipe in _long(item, length, length):
        right_gradients(item, recipe, recipe.case(item))


@law("causal-length-{length}", Attention)
@pytest.mark.parametrize("length", LENGTHS)
def test_causal_lengths_that_fill_no_block_are_right(item: Item, length: int) -> None:
    """Length {length}, which fills no block, is right with is_causal."""
    for recipe in _long(item, length, length):
        right_value(item, recipe.case(item, is_causal=True))


@law("causal-length-{length}-gradients", Attention)
@pytest.mark.parametrize("length", LENGTHS)
def test_causal_gradients_of_lengths_that_fill_no_block_are_right(item: Item, length: int) -> None:
    """All gradients of length {length}, which fills no block, are right with is_causal."""
    for recipe in _long(item, length, length):
        right_gradients(item, recipe, recipe.case(item, is_causal=True))


@law("more-{what}", Attention)
@pytest.mark.parametrize(("what", "q_len", "kv_len"), [("keys", 7, 150), ("queries", 150, 7)])
def test_there_may_be_more_keys_than_queries_or_fewer(item: Item, what: str, q_len: int, kv_len: int) -> None:
    """There may be many more {what}."""
    for recipe in _long(item, q_len, kv_len):
        right_value(item, recipe.case(item))


@law("more-{what}-gradients", Attention)
@pytest.mark.parametrize(("what", "q_len", "kv_len"), [("keys", 7, 150), ("queries", 150, 7)])
def test_gradients_are_right_with_more_keys_or_fewer(item: Item, what: str, q_len: int, kv_len: int) -> None:
    """All gradients are right with many more {what}."""
    for recipe in _long(item, q_len, kv_len):
        right_gradients(item, recipe, recipe.case(item))


@law("long-mask", Attention)
def test_a_mask_over_many_blocks_is_right(item: Item) -> None:
    """A mask over 300 keys, in which whole stretches are closed, is right in value and gradient."""
    for recipe in _long(item, 130, 300):
        mask = recipe.mask("bqk")
        mask[..., 40:, 64:280] = False
        mask[..., -1] = True
        case = recipe.case(item, mask=mask)
        right_value(item, case)
        right_gradients(item, recipe, case)


@law("long-row-{dtype}", Attention)
@pytest.mark.parametrize("dtype", list(Attention.dtypes))
def test_a_long_row_is_right(item: Item, dtype: str) -> None:
    """A row of 5003 keys of like weight is right in {dtype}: sums do not lose what is small."""
    recipe = KernelRecipe(batch=1, n_heads=1, q_len=2, kv_len=5003, d_head=64, values="uniform", seed=5003)
    right_value(item, recipe.case(item, dtype))


@law("one-query", Attention)
@given(recipe=kernel_recipes(q_len=(1, 1), kv_len=(2, 40)))
def test_one_query_attends_to_many_keys(item: Item, recipe: KernelRecipe) -> None:
    """One query attends to many keys, as in decoding."""
    right_value(item, recipe.case(item))


@law("one-key", Attention)
@given(recipe=kernel_recipes(kv_len=(1, 1)))
def test_a_single_key_has_all_the_weight(item: Item, recipe: KernelRecipe) -> None:
    """A single key has all the weight: the output is its value."""
    right_value(item, recipe.case(item))


@law("one-position", Attention)
@given(recipe=kernel_recipes(q_len=(1, 1), kv_len=(1, 1)))
def test_a_sequence_of_one_is_right(item: Item, recipe: KernelRecipe) -> None:
    """A sequence of one position is right in value and gradient."""
    case = recipe.case(item)
    right_value(item, case)
    right_gradients(item, recipe, case)


@law("empty-batch", Attention)
@given(recipe=kernel_recipes(values=("normal",)))
def test_an_empty_batch_gives_an_empty_output(item: Item, recipe: KernelRecipe) -> None:
    """An empty batch gives an empty output, of the right shape."""
    right_value(item, recipe.having(batch=0).case(item))


@law("empty-batch-gradients", Attention)
@given(recipe=kernel_recipes(values=("normal",)))
def test_an_empty_batch_gives_empty_gradients(item: Item, recipe: KernelRecipe) -> None:
    """An empty batch gives empty gradients, of the right shapes."""
    empty = recipe.having(batch=0)
    right_gradients(item, empty, empty.case(item))


@law("many-heads", Attention)
def test_many_heads_and_entries_are_right(item: Item) -> None:
    """Twelve heads of nine entries are right in value and gradient."""
    recipe = KernelRecipe(batch=9, n_heads=12, q_len=5, kv_len=6, d_head=16, values="normal", seed=108)
    case = recipe.case(item)
    right_value(item, case)
    right_gradients(item, recipe, case)


def _long(item: Item, q_len: int, kv_len: int) -> list[KernelRecipe]:
    """A recipe of these lengths for every dtype that the item answers in."""
    seed = 1000 * q_len + kv_len
    first = KernelRecipe(batch=1, n_heads=2, q_len=q_len, kv_len=kv_len, d_head=32, values="normal", seed=seed)
    return [first.having(turn=turn) for turn in (0, 1, 3, 5)[: len(item.dtypes)]]

"""The kernel contract: memory, state and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, identical, law, promised_determinism, unmoved
from spec.contracts import Attention
from tests.kernel_recipes import GRADIENTS, KernelRecipe, kernel_recipes

LAYOUTS = ["heads-last", "transposed", "strided", "offset"]


@law("layout-{layout}", Attention)
@pytest.mark.parametrize("layout", LAYOUTS)
@given(recipe=kernel_recipes(batch=(2, 2), n_heads=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_the_memory_layout_of_inputs_does_not_matter(item: Item, layout: str, recipe: KernelRecipe) -> None:
    """Inputs may lie {layout} in memory."""
    case = recipe.case(item)
    unmoved(item, item(case), item(case, layouts=layout), "out", f"memory that is {layout}")


@law("layout-{layout}-gradients", Attention)
@pytest.mark.parametrize("layout", LAYOUTS)
@given(recipe=kernel_recipes(batch=(2, 2), n_heads=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_gradients_do_not_depend_on_the_memory_layout(item: Item, layout: str, recipe: KernelRecipe) -> None:
    """Gradients are the same where inputs lie {layout} in memory."""
    case = recipe.case(item)
    cotangents = recipe.cotangents(case)
    plain, other = item(case, cotangents=cotangents), item(case, cotangents=cotangents, layouts=layout)
    for name in GRADIENTS:
        unmoved(item, plain, other, name, f"memory that is {layout}")


@law("layout-mask-{layout}", Attention)
@pytest.mark.parametrize("layout", ["transposed", "strided", "expanded"])
@given(recipe=kernel_recipes(batch=(2, 2), n_heads=(2, 3), q_len=(2, 20), kv_len=(2, 20)))
def test_the_memory_layout_of_a_mask_does_not_matter(item: Item, layout: str, recipe: KernelRecipe) -> None:
    """A mask may lie {layout} in memory."""
    mask = np.repeat(recipe.mask()[:1], recipe.batch, axis=0)
    case = recipe.case(item, mask=mask)
    unmoved(item, item(case), item(case, layouts={"mask": layout}), "out", f"a mask that is {layout}")


@law("expanded-heads", Attention)
@given(recipe=kernel_recipes(n_heads=(2, 4)))
def test_keys_and_values_may_be_expanded_over_the_heads(item: Item, recipe: KernelRecipe) -> None:
    """Keys and values may be expanded over the heads, as in multi-query attention."""
    case = recipe.case(item)
    shared = {name: np.repeat(case.inputs[name][:, :1], recipe.n_heads, axis=1) for name in "kv"}
    case = case.where(**shared)
    expanded = dict.fromkeys("kv", "expanded-heads")
    unmoved(item, item(case), item(case, layouts=expanded), "out", "expanding keys and values over the heads")


@law("expanded-batch-gradients", Attention)
@given(recipe=kernel_recipes(batch=(2, 3)))
def test_gradients_of_expanded_inputs_are_right(item: Item, recipe: KernelRecipe) -> None:
    """Gradients are the same where keys and values are expanded over the batch."""
    case = recipe.case(item)
    case = case.where(**{name: np.repeat(case.inputs[name][:1], recipe.batch, axis=0) for name in "kv"})
    cotangents = recipe.cotangents(case)
    plain = item(case, cotangents=cotangents)
    expanded = item(case, cotangents=cotangents, layouts=dict.fromkeys("kv", "expanded"))
    for name in GRADIENTS:
        unmoved(item, plain, expanded, name, "expanding keys and values over the batch")


@law("inputs-unchanged", Attention)
@given(recipe=kernel_recipes())
def test_inputs_are_not_changed(item: Item, recipe: KernelRecipe) -> None:
    """Queries, keys and values are not changed."""
    case = recipe.case(item)
    answer = item(case, grad=False)
    for name, before in case.inputs.items():
        identical(item, case, answer.inputs_at_end[name], before, f"the call changed {name}")


@law("inputs-unchanged-gradients", Attention)
@given(recipe=kernel_recipes())
def test_inputs_are_not_changed_by_the_backward_pass(item: Item, recipe: KernelRecipe) -> None:
    """Queries, keys and values are not changed by the backward pass."""
    case = recipe.case(item)
    answer = item(case, cotangents=recipe.cotangents(case))
    for name, before in case.inputs.items():
        identical(item, case, answer.inputs_at_end[name], before, f"the call or its backward pass changed {name}")


@law("mask-unchanged", Attention)
@given(recipe=kernel_recipes(), causal=st.booleans())
def test_a_mask_is_not_changed(item: Item, recipe: KernelRecipe, causal: bool) -> None:
    """A mask is not changed, nor is it with is_causal."""
    case = recipe.case(item, mask=recipe.mask(), is_causal=causal)
    after = item(case).keywords_at_end["mask"]
    identical(item, case, after, case.keywords["mask"].astype(after.dtype), "the call changed the mask")


@law("earlier-results", Attention)
@given(recipe=kernel_recipes(), grad=st.booleans())
def test_a_result_stays_what_it_was(item: Item, recipe: KernelRecipe, grad: bool) -> None:
    """A result stays what it was when the kernel is called again."""
    first, second = recipe.case(item), recipe.having(seed=recipe.seed + 1).case(item)
    answer, _ = item.sequence([first, second], grad=grad)
    identical(item, first, answer.outputs_at_end["out"], answer["out"], "a second call changed an earlier output")


@law("no-state", Attention)
@given(recipe=kernel_recipes(q_len=(2, 10), kv_len=(2, 10)))
def test_a_call_does_not_depend_on_the_calls_before_it(item: Item, recipe: KernelRecipe) -> None:
    """A call does not depend on the calls before it: other values, other lengths, and the first again."""
    first = recipe.case(item)
    others = [
        recipe.having(seed=recipe.seed + 1).case(item),
        recipe.having(q_len=recipe.q_len + 5, kv_len=recipe.kv_len + 5).case(item),
    ]
    cases = [first, *others, first]
    for case, answer in zip(cases, item.sequence(cases), strict=True):
        agree(item, answer, item.truth(case), "out")


@law("no-state-in-gradients", Attention)
@given(recipe=kernel_recipes())
def test_gradients_do_not_depend_on_the_calls_before(item: Item, recipe: KernelRecipe) -> None:
    """Gradients do not depend on the calls before."""
    cases = [recipe.having(seed=recipe.seed + 1).case(item), recipe.case(item)]
    pulled = [recipe.cotangents(case) for case in cases]
    for case, cotangents, answer in zip(cases, pulled, item.sequence(cases, cotangents=pulled), strict=True):
        agree(item, answer, item.truth(case, cotangents), *GRADIENTS)


@law("deterministic", Attention)
@given(recipe=kernel_recipes())
def test_the_same_call_gives_the_same_bits(item: Item, recipe: KernelRecipe) -> None:
    """The same call gives the same output, bit by bit, unless the kernel says `deterministic = False`."""
    promised_determinism(item)
    case = recipe.case(item)
    first, second = item.sequence([case, case])
    identical(item, case, second["out"], first["out"], "two calls gave two different outputs")


@law("deterministic-gradients", Attention)
@given(recipe=kernel_recipes())
def test_the_same_call_gives_the_same_gradients(item: Item, recipe: KernelRecipe) -> None:
    """The same call gives the same gradients, bit by bit, unless the kernel says `deterministic = False`."""
    promised_determinism(item)
    case = recipe.case(item)
    cotangents = recipe.cotangents(case)
    first, second = item.sequence([case, case], cotangents=cotangents)
    for name in GRADIENTS:
        identical(item, case, second[name], first[name], f"two calls gave two different {name}")


@law("random-state", Attention)
@given(recipe=kernel_recipes())
def test_the_global_random_state_is_left_alone(item: Item, recipe: KernelRecipe) -> None:
    """A call leaves the global random state of torch, NumPy and Python alone."""
    case = recipe.case(item)
    answer = item(case, watch_random_state=True)
    demand(not answer.random_state_moved, item, case, "the call moved the global random state")

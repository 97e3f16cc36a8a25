"""Handout 3.1.1 and 3.1.2: how an item behaves as a module that others call again and again."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import demand, identical, law, unmoved
from spec.contracts import CausalScaledDotAttention, ScaledDotAttention
from tests.strategies import Recipe, positions, recipes

BOTH = (ScaledDotAttention, CausalScaledDotAttention)


@law("no-state", *BOTH)
@given(recipe=recipes(q_len=(2, 4), kv_len=(2, 4)), train=st.booleans())
def test_a_call_does_not_depend_on_the_calls_before_it(item: Item, recipe: Recipe, train: bool) -> None:
    """A call does not depend on the calls before it: the same lengths, longer, shorter, and the first again."""
    first = recipe.case(item)
    others = [
        recipe.having(seed=recipe.seed + 1),
        recipe.having(q_len=recipe.q_len + 3, kv_len=recipe.kv_len + 3, batch=recipe.batch + 1),
        recipe.having(q_len=1, kv_len=1, batch=1),
    ]
    cases = [first, *(first.where(**other.case(item).inputs) for other in others), first]
    for case, answer in zip(cases, item.sequence(cases, train=train), strict=True):
        for name in ("context", "weights"):
            unmoved(item, item(case, train=train), answer, name, "what was called before")


@law("no-state-in-gradients", *BOTH)
@given(recipe=recipes())
def test_gradients_do_not_depend_on_the_calls_before(item: Item, recipe: Recipe) -> None:
    """Gradients in training do not depend on the calls before: another input, the first, and the first again."""
    first = recipe.case(item)
    other = first.where(**recipe.having(seed=recipe.seed + 1).case(item).inputs)
    cases = [other, first, first]
    pulled = [recipe.cotangents(case) for case in cases]
    answers = item.sequence(cases, train=True, cotangents=pulled)
    for case, cotangents, answer in zip(cases, pulled, answers, strict=True):
        fresh = item(case, train=True, cotangents=cotangents)
        for name in ("context", *answer.gradients):
            unmoved(item, fresh, answer, name, "what was called before")


@law("earlier-results", *BOTH)
@given(recipe=recipes(), train=st.booleans(), grad=st.booleans())
def test_a_result_stays_what_it_was(item: Item, recipe: Recipe, train: bool, grad: bool) -> None:
    """A result stays what it was when the item is called again."""
    first = recipe.case(item)
    second = first.where(**recipe.having(seed=recipe.seed + 1).case(item).inputs)
    answer, _ = item.sequence([first, second], train=train, grad=grad)
    for name in ("context", "weights"):
        identical(item, first, answer.outputs_at_end[name], answer[name], f"a second call changed an earlier {name}")


@law("inputs-unchanged", *BOTH)
@given(recipe=recipes(), train=st.booleans(), grad=st.booleans())
def test_inputs_are_not_changed(item: Item, recipe: Recipe, train: bool, grad: bool) -> None:
    """Queries, keys and values are not changed."""
    case = recipe.case(item)
    answer = item(case, train=train, grad=grad)
    for name, given_array in case.inputs.items():
        identical(item, case, answer.inputs_at_end[name], given_array, f"the call changed its {name}")


@law("parameters-unchanged", *BOTH)
@given(recipe=recipes(), train=st.booleans())
def test_a_second_call_gives_the_first_result(item: Item, recipe: Recipe, train: bool) -> None:
    """A call leaves the parameters as they are: called again, it gives the same."""
    case = recipe.case(item)
    first, second, third = item.sequence([case, case, case], train=train)
    unmoved(item, first, second, "context", "calling it once before")
    unmoved(item, first, third, "context", "calling it twice before")


@law("strides", *BOTH)
@given(recipe=recipes(batch=(1, 3), q_len=(1, 4)))
def test_the_memory_layout_of_inputs_does_not_matter(item: Item, recipe: Recipe) -> None:
    """The memory layout of the inputs does not matter: transposed, strided, or inside a larger tensor."""
    case = recipe.case(item)
    plain = item(case)
    for layout in ("transposed", "strided", "offset"):
        for name in ("context", "weights"):
            unmoved(item, plain, item(case, layouts=layout), name, f"memory that is {layout}")


@law("expanded", *BOTH)
@given(recipe=recipes(batch=(2, 3)))
def test_expanded_inputs_are_inputs(item: Item, recipe: Recipe) -> None:
    """Keys and values expanded over the batch are right."""
    case = recipe.case(item)
    shared = {name: np.repeat(case.inputs[name][:1], recipe.batch, axis=0) for name in ("keys", "values")}
    case = case.where(**shared)
    answer = item(case, layouts={"keys": "expanded", "values": "expanded"})
    for name in ("context", "weights"):
        unmoved(item, item(case), answer, name, "expanding keys and values")


@law("batch-independence", *BOTH)
@given(recipe=recipes(batch=(2, 4)), entry=positions())
def test_batch_entries_are_independent(item: Item, recipe: Recipe, entry: int) -> None:
    """An entry of the batch does not depend on the others."""
    case = recipe.case(item)
    entry %= recipe.batch
    others = {name: np.where(_is(entry, a), a, 5.0 * a + 1.0) for name, a in case.inputs.items()}
    before, after = item(case), item(case.where(**others))
    for name in ("context", "weights"):
        unmoved(item, before, after, name, f"changing other entries than {entry}", part=np.s_[entry])
    alone = item(case.where(**{name: a[entry : entry + 1] for name, a in case.inputs.items()}))
    of_all = {name: before[name][entry : entry + 1] for name in ("context", "weights")}
    for name in of_all:
        unmoved(item, replace(alone, outputs=of_all), alone, name, "leaving out the other entries")


@law("key-permutation", ScaledDotAttention)
@given(recipe=recipes(kv_len=(2, 6)))
def test_keys_and_values_may_come_in_any_order(item: Item, recipe: Recipe) -> None:
    """Permuting keys and values together permutes the weights and leaves the context."""
    case = recipe.case(item)
    order = recipe.rng(4).permutation(recipe.kv_len)
    permuted = case.where(keys=case.inputs["keys"][:, order], values=case.inputs["values"][:, order])
    before, after = item(case), item(permuted)
    expected = replace(before, case=permuted, outputs={"weights": before["weights"][..., order]})
    unmoved(item, before, after, "context", f"ordering the keys as {order.tolist()}")
    unmoved(item, expected, after, "weights", f"ordering the keys as {order.tolist()}, but for that order,")


@law("train-is-eval", *BOTH)
@given(recipe=recipes())
def test_training_mode_changes_nothing(item: Item, recipe: Recipe) -> None:
    """The item gives the same in train() as in eval()."""
    case = recipe.case(item)
    for name in ("context", "weights"):
        unmoved(item, item(case, train=False), item(case, train=True), name, "train()")


@law("deterministic", *BOTH)
@given(recipe=recipes())
def test_the_same_call_gives_the_same_bits(item: Item, recipe: Recipe) -> None:
    """The same call on two instances with the same parameters gives the same result."""
    case = recipe.case(item)
    first, second = item(case, train=True), item(case, train=True)
    for name in ("context", "weights"):
        identical(item, case, second[name], first[name], f"two instances gave two different {name}")


@law("random-state", *BOTH)
@given(recipe=recipes())
def test_the_global_random_state_is_left_alone(item: Item, recipe: Recipe) -> None:
    """A call leaves the global random state of torch, NumPy and Python alone."""
    case = recipe.case(item)
    for train in (False, True):
        answer = item(case, train=train, watch_random_state=True)
        demand(not answer.random_state_moved, item, case, "the call moved the global random state")


@law("dtype", *BOTH)
@given(recipe=recipes())
def test_the_dtype_of_the_inputs_is_kept(item: Item, recipe: Recipe) -> None:
    """Context and weights have the inputs' dtype."""
    for dtype in ("float32", "float64"):
        case = recipe.case(item, dtype)
        for name, got in item(case).dtypes.items():
            demand(got == dtype, item, case, f"{name} is {got} for inputs of {dtype}")


def _is(entry: int, array: np.ndarray) -> np.ndarray:
    chosen = np.arange(array.shape[0]) == entry
    return chosen.reshape(-1, *[1] * (array.ndim - 1))

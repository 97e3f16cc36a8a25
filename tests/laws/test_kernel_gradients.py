"""The kernel contract: what flows back, against the oracle's own backward pass and against the kernel's own values."""

import numpy as np
import pytest
from hypothesis import given

from harness.item import Item
from harness.law import agree, demand, law
from spec.contracts import Attention
from spec.error import DIFFERENCE, Expected, miss
from tests.kernel_recipes import GRADIENTS, KernelRecipe, kernel_recipes, right_gradients

STEP = 2.0**-17


@law("gradient-{name}", Attention)
@pytest.mark.parametrize("name", ["q", "k", "v"])
@given(recipe=kernel_recipes())
def test_the_gradient_of_every_input_is_right(item: Item, name: str, recipe: KernelRecipe) -> None:
    """The gradient with respect to {name} is right."""
    right_gradients(item, recipe, recipe.case(item), f"grad {name}")


@law("values-whatever-is-asked", Attention)
@given(recipe=kernel_recipes())
def test_values_are_right_whether_or_not_gradients_are_asked_for(item: Item, recipe: KernelRecipe) -> None:
    """What comes out is right where gradients are asked for, and under torch.no_grad."""
    case = recipe.case(item)
    for how in ({"cotangents": recipe.cotangents(case)}, {"grad": False}):
        agree(item, item(case, **how), item.truth(case), "out")


@law("gradient-{name}-alone", Attention)
@pytest.mark.parametrize("name", ["q", "k", "v"])
@given(recipe=kernel_recipes())
def test_one_input_may_need_a_gradient_alone(item: Item, name: str, recipe: KernelRecipe) -> None:
    """The gradient with respect to {name} is right where no other input needs one."""
    right_gradients(item, recipe, recipe.case(item), f"grad {name}", wrt=[name])


@law("gradients-{dtype}", Attention)
@pytest.mark.parametrize("dtype", list(Attention.dtypes))
@given(recipe=kernel_recipes())
def test_gradients_are_right_in_every_dtype(item: Item, dtype: str, recipe: KernelRecipe) -> None:
    """All gradients are right in {dtype}."""
    right_gradients(item, recipe, recipe.case(item, dtype))


@law("gradients-scale", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20)))
def test_gradients_are_right_with_a_scale(item: Item, recipe: KernelRecipe) -> None:
    """All gradients are right with a scale that is given, negative and 0 among them."""
    for scale in (0.7, -0.5, 0.0):
        right_gradients(item, recipe, recipe.case(item, scale=scale))


@law("gradients-beyond-exp", Attention)
@given(recipe=kernel_recipes(kv_len=(2, 20), values=("normal",)))
def test_gradients_are_right_where_logits_are_beyond_the_range_of_exp(item: Item, recipe: KernelRecipe) -> None:
    """All gradients are right and finite where the exponential of a logit is out of range."""
    case = recipe.case(item)
    along = np.eye(recipe.d_head)[0]
    k = case.inputs["k"] * (1 - along) + recipe.d_head**0.5 * along
    size = 1500.0 if case.dtype == "float64" else 150.0
    for shift in (size, -size):
        shifted = case.where(q=case.inputs["q"] * (1 - along) + shift * along, k=k)
        right_gradients(item, recipe, shifted)


@law("output-of-a-gradient", Attention)
@given(recipe=kernel_recipes())
def test_the_output_is_the_same_where_gradients_are_needed(item: Item, recipe: KernelRecipe) -> None:
    """The output is right where gradients are needed."""
    case = recipe.case(item)
    cotangents = recipe.cotangents(case)
    agree(item, item(case, cotangents=cotangents), item.truth(case, cotangents), "out")


@law("cotangent-{layout}", Attention)
@pytest.mark.parametrize("layout", ["heads-last", "transposed", "strided"])
@given(recipe=kernel_recipes(batch=(2, 2), n_heads=(2, 3), q_len=(2, 20)))
def test_the_memory_layout_of_what_flows_back_does_not_matter(item: Item, layout: str, recipe: KernelRecipe) -> None:
    """What flows back may lie {layout} in memory."""
    right_gradients(item, recipe, recipe.case(item), layouts={"grad out": layout})


@law("summed-output", Attention)
@given(recipe=kernel_recipes(batch=(2, 2)))
def test_the_output_may_be_summed(item: Item, recipe: KernelRecipe) -> None:
    """The gradients of out.sum() are right: what flows back is one number, expanded."""
    case = recipe.case(item)
    ones = {"out": np.ones_like(case.inputs["q"])}
    answer = item(case, cotangents=ones, layouts={"grad out": "constant"})
    agree(item, answer, item.truth(case, ones), *GRADIENTS)


@law("gradcheck-{name}", Attention)
@pytest.mark.parametrize("name", ["q", "k", "v"])
@given(recipe=kernel_recipes(values=("normal", "decimals")))
def test_gradients_are_those_of_the_output(item: Item, name: str, recipe: KernelRecipe) -> None:
    """The gradient with respect to {name} is that of the output itself: a step along it changes the output by as much."""
    case = recipe.case(item, "float64")
    cotangents = recipe.cotangents(case)
    step = STEP * recipe.rng(5).choice([-1.0, 1.0], size=case.inputs[name].shape)
    moved = [item(case.where(**{name: case.inputs[name] + sign * step}))["out"] for sign in (1, -1)]
    difference = np.sum(cotangents["out"] * (moved[0] - moved[1]))
    gradient = item(case, cotangents=cotangents)[f"grad {name}"]
    size = np.sum(np.abs(2 * step * gradient)) + STEP
    found = miss(np.asarray(difference), Expected(np.sum(2 * step * gradient), np.asarray(DIFFERENCE * size)))
    said = found and f"a step changed the output by {found.actual:.6g}, its gradient says {found.expected:.6g}"
    demand(found is None, item, case, str(said))

"""Handout 3.1.1 and 3.1.2: what flows back, against the oracle's own backward pass."""

import pytest
from hypothesis import given

from harness.item import Item
from harness.law import agree, law
from spec.contracts import CausalScaledDotAttention, ScaledDotAttention
from tests.strategies import Recipe, recipes

BOTH = (ScaledDotAttention, CausalScaledDotAttention)
INPUTS = ("queries", "keys", "values")


@law("gradient-{name}", *BOTH)
@pytest.mark.parametrize("name", INPUTS)
@given(recipe=recipes())
def test_the_gradient_of_every_input_is_right(item: Item, name: str, recipe: Recipe) -> None:
    """The gradient with respect to the {name} is right."""
    case = recipe.case(item)
    cotangents = recipe.cotangents(case)
    agree(item, item(case, cotangents=cotangents), item.truth(case, cotangents), f"grad {name}")


@law("values-whatever-is-asked", *BOTH)
@given(recipe=recipes())
def test_values_are_right_whether_or_not_gradients_are_asked_for(item: Item, recipe: Recipe) -> None:
    """What comes out is right where gradients are asked for, and under torch.no_grad."""
    case = recipe.case(item)
    for how in ({"cotangents": recipe.cotangents(case)}, {"grad": False}):
        agree(item, item(case, **how), item.truth(case), "context", "weights")


@law("gradient-{layer}", *BOTH)
@pytest.mark.parametrize("layer", ["Q", "K", "V"])
@given(recipe=recipes())
def test_the_gradient_of_every_parameter_is_right(item: Item, layer: str, recipe: Recipe) -> None:
    """The gradients of {layer}'s weight and bias are right."""
    case = recipe.case(item)
    cotangents = recipe.cotangents(case)
    answer, truth = item(case, cotangents=cotangents, train=True), item.truth(case, cotangents)
    agree(item, answer, truth, f"grad {layer}.weight", f"grad {layer}.bias")


@law("gradients-float32", *BOTH)
@given(recipe=recipes())
def test_gradients_are_right_in_float32(item: Item, recipe: Recipe) -> None:
    """All gradients are right in float32."""
    case = recipe.case(item, "float32")
    cotangents = recipe.cotangents(case)
    answer, truth = item(case, cotangents=cotangents), item.truth(case, cotangents)
    agree(item, answer, truth, *(name for name in truth if name.startswith("grad ")))


@law("gradient-2d-query", *BOTH)
@given(recipe=recipes(q_len=(1, 1)))
def test_a_2d_query_has_a_2d_gradient(item: Item, recipe: Recipe) -> None:
    """The gradient of a 2D query is right."""
    case = recipe.case(item)
    case = case.where(queries=case.inputs["queries"][:, 0, :])
    cotangents = recipe.cotangents(case)
    agree(item, item(case, cotangents=cotangents), item.truth(case, cotangents), *(f"grad {n}" for n in INPUTS))


@law("gradients-long", *BOTH)
def test_gradients_of_a_long_sequence_are_right(item: Item) -> None:
    """The gradients of 130 positions are right."""
    recipe = Recipe(batch=2, q_len=130, kv_len=130, hidden=6, values="normal", seed=131)
    case = recipe.case(item, "float32")
    cotangents = recipe.cotangents(case)
    agree(item, item(case, cotangents=cotangents), item.truth(case, cotangents), *(f"grad {n}" for n in INPUTS))

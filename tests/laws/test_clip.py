"""Handout 5: what holds of everything that is made of features: their lengths, their places, their neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, identical, law
from spec.contracts.clip import picked
from tests.clip_recipes import (
    ALL,
    MATRICES,
    OF_FEATURES,
    RANKINGS,
    ClipRecipe,
    along,
    clip_recipes,
    last,
    longer,
    same,
)


@law("feature-length", *OF_FEATURES)
@given(recipe=clip_recipes(), name=st.sampled_from(["image_features", "text_features"]))
def test_only_the_direction_of_features_counts(item: Item, recipe: ClipRecipe, name: str) -> None:
    """Making one feature longer and another shorter changes nothing: their directions alone count."""
    case = recipe.case(item)
    factors = 2.0 ** recipe.rng(1).integers(-2, 7, (len(case.inputs[name]), 1))
    same(item, item(case), item(longer(case, factors, name)), last(item, case))


@law("feature-length-{length}", *OF_FEATURES)
@pytest.mark.parametrize("length", [1000, 0.1])
@given(recipe=clip_recipes())
def test_features_may_be_long_or_short(item: Item, length: float, recipe: ClipRecipe) -> None:
    """Features about {length} times as long as usual give the right result."""
    case = recipe.case(item)
    case = longer(longer(case, length, "image_features"), length, "text_features")
    agree(item, item(case), item.truth(case), last(item, case))


@law("features-unchanged", *ALL)
@given(recipe=clip_recipes())
def test_what_is_given_is_left_as_it_was(item: Item, recipe: ClipRecipe) -> None:
    """What is given stays as it was, bit by bit: who calls goes on with it."""
    case = recipe.case(item)
    answer = item(case)
    for name, array in case.inputs.items():
        identical(item, case, answer.inputs_at_end[name], array, f"the call changed {name}")


@law("features-anywhere", *ALL)
@given(recipe=clip_recipes(), layout=st.sampled_from(["transposed", "strided", "offset"]))
def test_features_may_lie_anyhow_in_memory(item: Item, recipe: ClipRecipe, layout: str) -> None:
    """Features may be a part of something larger, or lie column by column."""
    case = recipe.case(item)
    names = [name for name, array in case.inputs.items() if array.ndim]
    agree(item, item(case, layouts=dict.fromkeys(names, layout)), item.truth(case), last(item, case))


@law("another-call", *ALL)
@given(first=clip_recipes(), second=clip_recipes())
def test_a_call_knows_nothing_of_the_last(item: Item, first: ClipRecipe, second: ClipRecipe) -> None:
    """A second call gives what it would have given as the first, and leaves what the first one gave as it was."""
    before, answer = item.sequence([first.case(item), second.case(item)])
    agree(item, answer, item.truth(answer.case), last(item, answer.case))
    name = last(item, before.case)
    identical(item, before.case, before.outputs_at_end[name], before[name], f"a later call changed {name}")


@law("images-{images}-texts-{texts}", *MATRICES, *RANKINGS)
@pytest.mark.parametrize(("images", "texts"), [(1, 1), (1, 4), (4, 1), (2, 5), (40, 20)])
@given(recipe=clip_recipes())
def test_any_number_of_pictures_and_texts_will_do(item: Item, images: int, texts: int, recipe: ClipRecipe) -> None:
    """Pictures and texts, {images} and {texts} of them, give a result with both axes, in their order."""
    case = recipe.having(images=images, texts=texts).case(item)
    agree(item, item(case), item.truth(case), last(item, case))


@law("order-of-images", *MATRICES)
@given(recipe=clip_recipes(images=(2, 5)))
def test_pictures_in_another_order_give_the_same_in_that_order(item: Item, recipe: ClipRecipe) -> None:
    """Pictures in another order give the same in that order."""
    case, order = recipe.case(item), recipe.order(recipe.images)
    name = last(item, case)
    same(item, item(case), item(picked(case, images=order)), name, along(case, name, images=True, rows=order))


@law("order-of-texts", *MATRICES)
@given(recipe=clip_recipes(texts=(2, 5)))
def test_texts_in_another_order_give_the_same_in_that_order(item: Item, recipe: ClipRecipe) -> None:
    """Texts in another order give the same in that order."""
    case, order = recipe.case(item), recipe.order(recipe.texts)
    name = last(item, case)
    same(item, item(case), item(picked(case, texts=order)), name, along(case, name, images=False, rows=order))


@law("images-apart", *MATRICES)
@given(recipe=clip_recipes(images=(2, 5)), place=st.integers(0, 4))
def test_a_picture_alone_gets_what_it_gets_among_others(item: Item, recipe: ClipRecipe, place: int) -> None:
    """What a picture gets does not depend on the other pictures."""
    case, rows = recipe.case(item), [place % recipe.images]
    name = last(item, case)
    same(item, item(case), item(picked(case, images=rows)), name, along(case, name, images=True, rows=rows))


@law("texts-apart", MATRICES[0], MATRICES[1], *RANKINGS)
@given(recipe=clip_recipes(texts=(2, 5)), place=st.integers(0, 4))
def test_a_text_alone_gets_what_it_gets_among_others(item: Item, recipe: ClipRecipe, place: int) -> None:
    """What a text gets does not depend on the other texts."""
    case, rows = recipe.case(item), [place % recipe.texts]
    name = last(item, case)
    same(item, item(case), item(picked(case, texts=rows)), name, np.s_[rows])

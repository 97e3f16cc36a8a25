"""Handout 5.2: the pictures of a folder that a caption retrieves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, law
from harness.received import Answer
from spec.contracts import RankImages
from spec.contracts.clip import picked
from spec.error import ROW_SUM, Expected, miss
from tests.clip_recipes import RANKINGS, ClipRecipe, clip_recipes, same, with_k


def demand_pictures(item: Item, answer: Answer) -> None:
    """Demand that the pictures that are named are k of those there are, and the most similar ones, in falling order.

    Edges:   which of two that tie comes first is left open.
    """
    case, indices = answer.case, answer["indices"]
    similarity = item.truth(case)["similarity"]
    known = (indices == np.round(indices)) & (indices >= 0) & (indices < similarity.value.shape[1])
    demand(bool(known.all()), item, case, f"indices has {indices[~known][:1].tolist()}, which is no picture's")
    twice = [row for row in indices.tolist() if len(set(row)) < len(row)]
    demand(not twice, item, case, f"a text gets the pictures {twice[:1]}, one of them twice")
    chosen = np.take_along_axis(similarity.value, indices.astype(int), axis=1)
    best = -np.sort(-similarity.value, axis=1)[:, : indices.shape[1]]
    if found := miss(chosen, Expected(best, similarity.budget)):
        text, place = found.at
        picture = int(indices[text, place])
        said = f"indices[{text}, {place}] is picture {picture}, of similarity {found.actual:.6g}"
        demand(False, item, case, f"{said}; the one to stand there has {found.expected:.6g}")


@law("likeliest-images", *RANKINGS)
@given(recipe=clip_recipes())
def test_the_likeliest_pictures_are_retrieved(item: Item, recipe: ClipRecipe) -> None:
    """A text retrieves the pictures that are most similar to it, the most similar first."""
    demand_pictures(item, item(recipe.case(item)))


@law("probabilities-over-all", *RANKINGS)
@given(recipe=clip_recipes())
def test_probabilities_are_among_all_pictures(item: Item, recipe: ClipRecipe) -> None:
    """A picture's probability is its share of the softmax over all pictures, those that are not retrieved included."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "probabilities")


@law("falling-order", *RANKINGS)
@given(recipe=clip_recipes(images=(2, 8)))
def test_probabilities_fall(item: Item, recipe: ClipRecipe) -> None:
    """Probabilities fall from place to place."""
    case = with_k(recipe.case(item), recipe.images)
    probs = item(case)["probabilities"]
    demand(bool((np.diff(probs, axis=1) <= 0).all()), item, case, "a probability rises from one place to the next")


@law("first-image", *RANKINGS)
@given(recipe=clip_recipes())
def test_the_first_picture_alone_may_be_asked_for(item: Item, recipe: ClipRecipe) -> None:
    """With k = 1 there is the likeliest picture alone, and its probability among all."""
    case = with_k(recipe.case(item), 1)
    answer = item(case)
    demand_pictures(item, answer)
    agree(item, answer, item.truth(case), "probabilities")


@law("all-images", *RANKINGS)
@given(recipe=clip_recipes(images=(1, 8)))
def test_all_pictures_may_be_asked_for(item: Item, recipe: ClipRecipe) -> None:
    """With k the number of pictures every picture has a place, and the probabilities of a text sum to one."""
    case = with_k(recipe.case(item), recipe.images)
    answer = item(case)
    demand_pictures(item, answer)
    off = float(np.abs(answer["probabilities"].sum(axis=1) - 1).max())
    demand(off <= ROW_SUM[item.dtype], item, case, f"the pictures of a text sum to something off 1 by {off:.2g}")


@law("fewer-images", *RANKINGS)
@given(recipe=clip_recipes(images=(2, 8)), k=st.integers(0, 7))
def test_fewer_places_are_the_first_of_more(item: Item, recipe: ClipRecipe, k: int) -> None:
    """The first k places are the same whatever k is."""
    case, few = recipe.case(item), 1 + k % (recipe.images - 1)
    more, fewer = item(with_k(case, recipe.images)), item(with_k(case, few))
    same(item, more, fewer, "probabilities", np.s_[:, :few])
    demand_pictures(item, fewer)


@law("images-elsewhere", *RANKINGS)
@given(recipe=clip_recipes(images=(2, 6)))
def test_pictures_in_another_order_are_found_where_they_are(item: Item, recipe: ClipRecipe) -> None:
    """Pictures in another order are found at their new places, as likely as before."""
    case = recipe.case(item)
    other = item(picked(case, images=recipe.order(recipe.images)))
    demand_pictures(item, other)
    same(item, item(case), other, "probabilities")


@law("twin-images", *RANKINGS)
@given(recipe=clip_recipes(), place=st.integers(0, 4))
def test_equal_pictures_are_equally_likely(item: Item, recipe: ClipRecipe, place: int) -> None:
    """Pictures that are equal are equally likely and both retrieved, either of them first."""
    rows = [*range(recipe.images), place % recipe.images]
    case = with_k(picked(recipe.case(item), images=rows), len(rows))
    answer = item(case)
    demand_pictures(item, answer)
    at = np.argsort(answer["indices"], axis=1)  # the place of each picture
    probs = np.take_along_axis(answer["probabilities"], at, axis=1)
    budget = item.truth(case)["probabilities"].budget
    apart = np.abs(probs[:, rows[-1]] - probs[:, -1])
    said = f"equal pictures differ in probability by {apart.max():.2g}"
    demand(bool((apart <= 2 * budget[:, 0]).all()), item, case, said)


@law("caption-like-the-image", RankImages)
@given(recipe=clip_recipes())
def test_a_text_that_is_a_picture_is_no_overflow(item: Item, recipe: ClipRecipe) -> None:
    """A text with a picture's own direction retrieves it with a finite probability, though exp(100) has no float32."""
    case = recipe.case(item)
    texts = case.inputs["text_features"].copy()
    texts[0] = 2.0 * case.inputs["image_features"][-1]
    case = case.where(text_features=texts)
    agree(item, item(case), item.truth(case), "probabilities")

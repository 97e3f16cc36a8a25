"""Handout 5.1: similarities of texts and pictures, and the classes that are read off them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, law
from spec.contracts import ClassifyImages, CompareImages, SimilarityMatrix, ZeroShotProbabilities
from spec.contracts.clip import LOGIT_SCALE, picked
from spec.error import ROW_SUM, Expected, within
from tests.clip_recipes import ClipRecipe, clip_recipes, same

CLASSES = (ZeroShotProbabilities, ClassifyImages)


@law("similarity", SimilarityMatrix, CompareImages)
@given(recipe=clip_recipes())
def test_a_similarity_is_a_cosine(item: Item, recipe: ClipRecipe) -> None:
    """The similarity of a text and a picture is the cosine of the angle between their features."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "similarity")


@law("same-direction", SimilarityMatrix)
@given(recipe=clip_recipes())
def test_features_of_one_direction_have_similarity_one(item: Item, recipe: ClipRecipe) -> None:
    """Features of one direction have the similarity 1, of opposite directions -1."""
    case = recipe.having(texts=recipe.images).case(item)
    signs = np.where(np.arange(recipe.images) % 2, -1.0, 1.0)
    case = case.where(text_features=signs[:, None] * 3.0 * case.inputs["image_features"])
    answer, truth = item(case), item.truth(case)["similarity"]
    diagonal = np.where(np.eye(recipe.images, dtype=bool), signs, answer["similarity"])
    agree(item, answer, {"similarity": Expected(diagonal, truth.budget)}, "similarity")


@law("both-ways-alike", SimilarityMatrix)
@given(recipe=clip_recipes())
def test_pictures_and_texts_count_alike(item: Item, recipe: ClipRecipe) -> None:
    """With pictures for texts and texts for pictures the similarities are the same, turned round."""
    case = recipe.case(item)
    images, texts = case.inputs.values()
    before, after = item(case), item(case.where(image_features=texts, text_features=images))
    budgets = [item.truth(a.case)["similarity"].budget for a in (before, after)]
    agree(item, after, {"similarity": Expected(before["similarity"].T, budgets[0].T + budgets[1])}, "similarity")


@law("class-probabilities", *CLASSES)
@given(recipe=clip_recipes())
def test_classes_are_as_likely_as_a_softmax_says(item: Item, recipe: ClipRecipe) -> None:
    """A picture's class probabilities are the softmax of its similarities times a hundred."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "probabilities")


@law("classes-sum-to-one", *CLASSES)
@given(recipe=clip_recipes(texts=(1, 8)))
def test_the_classes_of_a_picture_sum_to_one(item: Item, recipe: ClipRecipe) -> None:
    """The probabilities of each picture's classes lie between 0 and 1, and sum to one."""
    case = recipe.case(item)
    probs = item(case)["probabilities"]
    demand(bool(((probs >= 0) & (probs <= 1 + ROW_SUM[item.dtype])).all()), item, case, "a probability is none")
    off = float(np.abs(probs.sum(axis=1) - 1).max())
    demand(off <= ROW_SUM[item.dtype], item, case, f"the classes of a picture sum to something off 1 by {off:.2g}")


@law("one-class", *CLASSES)
@given(recipe=clip_recipes(texts=(1, 1)))
def test_one_class_is_certain(item: Item, recipe: ClipRecipe) -> None:
    """One class alone has the probability 1."""
    case = recipe.case(item)
    wanted = within(np.ones((recipe.images, 1)), ROW_SUM[item.dtype])
    agree(item, item(case), {"probabilities": wanted}, "probabilities")


@law("scale-of-100", ZeroShotProbabilities)
@given(seed=st.integers(0, 2**32 - 1), less=st.integers(1, 5))
def test_a_hundredth_more_similarity_is_e_times_as_likely(item: Item, seed: int, less: int) -> None:
    """A class that is a hundredth more similar than another is e times as likely."""
    case = ClipRecipe(1, 2, 2, 0.1, 0, 1.0, seed).case(item)
    cosines = np.array([1.0, 1.0 - less / LOGIT_SCALE])
    texts = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)  # [classes, 2]
    case = case.where(image_features=np.array([[1.0, 0.0]]), text_features=texts)
    odds = np.exp(np.array([[0.0, -float(less)]]))
    truth = item.truth(case)["probabilities"]
    agree(item, item(case), {"probabilities": Expected(odds / odds.sum(), 2 * truth.budget)}, "probabilities")


@law("class-like-the-picture", ZeroShotProbabilities)
@given(recipe=clip_recipes(images=(1, 1)))
def test_a_class_that_is_the_picture_is_no_overflow(item: Item, recipe: ClipRecipe) -> None:
    """A class with the picture's own direction has a finite probability, though exp(100) has no float32."""
    case = recipe.case(item)
    texts = case.inputs["text_features"].copy()
    texts[0] = 2.0 * case.inputs["image_features"][0]
    case = case.where(text_features=texts)
    agree(item, item(case), item.truth(case), "probabilities")


@law("same-class-twice", *CLASSES)
@given(recipe=clip_recipes(), place=st.integers(0, 4))
def test_a_class_given_twice_is_as_likely_each_time(item: Item, recipe: ClipRecipe, place: int) -> None:
    """A class that is given twice has one probability twice, and a picture that is given twice the same classes."""
    case = recipe.case(item)
    texts, images = [*range(recipe.texts), place % recipe.texts], [*range(recipe.images), place % recipe.images]
    case = picked(case, texts=texts, images=images)
    answer = item(case)
    twin = np.s_[:, texts[-1]]
    same(item, answer, answer, "probabilities", twin, np.s_[:, -1])
    same(item, answer, answer, "probabilities", np.s_[images[-1]], np.s_[-1])

"""The loss that CLIP is trained on, and its gradients."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from harness.item import Item
from harness.law import agree, law
from spec.contracts import Case, ContrastiveLoss
from spec.error import Expected
from tests.clip_recipes import ClipRecipe, clip_recipes, longer, same

ONE = {"loss": np.array(1.0)}
PAIRS = clip_recipes(images=(2, 6))
INPUTS = ("image_features", "text_features", "logit_scale")


def turned(case: Case) -> Case:
    """The same with pictures for texts and texts for pictures."""
    return case.where(image_features=case.inputs["text_features"], text_features=case.inputs["image_features"])


@law("contrastive-loss", ContrastiveLoss)
@given(recipe=clip_recipes(images=(1, 6)))
def test_the_loss_is_the_mean_of_both_cross_entropies(item: Item, recipe: ClipRecipe) -> None:
    """The loss is the mean over pairs of two cross-entropies, of a picture's text among all texts and the other way."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "loss")


@law("contrastive-gradient-of-{name}", ContrastiveLoss)
@pytest.mark.parametrize("name", INPUTS)
@given(recipe=clip_recipes(images=(1, 6)))
def test_the_gradients_of_the_loss_are_right(item: Item, name: str, recipe: ClipRecipe) -> None:
    """The gradient of the loss with respect to {name} is right, through both directions and the features' lengths."""
    case = recipe.case(item)
    agree(item, item(case, cotangents=ONE), item.truth(case, ONE), f"grad {name}")


@law("gradients-times-a-cotangent", ContrastiveLoss)
@given(recipe=PAIRS)
def test_gradients_grow_with_what_is_pulled_back(item: Item, recipe: ClipRecipe) -> None:
    """Where the loss counts three times, every gradient does."""
    case, three = recipe.case(item), {"loss": np.array(3.0)}
    agree(item, item(case, cotangents=three), item.truth(case, three), *(f"grad {name}" for name in INPUTS))


@law("one-pair", ContrastiveLoss)
@given(recipe=clip_recipes(images=(1, 1)))
def test_one_pair_has_no_loss(item: Item, recipe: ClipRecipe) -> None:
    """One pair alone has the loss 0: there is nothing to take it for."""
    case = recipe.case(item)
    agree(item, item(case), {"loss": Expected(np.zeros(()), item.truth(case)["loss"].budget)}, "loss")


@law("images-for-texts", ContrastiveLoss)
@given(recipe=PAIRS)
def test_both_directions_count_alike(item: Item, recipe: ClipRecipe) -> None:
    """With pictures for texts and texts for pictures the loss is the same."""
    case = recipe.case(item)
    same(item, item(case), item(turned(case)), "loss")


@law("order-of-pairs", ContrastiveLoss)
@given(recipe=PAIRS)
def test_the_order_of_the_pairs_is_of_no_account(item: Item, recipe: ClipRecipe) -> None:
    """The order of the pairs is of no account."""
    case, order = recipe.case(item), recipe.order(recipe.images)
    moved = case.where(**{name: case.inputs[name][order] for name in INPUTS[:2]})
    same(item, item(case), item(moved), "loss")


@law("scale-of-zero", ContrastiveLoss)
@given(recipe=clip_recipes(images=(1, 6)))
def test_without_a_scale_every_pair_is_as_likely(item: Item, recipe: ClipRecipe) -> None:
    """With a logit_scale of 0 the loss is the logarithm of the number of pairs."""
    case = recipe.case(item).where(logit_scale=np.array(0.0))
    truth = item.truth(case)["loss"]
    agree(item, item(case), {"loss": Expected(np.array(np.log(recipe.images)), truth.budget)}, "loss")


@law("scale-is-the-factor", ContrastiveLoss)
@given(recipe=clip_recipes(images=(2, 6), scales=(100.0,)))
def test_the_scale_is_what_cosines_are_multiplied_by(item: Item, recipe: ClipRecipe) -> None:
    """A logit_scale of 100 multiplies cosines by 100, and the loss stays finite, though exp(100) has no float32."""
    case = recipe.having(spread=0.05).case(item)
    signs = np.where(np.arange(recipe.images) % 2, -1.0, 1.0)[:, None]
    images = signs * case.inputs["image_features"]
    for called in (case, case.where(image_features=images, text_features=-images)):
        agree(item, item(called), item.truth(called), "loss")


@law("gradients-of-longer-features", ContrastiveLoss)
@given(recipe=PAIRS)
def test_longer_features_have_smaller_gradients(item: Item, recipe: ClipRecipe) -> None:
    """Features half as long have gradients twice as large, and those of the others stay."""
    case = recipe.case(item)
    answer = item(half := longer(case, 0.5, "image_features"), cotangents=ONE)
    before, truth = item(case, cotangents=ONE), item.truth(half, ONE)
    names = {"grad image_features": 2.0, "grad text_features": 1.0, "grad logit_scale": 1.0}
    wanted = {
        n: Expected(f * before[n], truth[n].budget + f * item.truth(case, ONE)[n].budget) for n, f in names.items()
    }
    agree(item, answer, wanted, *names)


@law("pairs-again", ContrastiveLoss)
@given(recipe=PAIRS)
def test_gradients_of_a_second_batch_are_its_own(item: Item, recipe: ClipRecipe) -> None:
    """The gradients of a second batch are its own."""
    first, second = recipe.case(item), replace(recipe, seed=recipe.seed ^ 1).case(item)
    *_, answer = item.sequence([first, second], cotangents=ONE)
    agree(item, answer, item.truth(second, ONE), "grad image_features", "grad logit_scale")

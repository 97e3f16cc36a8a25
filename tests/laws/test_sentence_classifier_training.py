"""Handout 4.1 to 4.3: the classifier's gradients, a step with BERT frozen, and the ways to save and to load it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, identical, law
from harness.received import Answer
from spec.contracts import Case, SentenceClassifier
from spec.contracts.sentence_classifier import CLASSIFIER, trained
from spec.rounding import Array
from tests.bert_recipes import BertRecipe, bert_recipes

RATE = 0.5
AGAIN = 8  # calls in all of which dropout may leave nothing once in a thousand million
FROZEN = {"frozen": {"but": CLASSIFIER}}  # as the notebook freezes
SEVERAL = (2, 3, 5)


def step(steps: int, *, train: bool) -> dict[str, Any]:
    """Steps of gradient descent on the call's own batch."""
    return {"trained": {"rate": RATE, "steps": steps, "train": train}}


def of_the_classifier(case: Case) -> list[str]:
    return [name for name in case.parameters if name.startswith(CLASSIFIER)]


def of_bert(case: Case) -> list[str]:
    return [name for name in case.parameters if not name.startswith(CLASSIFIER)]


def pulled(item: Item, case: Case, cotangents: dict[str, Array], names: list[str], *, train: bool = False) -> None:
    """Demand the oracle's gradients; of training that drops at random, some wherever the oracle has some."""
    truth = item.truth(case, cotangents)
    answer = item(case, cotangents=cotangents, train=train, watch_random_state=train)
    if not answer.random_state_moved:
        agree(item, answer, truth, *(f"grad {name}" for name in names))
        return
    answers = item.sequence([case] * AGAIN, cotangents=cotangents, train=train)
    for name in (f"grad {one}" for one in names):
        is_nothing = bool((abs(truth[name].value) <= truth[name].budget).all())  # as K's bias has, and Q's of one token
        reached = is_nothing or any(bool(one[name].any()) for one in answers)
        demand(reached, item, case, f"the loss does not reach {name.removeprefix('grad ')}")


def unchanged(item: Item, answer: Answer, names: list[str], what: str) -> None:
    """Demand that parameters are bit for bit what they were."""
    for name in names:
        before, now = answer.case.parameters[name], answer.parameters_at_end[name]
        identical(item, answer.case, now, before, f"{what} changed {name}")


@law("gradients-of-the-classifier", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL))
def test_the_loss_reaches_the_classifier(item: Item, recipe: BertRecipe) -> None:
    """The gradient of the loss in the classifier's weight and bias is right."""
    case = recipe.case(item)
    pulled(item, case, recipe.cotangents(), of_the_classifier(case))


@law("gradients-of-bert", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL))
def test_the_loss_reaches_every_parameter_of_bert(item: Item, recipe: BertRecipe) -> None:
    """The gradient of the loss reaches every parameter of BERT, and is right."""
    case = recipe.case(item)
    pulled(item, case, recipe.cotangents(), of_bert(case))


@law("gradients-of-the-logits", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL))
def test_gradients_of_the_logits_are_right(item: Item, recipe: BertRecipe) -> None:
    """Without labels too, gradients of the logits reach every parameter, and are right."""
    case = recipe.case(item).without("labels")
    cotangents = {"logits": np.round(recipe.rng(2).standard_normal((recipe.batch, recipe.labels)), 1)}
    pulled(item, case, cotangents, list(case.parameters))


@law("gradients-in-training", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL))
def test_gradients_are_right_as_the_course_trains(item: Item, recipe: BertRecipe) -> None:
    """In training mode and float32, as the notebook trains, the gradients of the loss are right; where something is dropped
    at random, they reach every parameter."""
    case = recipe.case(item, "float32")
    pulled(item, case, recipe.cotangents(), list(case.parameters), train=True)


@law("gradients-of-a-second-batch", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL), seed=st.integers(0, 2**32 - 1))
def test_a_second_batch_has_its_own_gradients(item: Item, recipe: BertRecipe, seed: int) -> None:
    """The gradients of a second batch are its own: nothing of the first is added."""
    case = recipe.case(item)
    second = case.given(**recipe.having(seed=seed).case(item).keywords)
    cotangents = recipe.cotangents()
    *_, answer = item.sequence([case, second], cotangents=cotangents)
    agree(item, answer, item.truth(second, cotangents), *(f"grad {name}" for name in case.parameters))


@law("frozen-bert-stays", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL), steps=st.integers(1, 3))
def test_frozen_bert_stays_as_it_was(item: Item, recipe: BertRecipe, steps: int) -> None:
    """BERT frozen by the names of its parameters, as in the notebook, is bit for bit what it was after training."""
    case = recipe.case(item, "float32")
    answer = item(case, after=[FROZEN, step(steps, train=True)])
    unchanged(item, answer, of_bert(case), "training with BERT frozen")
    moved = any(not np.array_equal(answer[name], case.parameters[name]) for name in of_the_classifier(case))
    demand(moved, item, case, "training with BERT frozen left the classifier as it was")


@law("frozen-steps", SentenceClassifier)
@given(recipe=bert_recipes(labels=SEVERAL), steps=st.integers(1, 3))
def test_frozen_steps_move_the_classifier_down_its_gradient(item: Item, recipe: BertRecipe, steps: int) -> None:
    """With BERT frozen, steps of gradient descent move the classifier as far as its gradient says."""
    case = recipe.case(item)
    answer = item(case, after=[FROZEN, step(steps, train=False)])
    agree(item, answer, trained(case, rate=RATE, steps=steps), *of_the_classifier(case))


@law("from-plain-bert", SentenceClassifier)
@given(recipe=bert_recipes())
def test_it_is_made_of_a_pretrained_bert(item: Item, recipe: BertRecipe) -> None:
    """Made by from_pretrained of a BERT without a classifier, with num_labels, it has all that BERT knows."""
    case = recipe.case(item, "float32")
    answer = item(case, after=[{"from-plain-bert": {}}])
    unchanged(item, answer, list(case.parameters), "from_pretrained")
    agree(item, answer, item.truth(case), "logits", "loss")


@law("through-{way}", SentenceClassifier)
@pytest.mark.parametrize("way", ["save_pretrained", "state_dict"])
@given(recipe=bert_recipes())
def test_what_is_saved_comes_back(item: Item, way: str, recipe: BertRecipe) -> None:
    """Saved and loaded by way of {way}, a model has the same parameters bit for bit, and gives the same."""
    case = recipe.case(item, "float32")
    answer = item(case, after=[{way: {}}])
    unchanged(item, answer, list(case.parameters), "saving and loading")
    agree(item, answer, item.truth(case), "logits", "loss")

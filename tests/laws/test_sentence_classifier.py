"""Handout 4.1: the logits of a classifier on BERT's pooled [CLS], their loss, and the form in which both come."""

import pytest
from hypothesis import given

from harness.item import Item
from harness.law import agree, law, unmoved
from spec.contracts import SentenceClassifier
from tests.bert_recipes import BertRecipe, bert_recipes

LARGE = 1000.0


@law("classifier-logits", SentenceClassifier)
@given(recipe=bert_recipes())
def test_logits_are_the_classifier_on_the_pooled_cls(item: Item, recipe: BertRecipe) -> None:
    """The logits are the classifier applied to the pooled representation of [CLS]."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "logits")


@law("classifier-float32", SentenceClassifier)
@given(recipe=bert_recipes())
def test_logits_and_loss_are_right_in_float32(item: Item, recipe: BertRecipe) -> None:
    """Logits and loss are right in float32."""
    case = recipe.case(item, "float32")
    agree(item, item(case), item.truth(case), "logits", "loss")


@law("num-labels-{labels}", SentenceClassifier)
@pytest.mark.parametrize("labels", [1, 2, 3, 5])
@given(recipe=bert_recipes())
def test_there_is_a_logit_a_label(item: Item, labels: int, recipe: BertRecipe) -> None:
    """With num_labels {labels} in the config there are as many logits a sentence, and they are right."""
    case = recipe.having(labels=labels).case(item).without("labels")
    agree(item, item(case), item.truth(case), "logits")


@law("hidden-size-{hidden}", SentenceClassifier)
@pytest.mark.parametrize("hidden", [4, 12, 16])
@given(recipe=bert_recipes())
def test_the_hidden_size_is_the_configs(item: Item, hidden: int, recipe: BertRecipe) -> None:
    """With hidden_size {hidden} in the config the logits are right."""
    case = recipe.having(hidden=hidden).case(item)
    agree(item, item(case), item.truth(case), "logits")


@law("bert-layers-{layers}", SentenceClassifier)
@pytest.mark.parametrize("layers", [1, 2, 3])
@given(recipe=bert_recipes())
def test_what_is_pooled_comes_from_the_last_layer(item: Item, layers: int, recipe: BertRecipe) -> None:
    """Of a BERT of {layers} layers, the last one's [CLS] is classified."""
    case = recipe.having(layers=layers).case(item)
    agree(item, item(case), item.truth(case), "logits")


@law("classifier-long", SentenceClassifier)
def test_a_long_sentence_is_read_as_a_whole(item: Item) -> None:
    """A batch of 9 sentences of up to 48 tokens is right."""
    case = BertRecipe(batch=9, seq_len=48, hidden=8, n_heads=2, layers=2, labels=3, seed=48).case(item)
    agree(item, item(case), item.truth(case), "logits", "loss")


@law("loss-of-logits", SentenceClassifier)
@given(recipe=bert_recipes(labels=(2, 3, 5)))
def test_the_loss_is_the_mean_cross_entropy(item: Item, recipe: BertRecipe) -> None:
    """The loss is the cross-entropy of the logits, in nats, a mean over the batch."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "loss")


@law("loss-one-label", SentenceClassifier)
@given(recipe=bert_recipes(labels=(1,)))
def test_a_single_label_costs_nothing(item: Item, recipe: BertRecipe) -> None:
    """Where there is one label alone, the cross-entropy is zero: it is no regression."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "loss")


@law("one-sentence", SentenceClassifier)
@given(recipe=bert_recipes(batch=(1, 1)))
def test_a_batch_may_be_one_sentence(item: Item, recipe: BertRecipe) -> None:
    """A batch of one sentence has its logits in one row, and a loss."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), "logits", "loss")


@law("large-logits", SentenceClassifier)
@given(recipe=bert_recipes(labels=(2, 3, 5)))
def test_large_logits_are_logits(item: Item, recipe: BertRecipe) -> None:
    """Logits may be as large as the classifier makes them; their loss is right, and finite."""
    case = recipe.case(item)
    case = case.configured(classifier__weight=LARGE * case.parameters["classifier.weight"])
    agree(item, item(case), item.truth(case), "logits", "loss")


@law("pair-with-labels", SentenceClassifier)
@given(recipe=bert_recipes())
def test_with_labels_logits_and_loss_come(item: Item, recipe: BertRecipe) -> None:
    """With labels a pair comes back, the logits and then the loss, for the notebook takes it apart."""
    item(recipe.case(item))


@law("tuple-without-labels", SentenceClassifier)
@given(recipe=bert_recipes())
def test_without_labels_a_tuple_of_logits_comes(item: Item, recipe: BertRecipe) -> None:
    """Without labels a tuple comes back that holds the logits alone, for the notebook takes its first entry."""
    item(recipe.case(item).without("labels"))


@law("labels-move-no-logits", SentenceClassifier)
@given(recipe=bert_recipes())
def test_labels_leave_the_logits_as_they_are(item: Item, recipe: BertRecipe) -> None:
    """The logits are the same with labels and without."""
    case = recipe.case(item)
    unmoved(item, item(case), item(case.without("labels")), "logits", "leaving out the labels")

"""Handout 4.1: what the classifier passes on to BERT, and how it behaves as a module."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, identical, law, unmoved
from spec.contracts import Case, SentenceClassifier
from spec.contracts.sentence_classifier import VOCAB_SIZE, configured
from tests.bert_recipes import BertRecipe, bert_recipes

DROPOUT = {"hidden_dropout_prob": 0.5, "attention_probs_dropout_prob": 0.5}


@law("padding", SentenceClassifier)
@given(recipe=bert_recipes(batch=(2, 3), seq_len=(2, 5)))
def test_tokens_of_padding_have_no_influence(item: Item, recipe: BertRecipe) -> None:
    """Whatever tokens stand where the mask is 0 have no influence."""
    case = recipe.case(item)
    noise = recipe.rng(1).integers(0, VOCAB_SIZE, case.keywords["input_ids"].shape)
    other = case.given(input_ids=np.where(case.keywords["attention_mask"], case.keywords["input_ids"], noise))
    unmoved(item, item(case), item(other), "logits", "other tokens in the padding")


@law("more-padding", SentenceClassifier)
@given(recipe=bert_recipes(), more=st.integers(1, 20))
def test_the_amount_of_padding_has_no_influence(item: Item, recipe: BertRecipe, more: int) -> None:
    """How much padding there is has no influence."""
    case = recipe.case(item)
    names = ("input_ids", "attention_mask", "token_type_ids")
    padded = case.given(**{name: np.pad(case.keywords[name], ((0, 0), (0, more))) for name in names})
    unmoved(item, item(case), item(padded), "logits", f"padding of {more} more")


@law("attention-mask", SentenceClassifier)
@given(recipe=bert_recipes(seq_len=(3, 5)), place=st.integers(0, 3))
def test_a_masked_token_is_not_seen(item: Item, recipe: BertRecipe, place: int) -> None:
    """The attention mask is BERT's: a token that it hides, in the middle of a sentence, is not seen."""
    case = recipe.case(item)
    mask = np.ones_like(case.keywords["attention_mask"])
    mask[:, 1 + place % (recipe.seq_len - 1)] = 0
    case = case.given(attention_mask=mask)
    agree(item, item(case), item.truth(case), "logits")


@law("token-types", SentenceClassifier)
@given(recipe=bert_recipes())
def test_token_types_are_passed_on(item: Item, recipe: BertRecipe) -> None:
    """The types of tokens are BERT's: a second sentence is told from the first."""
    case = recipe.case(item)
    case = case.given(token_type_ids=1 - case.keywords["token_type_ids"])
    agree(item, item(case), item.truth(case), "logits")


@law("tokens-alone", SentenceClassifier)
@given(recipe=bert_recipes(), labelled=st.booleans())
def test_mask_and_types_may_be_left_out(item: Item, recipe: BertRecipe, labelled: bool) -> None:
    """Without a mask every token is seen, and without types all are of the first."""
    case = recipe.case(item).without("attention_mask", "token_type_ids", *(() if labelled else ("labels",)))
    agree(item, item(case), item.truth(case), "logits")


@law("notebooks-call", SentenceClassifier)
@given(recipe=bert_recipes(labels=(3,)))
def test_the_notebooks_call_is_right(item: Item, recipe: BertRecipe) -> None:
    """Called as the notebook trains, with tokens, mask and labels, it gives logits and loss."""
    case = recipe.case(item).without("token_type_ids")
    agree(item, item(case), item.truth(case), "logits", "loss")


@law("sentences-apart", SentenceClassifier)
@given(recipe=bert_recipes(batch=(2, 3)))
def test_sentences_do_not_know_each_other(item: Item, recipe: BertRecipe) -> None:
    """The logits of a sentence do not depend on the others of its batch."""
    case = recipe.case(item)
    tokens = case.keywords["input_ids"].copy()
    tokens[1:] = recipe.rng(1).integers(1, VOCAB_SIZE, tokens[1:].shape)
    unmoved(item, item(case), item(case.given(input_ids=tokens)), "logits", "other sentences beside it", np.s_[0])


@law("order-of-a-batch", SentenceClassifier)
@given(recipe=bert_recipes(batch=(2, 3)))
def test_a_batch_in_another_order_gives_its_logits_in_that_order(item: Item, recipe: BertRecipe) -> None:
    """A batch in another order gives the same logits in that order, and the same loss."""
    case = recipe.case(item)
    turned = case.given(**{name: array[::-1].copy() for name, array in case.keywords.items()})
    before, truth = item(case), item.truth(turned)
    logits = truth["logits"]._replace(value=before["logits"][::-1], budget=2 * truth["logits"].budget)
    loss = truth["loss"]._replace(value=before["loss"], budget=2 * truth["loss"].budget)
    agree(item, item(turned), {"logits": logits, "loss": loss}, "logits", "loss")


@law("evaluation-is-deterministic", SentenceClassifier)
@given(recipe=bert_recipes())
def test_evaluation_gives_the_same_again(item: Item, recipe: BertRecipe) -> None:
    """In evaluation mode a second call gives the same bits, though the config asks for dropout."""
    case = configured(recipe.case(item), **DROPOUT)
    first, second = item.sequence([case, case])
    identical(item, case, second["logits"], first["logits"], "a second call gave other logits")


@law("evaluation-draws-nothing", SentenceClassifier)
@given(recipe=bert_recipes())
def test_evaluation_draws_no_random_number(item: Item, recipe: BertRecipe) -> None:
    """In evaluation mode no random number is drawn, though the config asks for dropout."""
    case = configured(recipe.case(item), **DROPOUT)
    demand(not item(case, watch_random_state=True).random_state_moved, item, case, "the call drew random numbers")


@law("training-mode", SentenceClassifier)
@given(recipe=bert_recipes())
def test_training_without_dropout_is_evaluation(item: Item, recipe: BertRecipe) -> None:
    """Where nothing is dropped at random, training mode gives what evaluation mode gives."""
    case = recipe.case(item)
    training = item(case, train=True, watch_random_state=True)
    if not training.random_state_moved:
        for name in ("logits", "loss"):
            unmoved(item, item(case), training, name, "training mode")


@law("no-gradients-asked", SentenceClassifier)
@given(recipe=bert_recipes(), labelled=st.booleans())
def test_values_need_no_gradients(item: Item, recipe: BertRecipe, labelled: bool) -> None:
    """Under torch.no_grad, as the notebook evaluates, logits are the same."""
    case = recipe.case(item) if labelled else recipe.case(item).without("labels")
    unmoved(item, item(case), item(case, grad=False), "logits", "torch.no_grad")


@law("classifier-no-state", SentenceClassifier)
@given(recipe=bert_recipes(), other=bert_recipes())
def test_earlier_calls_leave_nothing_behind(item: Item, recipe: BertRecipe, other: BertRecipe) -> None:
    """A call does not depend on what was called before, with labels or without."""
    case = recipe.case(item)
    before = _of_the_same_model(
        case, recipe.having(batch=other.batch, seq_len=other.seq_len, seed=other.seed).case(item)
    )
    *_, answer = item.sequence([before, before.without("labels"), case])
    for name in ("logits", "loss"):
        unmoved(item, item(case), answer, name, "what was called before")


@law("classifier-inputs-unchanged", SentenceClassifier)
@given(recipe=bert_recipes(), train=st.booleans())
def test_what_is_given_stays_what_it_was(item: Item, recipe: BertRecipe, train: bool) -> None:
    """Tokens, mask, types and labels are what they were after the call."""
    case = recipe.case(item)
    answer = item(case, train=train)
    for name, array in case.keywords.items():
        identical(item, case, answer.keywords_at_end[name], array.astype(float), f"the call changed {name}")


def _of_the_same_model(case: Case, other: Case) -> Case:
    """The other case's batch, for the case's model."""
    return case.given(**other.keywords)

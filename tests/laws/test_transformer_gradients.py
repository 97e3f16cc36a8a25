"""Handout 3.1.3 and 3.2.2: gradients of the transformers, and what may reach what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, law, unmoved, zero
from spec.contracts import Case, DecoderOnlyTransformer, TransformerDecoder, TransformerEncoder
from tests.model_recipes import ModelRecipe, model_recipes

MODELS = (TransformerEncoder, TransformerDecoder, DecoderOnlyTransformer)
DECODERS = (TransformerDecoder, DecoderOnlyTransformer)


@law("model-gradients", *MODELS)
@given(recipe=model_recipes(seq_len=(1, 4), layers=(1, 2)))
def test_gradients_of_all_parameters_are_right(item: Item, recipe: ModelRecipe) -> None:
    """The gradients of all parameters are right."""
    case = recipe.smooth(item)
    cotangents = recipe.cotangents(item, case)
    truth = item.truth(case, cotangents)
    answer = item(case, cotangents=cotangents)
    agree(item, answer, truth, *(f"grad {name}" for name in case.parameters))


@law("model-values-whatever-is-asked", *MODELS)
@given(recipe=model_recipes(seq_len=(1, 4), layers=(1, 2)))
def test_values_are_right_whether_or_not_gradients_are_asked_for(item: Item, recipe: ModelRecipe) -> None:
    """What comes out is right where gradients are asked for, and under torch.no_grad."""
    case = recipe.smooth(item)
    first = next(iter(item.contract.outputs(case)))
    for how in ({"cotangents": recipe.cotangents(item, case)}, {"grad": False}):
        agree(item, item(case, **how), item.truth(case), first)


@law("model-gradients-training", *MODELS)
@given(recipe=model_recipes(seq_len=(1, 4), layers=(1, 2)))
def test_gradients_are_right_in_training_mode(item: Item, recipe: ModelRecipe) -> None:
    """The gradients are right in training mode, in float32, as the course trains."""
    case = recipe.smooth(item, "float32")
    cotangents = recipe.cotangents(item, case)
    answer = item(case, cotangents=cotangents, train=True)
    agree(item, answer, item.truth(case, cotangents), *(f"grad {name}" for name in case.parameters))


@law("annotations-gradients", TransformerDecoder)
@given(recipe=model_recipes())
def test_gradients_reach_the_encoder(item: Item, recipe: ModelRecipe) -> None:
    """The gradient of the annotations, through which the encoder learns, is right."""
    case = recipe.smooth(item)
    cotangents = recipe.cotangents(item, case)
    agree(item, item(case, cotangents=cotangents), item.truth(case, cotangents), "grad annotations")


@law("no-future", *DECODERS)
@given(recipe=model_recipes(seq_len=(2, 6)), place=st.integers(0, 5), by=st.integers(1, 29))
def test_no_position_sees_a_later_token(item: Item, recipe: ModelRecipe, place: int, by: int) -> None:
    """The logits at a position do not depend on later tokens."""
    case = recipe.case(item)
    place = 1 + place % (recipe.seq_len - 1)
    before, after = item(case), item(_changed(case, place, by))
    unmoved(item, before, after, "logits", f"changing token {place}", part=np.s_[:, :place])


@law("no-future-gradients", *DECODERS)
@given(recipe=model_recipes(seq_len=(2, 5)), place=st.integers(0, 4))
def test_no_gradient_flows_to_a_later_token(item: Item, recipe: ModelRecipe, place: int) -> None:
    """No gradient flows from the logits at a position to the embeddings of later tokens."""
    case = recipe.smooth(item)
    place = place % (recipe.seq_len - 1)
    tokens = np.tile(np.arange(recipe.seq_len), (recipe.batch, 1))  # each token once
    case = case.where(inputs=tokens)
    cotangents = recipe.cotangents(item, case)
    cotangents["logits"][:, place + 1 :] = 0.0
    answer = item(case, cotangents=cotangents)
    later = np.s_[place + 1 : recipe.seq_len]
    said = f"the gradient of token{{0}} is {{1:.2g}}; from position {place} none may flow to later tokens."
    zero(item, answer, "grad embedding.weight", later, None, said)


@law("whole-beginning", *DECODERS)
@given(recipe=model_recipes(seq_len=(3, 6)), place=st.integers(0, 5), by=st.integers(1, 29))
def test_every_earlier_token_is_seen(item: Item, recipe: ModelRecipe, place: int, by: int) -> None:
    """The logits at a position depend on every token up to it, as they must."""
    case = _changed(recipe.case(item), place % recipe.seq_len, by)
    agree(item, item(case), item.truth(case), "logits")


@law("appended", *DECODERS)
@given(recipe=model_recipes(seq_len=(2, 6)), kept=st.integers(0, 5))
def test_tokens_behind_change_nothing_before_them(item: Item, recipe: ModelRecipe, kept: int) -> None:
    """Padding, or anything else appended, leaves the logits before it as they were."""
    case = recipe.case(item)
    kept = 1 + kept % (recipe.seq_len - 1)
    short = item(case.where(inputs=case.inputs["inputs"][:, :kept]))
    whole = item(case)
    truth = item.truth(case)["logits"]
    part = truth._replace(value=whole["logits"][:, :kept], budget=2 * truth.budget[:, :kept])
    agree(item, short, {"logits": part}, "logits")


@law("whole-source", TransformerDecoder)
@given(recipe=model_recipes(src_len=(2, 6)), place=st.integers(0, 5))
def test_every_position_sees_the_whole_source(item: Item, recipe: ModelRecipe, place: int) -> None:
    """Every position of the target sees the whole source, its last annotation as well as its first."""
    case = recipe.case(item)
    annotations = case.inputs["annotations"].copy()
    annotations[:, place % recipe.src_len] *= -2.0
    case = case.where(annotations=annotations)
    agree(item, item(case), item.truth(case), "logits")


@law("source-lengths", TransformerDecoder)
@given(recipe=model_recipes(seq_len=(1, 4), src_len=(1, 4)))
def test_the_source_may_be_longer_or_shorter_than_the_target(item: Item, recipe: ModelRecipe) -> None:
    """The source may be longer than the target, or shorter."""
    for sizes in ({"src_len": recipe.seq_len + recipe.src_len}, {"seq_len": recipe.seq_len + recipe.src_len}):
        case = recipe.having(**sizes).case(item)
        agree(item, item(case), item.truth(case), "logits", "over_source")


@law("both-sides", TransformerEncoder)
@given(recipe=model_recipes(seq_len=(2, 6)), place=st.integers(0, 5), by=st.integers(1, 29))
def test_every_annotation_knows_the_whole_source(item: Item, recipe: ModelRecipe, place: int, by: int) -> None:
    """Every annotation depends on every token of the source, those behind it as well."""
    case = _changed(recipe.case(item), place % recipe.seq_len, by)
    agree(item, item(case), item.truth(case), "annotations")


def _changed(case: Case, place: int, by: int) -> Case:
    """The case with the token at one place replaced by another."""
    tokens = case.inputs["inputs"].copy()
    tokens[:, place] = (tokens[:, place] + by) % case.arguments[0]
    return case.where(inputs=tokens)

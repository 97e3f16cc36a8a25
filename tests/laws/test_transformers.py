"""Handout 3.1.3 and 3.2.2: what the transformers give, against the float64 oracle, and how they behave as modules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, identical, law, unmoved
from spec.contracts import DecoderOnlyTransformer, TransformerDecoder, TransformerEncoder
from tests.model_recipes import ModelRecipe, main, model_recipes

MODELS = (TransformerEncoder, TransformerDecoder, DecoderOnlyTransformer)
DECODERS = (TransformerDecoder, DecoderOnlyTransformer)


@law("model-output", *MODELS)
@given(recipe=model_recipes())
def test_the_output_is_that_of_the_handouts_model(item: Item, recipe: ModelRecipe) -> None:
    """The output is that of the handout's model: every sublayer is added to what goes into it."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), main(item))


@law("model-output-float32", *MODELS)
@given(recipe=model_recipes())
def test_the_output_is_right_in_float32(item: Item, recipe: ModelRecipe) -> None:
    """The output is right in float32."""
    case = recipe.case(item, "float32")
    agree(item, item(case), item.truth(case), main(item))


@law("model-layers-{layers}", *MODELS)
@pytest.mark.parametrize("layers", [1, 2, 4, 6])
@given(recipe=model_recipes(seq_len=(2, 4)))
def test_every_number_of_layers_is_right(item: Item, layers: int, recipe: ModelRecipe) -> None:
    """A model of {layers} layers is right."""
    case = recipe.having(layers=layers).case(item)
    agree(item, item(case), item.truth(case), main(item))


@law("model-hidden-{hidden}", *MODELS)
@pytest.mark.parametrize("hidden", [2, 16, 64])
@given(recipe=model_recipes(seq_len=(2, 4), layers=(1, 2)))
def test_every_even_hidden_size_is_right(item: Item, hidden: int, recipe: ModelRecipe) -> None:
    """Hidden size {hidden} is right."""
    case = recipe.having(hidden=hidden).case(item)
    agree(item, item(case), item.truth(case), main(item))


@law("model-length-1", *MODELS)
@given(recipe=model_recipes(seq_len=(1, 1)))
def test_a_single_token_is_right(item: Item, recipe: ModelRecipe) -> None:
    """A sequence of one token is right."""
    case = recipe.case(item)
    agree(item, item(case), item.truth(case), main(item))


@law("model-long", *MODELS)
def test_forty_positions_are_right(item: Item) -> None:
    """A batch of 9 with 40 positions is right."""
    case = ModelRecipe(batch=9, seq_len=40, src_len=21, hidden=8, layers=2, seed=40).case(item)
    agree(item, item(case), item.truth(case), main(item))


@law("model-positions", *MODELS)
@given(recipe=model_recipes(seq_len=(2, 6)), token=st.integers(0, 29))
def test_equal_tokens_differ_by_their_positions(item: Item, recipe: ModelRecipe, token: int) -> None:
    """Equal tokens differ by their sinusoidal positions, which begin at 0."""
    case = recipe.case(item)
    case = case.where(inputs=np.full_like(case.inputs["inputs"], token))
    agree(item, item(case), item.truth(case), main(item))


@law("model-batch", *MODELS)
@given(recipe=model_recipes(batch=(2, 4)))
def test_batch_entries_do_not_know_each_other(item: Item, recipe: ModelRecipe) -> None:
    """A batch gives what its entries give one by one."""
    case = recipe.case(item)
    together = item(case)
    for entry in range(recipe.batch):
        alone = item(case.where(**{name: a[entry : entry + 1] for name, a in case.inputs.items()}))
        truth = item.truth(case)[main(item)]
        part = truth._replace(value=together[main(item)][entry : entry + 1], budget=2 * truth.budget[entry : entry + 1])
        agree(item, alone, {main(item): part}, main(item))


@law("model-no-state", *MODELS)
@given(recipe=model_recipes(seq_len=(2, 5), layers=(1, 2)), train=st.booleans())
def test_a_call_does_not_depend_on_the_calls_before_it(item: Item, recipe: ModelRecipe, train: bool) -> None:
    """A call does not depend on the calls before it: another input, a longer one, a shorter, and the first again."""
    first = recipe.case(item)
    others = [
        recipe.having(seed=recipe.seed + 1),
        recipe.having(seq_len=recipe.seq_len + 3, src_len=recipe.src_len + 2, batch=recipe.batch + 1),
        recipe.having(seq_len=1, src_len=1, batch=1),
    ]
    cases = [first, *(first.where(**other.case(item).inputs) for other in others), first]
    for case, answer in zip(cases, item.sequence(cases, train=train), strict=True):
        unmoved(item, item(case, train=train), answer, main(item), "what was called before")


@law("model-mode", *MODELS)
@given(recipe=model_recipes())
def test_training_and_evaluation_agree(item: Item, recipe: ModelRecipe) -> None:
    """Training mode and evaluation mode give the same, for there is no dropout."""
    case = recipe.case(item)
    unmoved(item, item(case), item(case, train=True), main(item), "training mode")


@law("model-no-randomness", *MODELS)
@given(recipe=model_recipes(), train=st.booleans())
def test_no_random_number_is_drawn(item: Item, recipe: ModelRecipe, train: bool) -> None:
    """A call draws no random number."""
    case = recipe.case(item)
    answer = item(case, train=train, watch_random_state=True)
    demand(not answer.random_state_moved, item, case, "the call drew random numbers")


@law("model-inputs-unchanged", *MODELS)
@given(recipe=model_recipes(), train=st.booleans())
def test_inputs_stay_what_they_were(item: Item, recipe: ModelRecipe, train: bool) -> None:
    """Tokens and annotations are what they were after the call."""
    case = recipe.case(item)
    answer = item(case, train=train)
    for name, array in case.inputs.items():
        identical(item, case, answer.inputs_at_end[name], array.astype(float), f"the call changed {name}")


@law("model-weights", *DECODERS)
@given(recipe=model_recipes())
def test_the_weights_are_those_of_the_layers(item: Item, recipe: ModelRecipe) -> None:
    """The returned weights are those of the layers, of all of them or of the last one."""
    case = recipe.case(item)
    answer = item(case)
    agree(item, answer, item.truth(case), *(name for name in item.contract.outputs(case) if name != main(item)))

"""The oracles are held to what can be had without them: finite differences, sympy, and arithmetic by hand."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from spec import masks
from spec.contracts import (
    CONTRACTS,
    Attention,
    Case,
    Contract,
    ContrastiveLoss,
    SentenceClassifier,
    TargetLoss,
    TransformerDecoder,
    attention,
    bert,
    clip,
    clip_loss,
    decoder_only_transformer,
    sentence_classifier,
    target_loss,
    transformer_decoder,
    transformer_encoder,
)
from spec.contracts.contract import without_oracle
from spec.contracts.scaled_dot_attention import draw, softmax
from spec.error import DIFFERENCE, EPS, Expected, exactly, expected, miss
from spec.jitter import SIZE, Jittered
from spec.rounding import Rounded, erf, sqrt, tanh

STEP = 1e-6
MODELS = {m.CONTRACT.item: m for m in (transformer_encoder, transformer_decoder, decoder_only_transformer)}
OF_FEATURES = {c.item for c in CONTRACTS.values() if c.question.startswith("clip-")} - {ContrastiveLoss.item}
WITH_GRADIENTS = [c for c in CONTRACTS.values() if c.oracle is not without_oracle and c.item not in OF_FEATURES]


def random_case(contract: Contract, rng: np.random.Generator) -> Case:
    """A small case; a kernel's with a mask in which one query is permitted no key, is_causal and a scale."""
    if contract is TargetLoss:
        return target_loss.draw(rng, batch=2, src_len=2, tgt_len=3, vocab=4)
    if contract is SentenceClassifier:
        return sentence_classifier.draw(rng, batch=3, seq_len=4, hidden=4, n_heads=2, layers=2, labels=3)
    if contract is ContrastiveLoss:
        return clip_loss.draw(rng, pairs=3, width=4, spread=0.5, scale=3.0)
    if contract.item in MODELS:
        sizes = {"src_len": 2} if contract is TransformerDecoder else {}
        return MODELS[contract.item].draw(rng, batch=2, seq_len=3, hidden=2, layers=2, **sizes)
    if not contract.is_function:
        return draw(rng, batch=2, q_len=3, kv_len=3, hidden=3)
    mask = np.array([[True, False, True, True], [True, True, False, True], [False, False, False, False]])
    case = attention.draw(rng, batch=2, n_heads=2, q_len=3, kv_len=4, d_head=2)
    return case.given(mask=mask, is_causal=True, scale=-0.7)


@pytest.mark.parametrize("contract", WITH_GRADIENTS, ids=[c.item for c in WITH_GRADIENTS])
def test_gradients_are_what_finite_differences_say(contract: Contract) -> None:
    rng = np.random.default_rng(7)
    case = random_case(contract, rng)
    cotangents = {name: rng.standard_normal(forms[0].shape) for name, forms in contract.outputs(case).items()}
    keywords = {**case.keywords, **contract.told(case)}
    gradients = contract.oracle(case.parameters, case.inputs, cotangents, keywords)

    def pulled(arrays: dict[str, Any]) -> float:
        result = contract.oracle(arrays, arrays, {}, keywords)
        return float(sum((result[name] * cotangents[name]).sum() for name in cotangents))

    everything = {**case.parameters, **case.inputs}
    learned = {name: a for name, a in everything.items() if a.dtype.kind == "f"}
    for name, array in learned.items():
        for index in np.ndindex(array.shape):
            step = np.zeros_like(array)
            step[index] = STEP
            up, down = (pulled({**everything, name: array + s * step}) for s in (1, -1))
            assert abs((up - down) / (2 * STEP) - gradients[f"grad {name}"][index]) <= DIFFERENCE, name


def test_the_softmax_gradient_is_the_derived_one() -> None:
    x = sympy.symbols("x:3", real=True)
    total = sum(sympy.exp(a) for a in x)
    p = [sympy.exp(a) / total for a in x]
    for i, j in itertools.product(range(3), repeat=2):
        derived = sympy.diff(p[i], x[j])
        assert sympy.simplify(derived - p[i] * (int(i == j) - p[j])) == 0


def test_one_key_has_all_the_weight_and_masked_keys_none() -> None:
    logits = np.array([[[0.0, 5.0, -800.0]]])
    assert softmax(logits, np.array([[True, False, False]])).tolist() == [[[1.0, 0.0, 0.0]]]
    assert softmax(logits - 1e5, masks.full(1, 3))[0, 0, 2] == 0.0


def test_attention_by_hand() -> None:
    contract = CONTRACTS["ScaledDotAttention"]
    identity = {f"{layer}.weight": np.eye(1) for layer in "QKV"} | {f"{layer}.bias": np.zeros(1) for layer in "QKV"}
    inputs = {
        "queries": np.array([[[1.0]]]),
        "keys": np.array([[[0.0], [np.log(3.0)]]]),
        "values": np.array([[[4.0], [8.0]]]),
    }
    result = contract.oracle(identity, inputs, {}, {})
    assert np.round(result["weights"], 12).tolist() == [[[0.25, 0.75]]]
    assert np.round(result["context"], 12).tolist() == [[[7.0]]]


def test_a_query_with_no_permitted_key_gives_zeros_and_takes_no_gradient() -> None:
    case = random_case(Attention, np.random.default_rng(8))
    truth = Attention.truth(case, {"out": np.ones((2, 2, 3, 2))})
    for name in ("out", "grad q"):
        assert not truth[name].value[:, :, 2].any()
        assert truth[name].value[:, :, :2].any()


def test_mask_and_is_causal_hold_together() -> None:
    mask = np.array([[[[True, True, False]]]])
    both = attention.permitted((1, 1, 2, 4), (1, 1, 3, 4), {"mask": mask, "is_causal": True})
    assert both[0, 0].tolist() == [[True, False, False], [True, True, False]]


def test_causal_masks_are_aligned_at_the_top_left() -> None:
    assert masks.causal(2, 3).tolist() == [[True, False, False], [True, True, False]]
    assert masks.full(1, 2).tolist() == [[True, True]]


def test_bert_by_hand() -> None:
    """One head of one number: the norms leave their biases, and what the pooler makes of 0.5 is tanh(1.5)."""
    shapes = bert.parameters(
        {
            "hidden_size": 1,
            "intermediate_size": 1,
            "vocab_size": 2,
            "max_position_embeddings": 3,
            "num_hidden_layers": 1,
        }
    )
    parameters = {name: np.ones(size) for name, size in shapes.items()}
    parameters["encoder.layer.0.output.LayerNorm.bias"] = np.array([0.5])
    tokens = {"input_ids": np.array([[0, 1, 1], [1, 0, 0]])}
    pooled = bert.Bert(parameters, 1, bert.Batch.of(tokens)).pooled()
    assert np.abs(pooled - np.tanh(1.5)).max() <= DIFFERENCE


def test_similarities_classes_and_rankings_by_hand() -> None:
    """Features along the axes of a plane, of several lengths, and one between them, whose cosine is the root of a half."""
    images, texts = np.array([[3.0, 0.0], [0.0, 0.5], [2.0, 2.0]]), np.array([[0.0, 7.0]])
    inputs = {"image_features": images, "text_features": texts}
    half = np.sqrt(0.5)
    assert np.abs(clip.similarities(images, texts) - [[0.0, 1.0, half]]).max() <= DIFFERENCE
    ranked = CONTRACTS["rank_images"].oracle({}, inputs, {}, {"k": 2})["probabilities"]
    odds = np.exp(100 * (half - 1))
    assert np.abs(ranked - np.array([[1.0, odds]]) / (1 + odds)).max() <= DIFFERENCE
    both = {**inputs, "text_features": np.array([[0.0, 7.0], [1.0, 0.0]])}
    classes = CONTRACTS["zero_shot_probabilities"].oracle({}, both, {}, {})["probabilities"]
    assert np.abs(classes - [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]).max() <= DIFFERENCE


def test_a_model_s_features_are_those_that_its_items_see() -> None:
    case = clip.draw_with_model(np.random.default_rng(5), images=3, texts=2, width=4, spread=0.3)
    contract = CONTRACTS["compare_images"]
    keywords = contract.told(case)
    images, texts = clip.features(case.inputs, keywords)
    by_hand = np.stack([keywords["towers"].texts[row].sum(axis=0) for row in case.inputs["tokens"]])
    assert np.abs(texts - by_hand).max() <= DIFFERENCE
    of_model, plain = contract.truth(case)["similarity"].value, clip.similarities(images, texts)
    assert np.abs(of_model - plain).max() <= DIFFERENCE


def test_the_embedding_of_padding_does_not_learn() -> None:
    case = random_case(SentenceClassifier, np.random.default_rng(9))
    case = case.given(input_ids=np.zeros_like(case.keywords["input_ids"]))
    gradient = SentenceClassifier.truth(case, {"loss": np.array(1.0)})[f"grad {bert.WORDS}"].value
    assert not gradient.any()


@pytest.mark.parametrize("function", [sqrt, tanh, erf])
def test_functions_are_the_same_for_arrays_of_every_kind(function: Callable[[Any], Any]) -> None:
    rng = np.random.default_rng(4)
    x = rng.uniform(0.1, 3.0, (4, 5))
    exact, tracked = function(x), function(Rounded(x, np.abs(x)))
    assert np.array_equal(tracked.value, exact)
    assert np.abs(function(Jittered(x, rng)).value - exact).max() <= SIZE * np.abs(exact).max()
    lost = np.abs(function(x.astype(np.float32)).astype(np.float64) - exact)
    assert function(x.astype(np.float32)).dtype == np.float32
    assert (lost <= 2 * EPS["float32"] * tracked.error).all()


def test_the_tracked_error_covers_what_float32_loses() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 50, 50)) * 10.0 ** rng.integers(-3, 4, (2, 50, 1))
    for function in (
        lambda x, y: x @ y,
        lambda x, y: (x * y).sum(axis=-1),
        lambda x, y: x / (y * y + 1.0),
        lambda x, y: x - y,
    ):
        exact, tracked = function(a, b), function(Rounded(a), Rounded(b))
        lost = np.abs(function(a.astype(np.float32), b.astype(np.float32)).astype(np.float64) - exact)
        rounded_inputs = 2 * (tracked.error + np.abs(exact)) * 2.0**-22
        assert (lost <= rounded_inputs + np.abs(a).max() * 2.0**-20).all()
        assert np.array_equal(tracked.value, exact)


def test_a_large_row_does_not_excuse_a_small_one() -> None:
    exact = np.array([[1e6, 0.0], [1.0, 0.0]])
    budget = expected(exact, exact, Rounded(exact, np.abs(exact)), "float32").budget
    assert budget[0, 0] > 1000 * budget[1, 0]
    off = exact + np.array([[0.0, 0.0], [0.0, 1e-3]])
    found = miss(off, expected(exact, exact, Rounded(exact, np.abs(exact)), "float32"))
    assert found is not None
    assert found.at == (1, 1)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e-300])
def test_what_is_not_finite_or_not_equal_is_a_miss(wrong: float) -> None:
    assert miss(np.array([0.0, wrong]), exactly(np.zeros(2))) is not None
    assert miss(np.zeros(2), exactly(np.zeros(2))) is None
    assert (miss(np.array([wrong]), Expected(np.zeros(1), np.full(1, np.inf))) is None) == bool(np.isfinite(wrong))


def test_a_wrong_shape_is_an_error_not_a_broadcast() -> None:
    with pytest.raises(ValueError, match=r"got shape \(1,\), expected \(3,\)"):
        miss(np.zeros(1), exactly(np.zeros(3)))

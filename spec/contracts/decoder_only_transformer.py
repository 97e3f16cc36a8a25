"""Handout 3.2.2: a decoder alone, which reads source and end of prompt and goes on with the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts import transformer
from spec.contracts.contract import Case, Contract, Form
from spec.contracts.transformer import CAUSAL_SELF, SELF, Layers, Numbers
from spec.rounding import Number, stacked

REACHES = [CAUSAL_SELF]


def oracle(parameters: Numbers, inputs: Numbers, cotangents: Numbers, _: Mapping[str, Any]) -> dict[str, Number]:
    """The logits, the weights, and gradients.

    Shapes:  inputs int64 [batch, seq_len]; logits [batch, seq_len, vocab]; weights [layers, batch, seq_len, seq_len].
    Source:  handout 3.2.2; the course's notebook, where it is called TransformerDecoder as well.
    """
    layers = Layers(parameters, REACHES)
    x = layers.forward(transformer.embedded(parameters, inputs["inputs"]))
    result = {"logits": transformer.logits(parameters, x), "weights": stacked(layers.weights[SELF])}
    if not cotangents:
        return result
    last, d = transformer.logits_backward(parameters, x, cotangents["logits"])
    d_weights = {SELF: cotangents["weights"]} if "weights" in cotangents else {}
    found, _memory, d = layers.backward(d, d_weights)
    return result | last | found | transformer.embedded_backward(parameters, inputs["inputs"], d)


def parameters(vocab: int, hidden: int, layers: int, _span: str = "target_only") -> dict[str, tuple[int, ...]]:
    """Shapes of the parameters, named as in the starter."""
    return transformer.parameters(vocab, hidden, layers, SELF)


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """Logits, and weights in any form."""
    batch, seq_len = case.inputs["inputs"].shape
    vocab, _, layers, *_ = case.arguments
    weights = transformer.weights_forms(layers, batch, seq_len, seq_len)
    return {"logits": (Form((batch, seq_len, vocab)),), "weights": weights}


def draw(rng: np.random.Generator, *, batch: int, seq_len: int, hidden: int, layers: int) -> Case:
    """A case of the given sizes, its tokens of the whole vocabulary.

    Shapes:  inputs int64 [batch, seq_len].
    """
    tokens = rng.integers(0, transformer.VOCAB_SIZE, (batch, seq_len))
    drawn = transformer.draw_parameters(rng, parameters(transformer.VOCAB_SIZE, hidden, layers))
    return Case((transformer.VOCAB_SIZE, hidden, layers, "target_only"), drawn, {"inputs": tokens})


CONTRACT = Contract(
    item="DecoderOnlyTransformer",
    question="3.2.2",
    signature=(
        "DecoderOnlyTransformer(vocab_size, hidden_size, num_layers, loss_seq_span).forward(inputs)"
        " -> (logits, self_attention_weights); TransformerDecoder, if its forward takes inputs alone"
    ),
    parameters=parameters,
    outputs=outputs,
    oracle=oracle,
    describe=transformer.describe,
    probe=lambda rng: draw(rng, batch=2, seq_len=4, hidden=4, layers=2),
    optional=transformer.optional(SELF),
    returns=["logits", "weights"],
    aliases=("TransformerDecoder",),
    takes=frozenset({1}),
    spare=1,
    deep=True,
    attentions={SELF: True},
)

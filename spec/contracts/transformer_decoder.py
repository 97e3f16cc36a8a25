"""The decoder of the handout's translation model (3.1.3): what comes next in the target, in the light of the source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts import transformer
from spec.contracts.contract import Case, Contract, Form
from spec.contracts.transformer import CAUSAL_SELF, CROSS, OVER_SOURCE, SELF, Layers, Numbers
from spec.rounding import Number, stacked

REACHES = [CAUSAL_SELF, OVER_SOURCE]


def oracle(parameters: Numbers, inputs: Numbers, cotangents: Numbers, _: Mapping[str, Any]) -> dict[str, Number]:
    """The logits, the weights over source and target, and gradients.

    Shapes:  inputs int64 [batch, tgt_len]; annotations [batch, src_len, hidden]; logits [batch, tgt_len, vocab];
             over_source [layers, batch, tgt_len, src_len]; over_target [layers, batch, tgt_len, tgt_len].
    Source:  the course's notebook, `TransformerDecoder`.
    """
    layers = Layers(parameters, REACHES, inputs["annotations"])
    x = layers.forward(transformer.embedded(parameters, inputs["inputs"]))
    over_source, over_target = (stacked(layers.weights[prefix]) for prefix in (CROSS, SELF))
    result = {"logits": transformer.logits(parameters, x), "over_source": over_source, "over_target": over_target}
    if not cotangents:
        return result
    last, d = transformer.logits_backward(parameters, x, cotangents["logits"])
    given = {CROSS: "over_source", SELF: "over_target"}
    d_weights = {prefix: cotangents[name] for prefix, name in given.items() if name in cotangents}
    found, d_memory, d = layers.backward(d, d_weights)
    found |= transformer.embedded_backward(parameters, inputs["inputs"], d)
    return result | last | found | {"grad annotations": d_memory}


def parameters(vocab: int, hidden: int, layers: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the parameters, named as in the starter."""
    return transformer.parameters(vocab, hidden, layers, SELF, CROSS)


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """Logits, and weights in any form."""
    batch, tgt_len = case.inputs["inputs"].shape
    vocab, _, layers = case.arguments
    src_len = case.inputs["annotations"].shape[1]
    return {
        "logits": (Form((batch, tgt_len, vocab)),),
        "over_source": transformer.weights_forms(layers, batch, tgt_len, src_len),
        "over_target": transformer.weights_forms(layers, batch, tgt_len, tgt_len),
    }


def draw(rng: np.random.Generator, *, batch: int, seq_len: int, src_len: int, hidden: int, layers: int) -> Case:
    """A case of the given sizes, its tokens of the whole vocabulary.

    Shapes:  inputs int64 [batch, seq_len]; annotations [batch, src_len, hidden].
    """
    inputs = {
        "inputs": rng.integers(0, transformer.VOCAB_SIZE, (batch, seq_len)),
        "annotations": rng.standard_normal((batch, src_len, hidden)),
    }
    drawn = transformer.draw_parameters(rng, parameters(transformer.VOCAB_SIZE, hidden, layers))
    return Case((transformer.VOCAB_SIZE, hidden, layers), drawn, inputs, extra=(None,))


CONTRACT = Contract(
    item="TransformerDecoder",
    question="decoder",
    signature=(
        "TransformerDecoder(vocab_size, hidden_size, num_layers).forward(inputs, annotations, hidden_init)"
        " -> (logits, (encoder_attention_weights, self_attention_weights))"
    ),
    parameters=parameters,
    outputs=outputs,
    oracle=oracle,
    describe=transformer.describe,
    probe=lambda rng: draw(rng, batch=2, seq_len=4, src_len=4, hidden=4, layers=2),
    optional=transformer.optional(SELF, CROSS),
    returns=["logits", ["over_source", "over_target"]],
    takes=frozenset({2, 3}),
    deep=True,
    attentions={SELF: True, CROSS: False},
)

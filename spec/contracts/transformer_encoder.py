"""The encoder of the handout's translation model (3.1.3): each character in the light of all the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts import transformer
from spec.contracts.contract import Case, Contract, Form
from spec.contracts.transformer import FULL_SELF, SELF, Layers, Numbers
from spec.rounding import Number

REACHES = [FULL_SELF]


def oracle(parameters: Numbers, inputs: Numbers, cotangents: Numbers, _: Mapping[str, Any]) -> dict[str, Number]:
    """The annotations, and gradients.

    Shapes:  inputs int64 [batch, src_len]; annotations and their cotangent [batch, src_len, hidden].
    Source:  the course's notebook, `TransformerEncoder`.
    """
    layers = Layers(parameters, REACHES)
    result = {"annotations": layers.forward(transformer.embedded(parameters, inputs["inputs"]))}
    if not cotangents:
        return result
    found, _memory, d = layers.backward(cotangents["annotations"], {})
    return result | found | transformer.embedded_backward(parameters, inputs["inputs"], d)


def parameters(vocab: int, hidden: int, layers: int, _options: Any = None) -> dict[str, tuple[int, ...]]:
    """Shapes of the parameters, named as in the starter."""
    return transformer.parameters(vocab, hidden, layers, SELF, out=False)


def draw(rng: np.random.Generator, *, batch: int, seq_len: int, hidden: int, layers: int) -> Case:
    """A case of the given sizes, its tokens of the whole vocabulary.

    Shapes:  inputs int64 [batch, seq_len].
    """
    tokens = rng.integers(0, transformer.VOCAB_SIZE, (batch, seq_len))
    shapes = parameters(transformer.VOCAB_SIZE, hidden, layers)
    drawn = transformer.draw_parameters(rng, shapes)
    return Case((transformer.VOCAB_SIZE, hidden, layers, {"options": {"cuda": False}}), drawn, {"inputs": tokens})


CONTRACT = Contract(
    item="TransformerEncoder",
    question="encoder",
    signature="TransformerEncoder(vocab_size, hidden_size, num_layers, opts).forward(inputs) -> (annotations, None)",
    parameters=parameters,
    outputs=lambda case: {"annotations": (Form((*case.inputs["inputs"].shape, case.arguments[1])),)},
    oracle=oracle,
    describe=transformer.describe,
    probe=lambda rng: draw(rng, batch=2, seq_len=4, hidden=4, layers=2),
    optional=transformer.optional(SELF),
    returns=["annotations", None],
    spare=1,
    deep=True,
    attentions={SELF: False},
)

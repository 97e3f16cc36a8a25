"""What CLIP is trained on: every picture is to find its text among all of a batch, and every text its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts import clip
from spec.contracts.contract import Case, Contract, Form, Numbers
from spec.contracts.scaled_dot_attention import shape, transposed
from spec.rounding import Number, exp, lifted, log


def oracle(_: Numbers, inputs: Numbers, cotangents: Numbers, __: Mapping[str, Any]) -> dict[str, Number]:
    """The mean of two cross-entropies, over the texts of each picture and over the pictures of each text, and gradients.

    Shapes:  image_features, text_features [pairs, width]; logit_scale and loss numbers.
    Units:   nats a pair. `logit_scale` is what cosines are multiplied by, not its logarithm.
    Source:  Radford et al. 2021, figure 3.
    """
    (images, lengths), (texts, text_lengths) = (clip.unit(inputs[name]) for name in ("image_features", "text_features"))
    scale, pairs = inputs["logit_scale"], shape(images)[0]
    cosines = images @ transposed(texts)
    logits = cosines * scale  # [images, texts]
    own = lifted(np.eye(pairs), images)
    both = _log_probs(logits) + transposed(_log_probs(transposed(logits)))
    result = {"loss": -(both * own).sum(axis=-1).sum(axis=0) * (0.5 / pairs)}
    if not cotangents:
        return result
    probs = clip.probabilities(logits) + transposed(clip.probabilities(transposed(logits)))
    d_logits = (probs - own * 2.0) * (cotangents["loss"] * (0.5 / pairs))
    d_cosines = d_logits * scale
    return result | {
        "grad image_features": clip.unit_backward(images, lengths, d_cosines @ texts),
        "grad text_features": clip.unit_backward(texts, text_lengths, transposed(d_cosines) @ images),
        "grad logit_scale": (d_logits * cosines).sum(axis=-1).sum(axis=0),
    }


def draw(rng: np.random.Generator, *, pairs: int, width: int, spread: float, scale: float) -> Case:
    """A call of the given sizes.

    Shapes:  image_features, text_features [pairs, width]; logit_scale a number.
    """
    case = clip.draw(rng, images=pairs, texts=pairs, width=width, spread=spread)
    return Case((), {}, {**case.inputs, "logit_scale": np.array(scale)})


def _log_probs(logits: Number) -> Number:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - log(exp(shifted).sum(axis=-1, keepdims=True))


def _describe(case: Case) -> str:
    pairs, width = case.inputs["image_features"].shape
    return f"pairs {pairs}, width {width}, logit_scale {float(case.inputs['logit_scale']):g}"


CONTRACT = Contract(
    item="contrastive_loss",
    question="clip-loss",
    signature="contrastive_loss(image_features, text_features, logit_scale) -> loss; cosines times logit_scale are logits",
    parameters=dict,
    outputs=lambda _: {"loss": Form.single()},
    oracle=oracle,
    describe=_describe,
    probe=lambda rng: draw(rng, pairs=3, width=4, spread=0.3, scale=10.0),
    is_function=True,
    dtypes=clip.DTYPES,
)

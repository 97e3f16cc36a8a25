"""The loss of a decoder alone: cross-entropy of the target and its end, and of nothing before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts.contract import Case, Contract, Form, Numbers
from spec.contracts.scaled_dot_attention import shape
from spec.rounding import Number, exp, lifted, log


def oracle(_: Numbers, inputs: Numbers, cotangents: Numbers, _keywords: Mapping[str, Any]) -> dict[str, Number]:
    """The mean negative log-probability of the targets at the last positions, and its gradient.

    Shapes:  logits [batch, seq_len, vocab]; tgt_EOS int64 [batch, tgt_len], tgt_len <= seq_len; loss a number.
    Units:   nats a token.
    Source:  handout 3.2.2; the course's notebook, `compute_loss`.
    """
    logits, targets = inputs["logits"], inputs["tgt_EOS"]
    span = logits[:, -targets.shape[1] :]
    shifted = span - span.max(axis=-1, keepdims=True)
    powers = exp(shifted)
    totals = powers.sum(axis=-1, keepdims=True)
    wanted = lifted(np.eye(shape(logits)[-1])[targets], logits)
    log_probs = ((shifted - log(totals)) * wanted).sum(axis=-1).reshape(-1)
    result = {"loss": -log_probs.sum(axis=0) * (1 / targets.size)}
    if not cotangents:
        return result
    before = np.zeros_like(_value(logits)[:, : -targets.shape[1]])
    d_span = (powers / totals - wanted) * (1 / targets.size) * cotangents["loss"]
    return result | {"grad logits": _joined(before, d_span)}


def case(logits: Any, targets: Any) -> Case:
    """A call.

    Shapes:  logits [batch, seq_len, vocab]; targets int64 [batch, tgt_len].
    """
    return Case((), {}, {"logits": logits, "tgt_EOS": targets})


def draw(rng: np.random.Generator, *, batch: int, src_len: int, tgt_len: int, vocab: int = 30) -> Case:
    """A case of the given sizes, with normal logits.

    Shapes:  logits [batch, src_len + tgt_len, vocab]; tgt_EOS [batch, tgt_len].
    """
    logits = rng.standard_normal((batch, src_len + tgt_len, vocab))
    return case(logits, rng.integers(0, vocab, (batch, tgt_len)))


def _describe(case: Case) -> str:
    batch, seq_len, vocab = case.inputs["logits"].shape
    return f"batch {batch}, length {seq_len}, target {case.inputs['tgt_EOS'].shape[1]}, vocabulary {vocab}"


def _value(x: Number) -> Any:
    return getattr(x, "value", x)


def _joined(before: Any, after: Number) -> Number:
    """Zeros, then what is after them, along the axis of positions."""
    if isinstance(after, np.ndarray):
        return np.concatenate([before, after], axis=1)
    return after.joined(before)


CONTRACT = Contract(
    item="target_loss",
    question="loss",
    signature="target_loss(logits, tgt_EOS) -> loss",
    parameters=dict,
    outputs=lambda case: {"loss": (Form(()),)},
    oracle=oracle,
    describe=_describe,
    probe=lambda rng: draw(rng, batch=2, src_len=3, tgt_len=2),
    is_function=True,
)

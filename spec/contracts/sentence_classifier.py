"""Handout 4.1: a classifier on BERT's pooled [CLS], and its loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from spec.contracts import bert
from spec.contracts.bert import Batch, Bert, linear_backward
from spec.contracts.contract import Case, Contract, Form, Numbers
from spec.contracts.scaled_dot_attention import shape, transposed
from spec.error import Expected
from spec.rounding import Number, exp, lifted, log

CLASSIFIER = "classifier"
CONFIG = "bert-config"  # what stands for a BertConfig in a request
VOCAB_SIZE, POSITIONS = 16, 48


def oracle(parameters: Numbers, _: Numbers, cotangents: Numbers, keywords: Mapping[str, Any]) -> dict[str, Number]:
    """The logits, with labels their loss, and gradients.

    Shapes:  input_ids, attention_mask, token_type_ids int64 [batch, seq_len]; labels int64 [batch]; logits [batch, labels];
             loss a number.
    Units:   nats a sentence.
    Source:  handout 4.1; the course's notebook, `BertForSentenceClassification`.
    """
    model = Bert(parameters, keywords["n_heads"], Batch.of(keywords))
    pooled = model.pooled()
    logits = _logits(parameters, pooled)
    result = {"logits": logits}
    if "labels" in keywords:
        result["loss"] = _loss(logits, keywords["labels"])
    if not cotangents:
        return result
    d = lifted(np.zeros(shape(logits)), logits) + cotangents.get("logits", 0.0)
    if "loss" in cotangents:
        d = d + _loss_slope(logits, keywords["labels"]) * cotangents["loss"]
    found, d_pooled = linear_backward(parameters, CLASSIFIER, pooled, d)
    return result | {f"grad {name}": gradient for name, gradient in found.items()} | model.backward(d_pooled)


def trained(case: Case, *, rate: float, steps: int) -> dict[str, Expected]:
    """The classifier's parameters after steps of gradient descent on one batch, while BERT is frozen.

    Units:   the rate in units of a parameter a unit of its gradient.
    """
    return replace(CONTRACT, oracle=partial(_trained, rate=rate, steps=steps)).truth(case)


def parameters(argument: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of BERT's parameters and the classifier's."""
    config = argument[CONFIG]
    shapes = bert.parameters(config)
    labels, hidden = config["num_labels"], config["hidden_size"]
    return shapes | {f"{CLASSIFIER}.weight": (labels, hidden), f"{CLASSIFIER}.bias": (labels,)}


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """Logits, and a loss where there are labels."""
    logits = {"logits": (Form((len(case.keywords["input_ids"]), config_of(case)["num_labels"])),)}
    return logits | ({"loss": (Form(()), Form((1,)))} if "labels" in case.keywords else {})


def config_of(case: Case) -> dict[str, Any]:
    """What the model is configured with."""
    config: dict[str, Any] = case.arguments[0][CONFIG]
    return config


def draw(
    rng: np.random.Generator, *, batch: int, seq_len: int, hidden: int, n_heads: int, layers: int, labels: int
) -> Case:
    """A case of the given sizes: sentences of one to `seq_len` tokens, padded, in two segments, with labels.

    Shapes:  input_ids, attention_mask, token_type_ids int64 [batch, seq_len]; labels int64 [batch].
    Edges:   the first sentence is as long as it may be; dropout is none.
    """
    lengths = np.concatenate([[seq_len], rng.integers(1, seq_len + 1, batch - 1)])
    mask = (np.arange(seq_len) < lengths[:, None]).astype(np.int64)
    tokens = rng.integers(1, VOCAB_SIZE, (batch, seq_len)) * mask
    types = np.sort(rng.integers(0, 2, (batch, seq_len)), axis=1) * mask
    config = {
        "vocab_size": VOCAB_SIZE, "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": n_heads,
        "intermediate_size": 2 * hidden, "max_position_embeddings": POSITIONS, "num_labels": labels,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    }  # fmt: skip
    argument = {CONFIG: config}
    arrays = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": types}
    keywords = {**arrays, "labels": rng.integers(0, labels, batch)}
    return Case((argument,), bert.drawn(rng, parameters(argument)), {}, keywords=keywords)


def configured(case: Case, **options: Any) -> Case:
    """The same call of a model with other options."""
    return replace(case, arguments=({CONFIG: {**config_of(case), **options}},))


def _logits(parameters: Numbers, pooled: Number) -> Number:
    return pooled @ transposed(parameters[f"{CLASSIFIER}.weight"]) + parameters[f"{CLASSIFIER}.bias"]


def _loss(logits: Number, labels: Any) -> Number:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probs = shifted - log(exp(shifted).sum(axis=-1, keepdims=True))
    return -(log_probs * _one_hot(labels, logits)).sum(axis=-1).sum(axis=0) * (1 / len(labels))


def _loss_slope(logits: Number, labels: Any) -> Number:
    powers = exp(logits - logits.max(axis=-1, keepdims=True))
    probs = powers / powers.sum(axis=-1, keepdims=True)
    return (probs - _one_hot(labels, logits)) * (1 / len(labels))


def _one_hot(labels: Any, logits: Number) -> Number:
    return lifted(np.eye(shape(logits)[-1])[labels], logits)


def _trained(
    parameters: Numbers, _: Numbers, __: Numbers, keywords: Mapping[str, Any], *, rate: float, steps: int
) -> dict[str, Number]:
    pooled = Bert(parameters, keywords["n_heads"], Batch.of(keywords)).pooled()
    now = {name: parameters[name] for name in (f"{CLASSIFIER}.weight", f"{CLASSIFIER}.bias")}
    for _step in range(steps):
        slope = _loss_slope(_logits(now, pooled), keywords["labels"])
        found, _into = linear_backward(now, CLASSIFIER, pooled, slope)
        now = {name: value - found[name] * rate for name, value in now.items()}
    return now


def _describe(case: Case) -> str:
    batch, seq_len = case.keywords["input_ids"].shape
    config = config_of(case)
    heads, layers, labels = (config[f"num_{name}"] for name in ("attention_heads", "hidden_layers", "labels"))
    hidden = config["hidden_size"]
    return f"batch {batch}, length {seq_len}, hidden {hidden}, heads {heads}, layers {layers}, num_labels {labels}"


def _probe(rng: np.random.Generator) -> Case:
    return draw(rng, batch=2, seq_len=4, hidden=4, n_heads=2, layers=1, labels=3)


CONTRACT = Contract(
    item="BertForSentenceClassification",
    question="4.1",
    signature=(
        "BertForSentenceClassification(config).forward(labels=None, *, input_ids, attention_mask, token_type_ids)"
        " -> (logits, loss), or (logits,) without labels"
    ),
    parameters=parameters,
    outputs=outputs,
    oracle=oracle,
    describe=_describe,
    probe=_probe,
    deep=True,
    dtypes=("float32",),  # the course's; who casts the logits to it, as is usual before a loss, is right
    costs=3,
    as_tuple=True,
    prefixes=("bert.",),
    libraries=("transformers.models.bert.modeling_bert",),
    told=lambda case: {"n_heads": config_of(case)["num_attention_heads"]},
)

"""Handout 3.1.1: scaled dot-product attention with learned projections of queries, keys and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spec import masks
from spec.contracts.contract import Case, Contract, Form
from spec.jitter import Jittered
from spec.rounding import Number, exp, keep

Mask = Callable[[int, int], NDArray[np.bool_]]


def softmax(logits: Number, mask: NDArray[np.bool_]) -> Number:
    """Softmax over the permitted keys of each query.

    Shapes:  logits [..., q_len, kv_len]; mask bool [..., q_len, kv_len]; result as logits.
    Edges:   a key that is not permitted has weight exactly 0; a query that is permitted none has weights of 0 (C2). Where
             rounding is measured, a row's weights may also be off as one, as those of exp(logits - logsumexp) are.
    Source:  Vaswani et al. 2017, eq. 1.
    """
    any_permitted = np.asarray(mask.any(axis=-1, keepdims=True))
    highest = keep(keep(logits, mask, -np.inf).max(axis=-1, keepdims=True), any_permitted, 0.0)
    weights = exp(keep(logits - highest, mask, -np.inf))
    weights = weights / keep(weights.sum(axis=-1, keepdims=True), any_permitted, 1.0)
    return weights.off_as_one(highest) if isinstance(weights, Jittered) else weights


def attend(
    parameters: Mapping[str, Number], inputs: Mapping[str, Number], cotangents: Mapping[str, Number], mask: Mask
) -> dict[str, Number]:
    """Attention of projected queries over projected keys and values, and its gradients.

    Shapes:  queries [batch, q_len, hidden] or [batch, hidden]; keys, values [batch, kv_len, hidden];
             context [batch, q_len, hidden]; weights [batch, q_len, kv_len]; cotangents as context and weights.
    Edges:   a 2D query is one query (C7); without cotangents there are no gradients in the result.
    Source:  handout 3.1.1; the gradients are `attention_backward` and those of linear layers.
    """
    queries, keys, values = as_3d(inputs["queries"]), inputs["keys"], inputs["values"]
    q = queries @ transposed(parameters["Q.weight"]) + parameters["Q.bias"]
    k = keys @ transposed(parameters["K.weight"]) + parameters["K.bias"]
    v = values @ transposed(parameters["V.weight"]) + parameters["V.bias"]
    scale = shape(q)[-1] ** -0.5
    weights = softmax(q @ transposed(k) * scale, mask(shape(q)[-2], shape(k)[-2]))
    result = {"context": weights @ v, "weights": weights}
    if not cotangents:
        return result

    d_q, d_k, d_v = attention_backward(
        weights, q, k, v, d_context=cotangents["context"], d_weights=cotangents.get("weights"), scale=scale
    )
    result |= _linear_backward(parameters, "Q", "queries", queries, d_q)
    result |= _linear_backward(parameters, "K", "keys", keys, d_k)
    result |= _linear_backward(parameters, "V", "values", values, d_v)
    result["grad queries"] = result["grad queries"].reshape(*shape(inputs["queries"]))
    return result


def attention_backward(
    weights: Number, q: Number, k: Number, v: Number, *, d_context: Number, d_weights: Number | None, scale: Any
) -> tuple[Number, Number, Number]:
    """The gradients of sum(d_context * context) + sum(d_weights * weights) in q, k and v.

    Shapes:  weights, d_weights [..., q_len, kv_len]; q, d_context [..., q_len, hidden]; k, v [..., kv_len, hidden];
             results as q, k, v.
    Edges:   arrays of any kind, symbols among them; `d_weights` None leaves the second sum out.
    Source:  proved to be the derivative by `spec.claims.attention`, which runs this very function on symbols.
    """
    pulled = d_context @ transposed(v)
    if d_weights is not None:
        pulled = pulled + d_weights
    d_logits = weights * (pulled - (weights * pulled).sum(axis=-1, keepdims=True)) * scale
    return d_logits @ k, transposed(d_logits) @ q, transposed(weights) @ d_context


def _linear_backward(
    parameters: Mapping[str, Number], layer: str, name: str, x: Number, d_y: Number
) -> dict[str, Number]:
    hidden = shape(x)[-1]
    return {
        f"grad {name}": d_y @ parameters[f"{layer}.weight"],
        f"grad {layer}.weight": transposed(d_y.reshape(-1, hidden)) @ x.reshape(-1, hidden),
        f"grad {layer}.bias": d_y.reshape(-1, hidden).sum(axis=0),
    }


def as_3d(queries: Number) -> Number:
    """A 2D query as a sequence of one query (C7)."""
    if len(shape(queries)) == 3:
        return queries
    batch, hidden = shape(queries)
    return queries.reshape(batch, 1, hidden)


def transposed(x: Number) -> Number:
    """The transpose of the last two axes."""
    return x.swapaxes(-1, -2)


def shape(x: Number) -> tuple[int, ...]:
    """The shape of an array of any kind."""
    value: Any = getattr(x, "value", x)
    return tuple(value.shape)


def parameters(hidden_size: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the three linear layers, named as in the starter."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in "QKV":
        shapes |= {f"{layer}.weight": (hidden_size, hidden_size), f"{layer}.bias": (hidden_size,)}
    return shapes


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """The forms that context and weights may have: weights in either orientation (C4), a 2D query's with or without
    the axis of its one query (C7)."""
    batch, q_len, hidden = as_3d(case.inputs["queries"]).shape
    kv_len = case.inputs["keys"].shape[1]
    context: tuple[Form, ...] = (Form((batch, q_len, hidden)),)
    weights: tuple[Form, ...] = (Form((batch, q_len, kv_len)), Form((batch, kv_len, q_len), turned=True))
    if case.inputs["queries"].ndim == 2:
        context, weights = (*context, Form((batch, hidden))), (*weights, Form((batch, kv_len)))
    return {"context": context, "weights": weights}


def describe(case: Case) -> str:
    """The sizes of a case, as a student would say them."""
    batch, q_len, hidden = as_3d(case.inputs["queries"]).shape
    kv_len = case.inputs["keys"].shape[1]
    lengths = f"length {q_len}" if q_len == kv_len else f"queries {q_len}, keys {kv_len}"
    flat = ", 2D query" if case.inputs["queries"].ndim == 2 else ""
    return f"batch {batch}, {lengths}, hidden {hidden}{flat}"


def draw(rng: np.random.Generator, *, batch: int, q_len: int, kv_len: int, hidden: int) -> Case:
    """A case of the given sizes with normal inputs and parameters that keep their scale.

    Shapes:  queries [batch, q_len, hidden]; keys, values [batch, kv_len, hidden].
    """
    weights = {name: rng.standard_normal(size) for name, size in parameters(hidden).items()}
    scaled = {name: a / hidden**0.5 if a.ndim == 2 else a for name, a in weights.items()}
    inputs = {
        "queries": rng.standard_normal((batch, q_len, hidden)),
        "keys": rng.standard_normal((batch, kv_len, hidden)),
        "values": rng.standard_normal((batch, kv_len, hidden)),
    }
    return Case((hidden,), scaled, inputs)


def probe(rng: np.random.Generator) -> Case:
    """As many queries as keys, so that only the numbers tell which way round the weights are."""
    return draw(rng, batch=2, q_len=4, kv_len=4, hidden=4)


SIGNATURE = "forward(queries, keys, values) -> (context, attention_weights)"

CONTRACT = Contract(
    item="ScaledDotAttention",
    question="3.1.1",
    signature=f"ScaledDotAttention(hidden_size).{SIGNATURE}",
    parameters=parameters,
    outputs=outputs,
    oracle=lambda p, x, g, _: attend(p, x, g, masks.full),
    describe=describe,
    probe=probe,
    optional=frozenset({"K.bias"}),  # it shifts a query's logits by one number: no output can depend on it
)

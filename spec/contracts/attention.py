"""The kernel contract: scaled dot-product attention as a function of q, k and v, over the keys that are permitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spec import masks
from spec.contracts.contract import Case, Contract, Form
from spec.contracts.scaled_dot_attention import attention_backward, shape, softmax, transposed
from spec.error import KERNEL_EPS
from spec.rounding import Number

DTYPES = ("float64", "float32", "bfloat16", "float16")


def attend(
    parameters: Mapping[str, Number],
    inputs: Mapping[str, Number],
    cotangents: Mapping[str, Number],
    keywords: Mapping[str, Any],
) -> dict[str, Number]:
    """Attention, softmax(scale * q k^T) v over the permitted keys, and its gradients.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; out and its cotangent as q;
             mask bool, broadcastable to [batch, n_heads, q_len, kv_len], of two axes at least (C1).
    Edges:   scale defaults to d_head ** -0.5; mask and is_causal hold together, causal is aligned at the top left (C3);
             a query that is permitted no key gives zeros, and takes and gives no gradient (C2).
    Source:  Vaswani et al. 2017, eq. 1; the gradients are `attention_backward`.
    """
    q, k, v = inputs["q"], inputs["k"], inputs["v"]
    scale = keywords.get("scale")
    scale = shape(q)[-1] ** -0.5 if scale is None else scale
    weights = softmax(q @ transposed(k) * scale, permitted(shape(q), shape(k), keywords))
    result = {"out": weights @ v}
    if cotangents:
        pulled = attention_backward(weights, q, k, v, d_context=cotangents["out"], d_weights=None, scale=scale)
        result |= dict(zip(("grad q", "grad k", "grad v"), pulled, strict=True))
    return result


def permitted(q: tuple[int, ...], k: tuple[int, ...], keywords: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which query may attend to which key, from the keywords `mask` and `is_causal`.

    Shapes:  q and k are shapes; the result is bool [batch, n_heads, q_len, kv_len].
    Raises:  ValueError if the mask cannot be broadcast to that.
    """
    q_len, kv_len = q[-2], k[-2]
    allowed = masks.causal(q_len, kv_len) if keywords.get("is_causal") else masks.full(q_len, kv_len)
    mask = keywords.get("mask")
    return np.broadcast_to(allowed if mask is None else allowed & mask, (*q[:-1], kv_len))


def describe(case: Case) -> str:
    """The sizes and keywords of a case, as a kernel writer would say them."""
    batch, n_heads, q_len, d_head = case.inputs["q"].shape
    kv_len = case.inputs["k"].shape[-2]
    lengths = f"length {q_len}" if q_len == kv_len else f"q_len {q_len}, kv_len {kv_len}"
    words = [f"batch {batch}", f"heads {n_heads}", lengths, f"d_head {d_head}"]
    if case.keywords.get("is_causal"):
        words.append("causal")
    if (mask := case.keywords.get("mask")) is not None:
        words.append(f"mask {list(mask.shape)}")
    if (scale := case.keywords.get("scale")) is not None:
        words.append(f"scale {scale:g}")
    return ", ".join([*words, case.dtype])


def draw(rng: np.random.Generator, *, batch: int, n_heads: int, q_len: int, kv_len: int, d_head: int) -> Case:
    """A case of the given sizes with normal q, k and v.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head].
    """
    lengths = {"q": q_len, "k": kv_len, "v": kv_len}
    return Case((), {}, {name: rng.standard_normal((batch, n_heads, n, d_head)) for name, n in lengths.items()})


CONTRACT = Contract(
    item="attention",
    question="kernel",
    signature="attention(q, k, v, *, mask=None, is_causal=False, scale=None) -> out",
    parameters=dict,
    outputs=lambda case: {"out": (Form(case.inputs["q"].shape),)},
    oracle=attend,
    describe=describe,
    probe=lambda rng: draw(rng, batch=1, n_heads=2, q_len=16, kv_len=16, d_head=64),
    is_function=True,
    may_decline=True,
    dtypes=DTYPES,
    eps=KERNEL_EPS,
)

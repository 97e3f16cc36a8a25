"""Attention kernels, one a file, and `attention`, which picks one of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import torch
from torch import Tensor

from impl.attention import naive, sdpa

KERNELS = {
    "naive": "naive:attention",
    "chunked": "chunked:attention",
    "sdpa": "sdpa:attention",
    "sdpa-math": "sdpa:math",
    "sdpa-flash": "sdpa:flash",
    "sdpa-efficient": "sdpa:efficient",
    "sdpa-cudnn": "sdpa:cudnn",
    "flex": "flex:attention",
    "compiled": "compiled:attention",
    "fused": "fused:attention",
    "packed": "packed:attention",
}
"""Every kernel: its file here, and its function in there."""


def kernel(name: str) -> Callable[..., Tensor]:
    """A kernel by its name in `KERNELS`, or `auto`.

    Raises:  KeyError for a name that is not there.
    """
    if name == "auto":
        return attention
    module, _, function = KERNELS[name].partition(":")
    found: Callable[..., Tensor] = getattr(importlib.import_module(f"impl.attention.{module}"), function)
    return found


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention by the kernel that is fastest for the device, the dtype and the shape.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   as `sdpa`, with which every choice agrees; what is chosen depends on sizes alone, never on a clock.
    Source:  measured on a CPU (benchmarks/README.md); on a GPU not measured yet.
    """
    if q.is_cuda and mask is None and _is_small(q, k):
        return kernel("fused")(q, k, v, is_causal=is_causal, scale=scale)
    if mask is None and _is_short(q, k, is_causal):
        return naive.attention(q, k, v, is_causal=is_causal, scale=scale)
    return sdpa.attention(q, k, v, mask=mask, is_causal=is_causal, scale=scale)


def _is_small(q: Tensor, k: Tensor) -> bool:
    """Whether a head's queries, keys and weights fit one program of the fused kernel."""
    fits = max(q.shape[-2], k.shape[-2]) <= 64 and q.shape[-1] <= 128
    return fits and q.dtype in (torch.float16, torch.bfloat16)


def _is_short(q: Tensor, k: Tensor, is_causal: bool) -> bool:
    """Whether, on a CPU, heads are short and many enough for two products and a softmax to beat torch's fused kernel."""
    short = 16 <= k.shape[-2] <= (32 if is_causal else 48) and q.dtype == torch.float32 and not q.is_cuda
    many = short and q.shape[0] * q.shape[1] * q.shape[2] >= (4096 if is_causal else 2048)
    return many and (not is_causal or (torch.is_grad_enabled() and (q.requires_grad or k.requires_grad)))

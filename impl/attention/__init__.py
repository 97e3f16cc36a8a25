"""Attention kernels, one a file, and `attention`, which picks one of them."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable

import torch
from torch import Tensor

from impl.attention.packed import lengths

KERNELS = {
    "naive": "naive:attention",
    "chunked": "chunked:attention",
    "short": "short:attention",
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


@functools.cache
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
    """Scaled dot-product attention by the kernel that was measured to be fastest for inputs like these.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   as `sdpa`, with which every choice agrees; there may be no second derivative. What is picked depends on the
             device, the dtype, the sizes, whether gradients are asked for and, on a CPU, on the mask; never on a clock.
    """
    picked = kernel(pick(q, k, mask=mask, is_causal=is_causal))
    try:
        return picked(q, k, v, mask=mask, is_causal=is_causal, scale=scale)
    except NotImplementedError:  # `packed` reads the whole mask, `pick` its edges alone
        return kernel("sdpa")(q, k, v, mask=mask, is_causal=is_causal, scale=scale)


def pick(q: Tensor, k: Tensor, *, mask: Tensor | None = None, is_causal: bool = False) -> str:
    """The name of the kernel that `attention` uses.

    Edges:   on a GPU it is torch's choice, whatever the sizes.
    Source:  thresholds measured on two CPU cores; on an H100 torch's choice is within 1 % of the fastest of its backends
             in standard cases, and not where sequences are very short: there `fused` is faster (benchmarks/README.md).
    """
    if q.is_cuda or q.numel() <= 2**15 or q.dtype != torch.float32:  # a tiny call would feel what follows
        return "sdpa"
    has_backward = torch.is_grad_enabled() and (q.requires_grad or k.requires_grad)
    if _is_short(q, k, mask, is_causal, has_backward):
        return "short"
    return "packed" if mask is not None and _is_mostly_padding(q, k, mask) else "sdpa"


def _is_short(q: Tensor, k: Tensor, mask: Tensor | None, is_causal: bool, has_backward: bool) -> bool:
    """Whether heads are too short for SDPA's blocks to pay, their queries many enough for a few more calls not to matter,
    and their weights not too many for the caches. A mask must be small beside the weights, and pays with a backward pass
    alone.
    """
    batch, n_heads, q_len, d_head = q.shape
    kv_len = k.shape[-2]
    queries = batch * n_heads * q_len
    if has_backward:
        short = 8 <= kv_len <= 192 and queries >= 2048 and queries * kv_len < 2**17 * d_head
        return short and (mask is None or mask.numel() * 8 <= queries * kv_len)
    longest, fewest = (64, 4096) if is_causal else (96, 1536)
    return 16 <= kv_len <= longest and queries >= fewest and queries * kv_len < 2**22 and mask is None


def _is_mostly_padding(q: Tensor, k: Tensor, mask: Tensor) -> bool:
    """Whether at least half of the pairs look like padding, in entries large enough to be worth a call each."""
    batch, n_heads, q_len, _ = q.shape
    if n_heads * q_len * k.shape[-2] < 2**17:
        return False
    q_lengths, kv_lengths = lengths(q, k, mask)
    return 2 * int((q_lengths * kv_lengths).sum()) <= batch * q_len * k.shape[-2]


attention.deterministic = not torch.cuda.is_available()  # as `sdpa`

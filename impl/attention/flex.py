"""torch's FlexAttention: the mask is a function of positions, compiled into the kernel."""

from __future__ import annotations

import functools

import functorch.compile  # noqa: F401 - flex_attention imports it at its first call, which then takes a second more
import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

_flex = torch.compile(flex_attention, dynamic=False, fullgraph=True)  # or it would go on uncompiled after some shapes


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention by FlexAttention, which skips blocks in which nothing is permitted.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   the first call of every shape compiles, which takes seconds, and raises beyond the number of shapes that
             `torch._dynamo.config.recompile_limit` allows; a query with no permitted key gives zeros (C2);
             causal is aligned at the top left (C3).
    Raises:  NotImplementedError for gradients on a CPU, and for float64 and an empty batch, which FlexAttention lacks.
    Source:  Dong et al. 2024; torch.nn.attention.flex_attention.
    """
    needs_gradient = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v))
    if q.device.type == "cpu" and needs_gradient:
        raise NotImplementedError("FlexAttention has no backward pass on a CPU")
    if q.dtype == torch.float64:
        raise NotImplementedError("FlexAttention has no float64")
    if q.numel() == 0:
        raise NotImplementedError("FlexAttention takes no empty batch")
    if q.is_cuda and q.shape[-1] < 16:
        raise NotImplementedError(f"d_head is {q.shape[-1]}, and FlexAttention's products on a GPU take 16 at least")
    return _flex(q, k, v, block_mask=_block_mask(q, k, mask, is_causal), scale=scale)


def _block_mask(q: Tensor, k: Tensor, mask: Tensor | None, is_causal: bool) -> BlockMask | None:
    if mask is None and not is_causal:
        return None
    batch, n_heads, q_len, _ = q.shape
    kv_len = k.shape[-2]
    if mask is None:
        return _causal(q_len, kv_len, q.device)
    permitted = mask.expand(batch, n_heads, q_len, kv_len)

    def by_mask(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return permitted[b, h, i, j]

    def by_both(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return permitted[b, h, i, j] & (j <= i)

    return create_block_mask(by_both if is_causal else by_mask, batch, n_heads, q_len, kv_len, device=q.device)


@functools.lru_cache(maxsize=16)  # it takes longer to make than a forward pass
def _causal(q_len: int, kv_len: int, device: torch.device) -> BlockMask:
    return create_block_mask(_earlier, None, None, q_len, kv_len, device=device)


def _earlier(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
    return j <= i

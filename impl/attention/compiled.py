"""The naive computation, fused by torch.compile."""

from __future__ import annotations

import torch
from torch import Tensor


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention with every logit in memory, its elementwise parts in one compiled kernel.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   the first call of every shape compiles, which takes seconds, and raises beyond the number of shapes that
             `torch._dynamo.config.recompile_limit` allows; a query with no permitted key gives zeros (C2);
             causal is aligned at the top left (C3).
    Source:  Vaswani et al. 2017, eq. 1; torch.compile.
    """
    return _compiled(q, k, v, mask, is_causal, q.shape[-1] ** -0.5 if scale is None else scale)


@torch.compile(dynamic=False, fullgraph=True)  # or it would go on uncompiled after some shapes
def _compiled(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, is_causal: bool, scale: float) -> Tensor:
    logits = q @ k.mT * scale  # [batch, n_heads, q_len, kv_len]
    if is_causal:
        position = torch.arange(max(logits.shape[-2:]), device=q.device)
        earlier = position[None, : k.shape[-2]] <= position[: q.shape[-2], None]
        mask = earlier if mask is None else mask & earlier
    if mask is None:
        return logits.softmax(dim=-1) @ v
    weights = logits.masked_fill(~mask, torch.finfo(logits.dtype).min).softmax(dim=-1)
    return weights.masked_fill(~mask, 0.0) @ v

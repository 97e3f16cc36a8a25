"""Attention as it is written: every logit in memory, masked, softmax, product."""

import torch
from torch import Tensor


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention, softmax(scale * q k^T) v over the permitted keys.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   a query with no permitted key gives zeros (C2); causal is aligned at the top left (C3).
    Source:  Vaswani et al. 2017, eq. 1.
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    logits = q @ k.mT * scale  # [batch, n_heads, q_len, kv_len]
    if is_causal:
        later = torch.ones(logits.shape[-2:], dtype=torch.bool, device=q.device).triu_(1)
        logits = logits.masked_fill(later, -torch.inf)  # every query still sees key 0
        mask = None if mask is None else mask & ~later
    if mask is None:
        return logits.softmax(dim=-1) @ v
    weights = logits.masked_fill(~mask, torch.finfo(logits.dtype).min).softmax(dim=-1)
    return weights.masked_fill(~mask, 0.0) @ v

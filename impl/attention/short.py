"""Attention of many short heads: one batched product after another, and no pass over the logits but softmax's own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention whose scale and mask are parts of the product q k^T, forward and backward.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   float16 and bfloat16 are computed in float32; a query with no permitted key gives zeros (C2); causal is
             aligned at the top left (C3); there is no second derivative.
    Source:  Vaswani et al. 2017, eq. 1; what it saves over the naive kernel is in benchmarks/README.md.
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    bias, empty = _bias(q, k, mask, is_causal)
    out = _Short.apply(*(x.flatten(0, 1) for x in (q, k, v)), bias, scale).view(q.shape)
    return out if empty is None else out.masked_fill(empty, 0.0)


def _bias(q: Tensor, k: Tensor, mask: Tensor | None, is_causal: bool) -> tuple[Tensor | None, Tensor | None]:
    """What is added to the logits, -inf where a key is not permitted; and which queries have no permitted key.

    Shapes:  [batch * n_heads or 1, q_len or 1, kv_len or 1]; [batch or 1, n_heads or 1, q_len or 1, 1].
    Edges:   None for nothing; a query with no permitted key gets no -inf, which would be NaN after softmax.
    """
    if is_causal:
        earlier = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).tril()
        mask = earlier if mask is None else mask & earlier
    if mask is None:
        return None, None
    mask = mask[(None,) * (4 - mask.ndim)]
    empty = ~mask.any(dim=-1, keepdim=True)
    bias = torch.zeros(mask.shape, dtype=_working(q.dtype), device=q.device)
    bias.masked_fill_(~(mask | empty), -torch.inf)
    if bias.shape[:2] != (1, 1):
        bias = bias.expand(*q.shape[:2], -1, -1)
    return bias.flatten(0, 1), empty if q.is_cuda or empty.any() else None  # a GPU is not waited for


class _Short(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, scale: float) -> Tensor:
        dtype, working = q.dtype, _working(q.dtype)
        q, k, v = (x.to(working) for x in (q, k, v))
        weights = _scaled_product(q, k.mT, scale, bias).softmax(dim=-1)  # [heads, q_len, kv_len]
        ctx.save_for_backward(q, k, v, weights)
        ctx.scale = scale
        return torch.bmm(weights, v).to(dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, weights = ctx.saved_tensors
        dtype, d_out = d_out.dtype, d_out.to(weights.dtype)
        d_v = torch.bmm(weights.mT, d_out)
        d_logits = _scaled_product(d_out, v.mT, ctx.scale).mul_(weights)  # [heads, q_len, kv_len]
        d_logits.addcmul_(weights, d_logits.sum(dim=-1, keepdim=True), value=-1.0)
        d_q, d_k = torch.bmm(d_logits, k), torch.bmm(d_logits.mT, q)
        return d_q.to(dtype), d_k.to(dtype), d_v.to(dtype), None, None


def _scaled_product(a: Tensor, b: Tensor, scale: float, bias: Tensor | None = None) -> Tensor:
    """Scale a b + bias, in one batched product."""
    if bias is None:
        return torch.baddbmm(a.new_empty(()), a, b, beta=0, alpha=scale)
    return torch.baddbmm(bias, a, b, alpha=scale)


def _working(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)

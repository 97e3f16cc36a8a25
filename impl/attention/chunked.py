"""Online softmax in plain torch: keys are met a block at a time, so memory grows with the sequence, not with its square."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK_Q, BLOCK_KV = 256, 512  # measured best on two cores: blocks stay in the caches, and are few
LN2 = math.log(2.0)
"""Weights are powers of two of logits in bits, because on a CPU torch's exp2 is 2.5 times as fast as its exp, and exp takes
five times as long again on what a causal mask hides."""


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention without the matrix of weights, forward and backward.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   float16 and bfloat16 are computed in float32, a block at a time; a query with no permitted key gives zeros
             (C2); causal is aligned at the top left (C3); there is no second derivative.
    Source:  Milakov and Gimelshein 2018; Dao et al. 2022, algorithms 1 and 4.
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    if mask is not None:
        mask = mask.expand(*q.shape[:-1], k.shape[-2]).flatten(0, 1)  # [heads, q_len, kv_len]
    heads = (x.flatten(0, 1) for x in (q, k, v))  # [heads, length, d_head]
    return _Chunked.apply(*heads, mask, is_causal, scale).view(q.shape)


class _Chunked(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, is_causal: bool, scale: float
    ) -> Tensor:
        out = torch.empty_like(q, memory_format=torch.contiguous_format)
        room = _room(q, k)
        lse = torch.empty(q.shape[:-1], dtype=_working(q.dtype), device=q.device)
        for rows in _blocks(q.shape[-2], BLOCK_Q):
            out[:, rows], lse[:, rows] = _attend(q[:, rows], k, v, mask, is_causal, scale, rows, room)
        ctx.save_for_backward(q, k, v, mask, out, lse)
        ctx.is_causal, ctx.scale = is_causal, scale
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, mask, out, lse = ctx.saved_tensors
        working = _working(q.dtype)
        d_q, d_k, d_v = (torch.zeros(x.shape, dtype=working, device=x.device) for x in (q, k, v))
        room, second_room = _room(q, k), _room(q, k)
        for rows in _blocks(q.shape[-2], BLOCK_Q):
            d_o = d_out[:, rows].to(working)
            q_rows = q[:, rows].to(working) * (ctx.scale / LN2)
            delta = (d_o * out[:, rows]).sum(dim=-1, keepdim=True)
            for keys in _seen(k.shape[-2], rows, ctx.is_causal):
                k_keys, v_keys = k[:, keys].to(working), v[:, keys].to(working)
                shifted = _product(q_rows, k_keys.mT, room, minus=lse[:, rows, None])
                weights = _hide(shifted, mask, ctx.is_causal, rows, keys).exp2_()
                d_v[:, keys].baddbmm_(weights.mT, d_o)
                d_logits = _product(d_o, v_keys.mT, second_room, minus=delta).mul_(weights)  # [heads, rows, keys]
                d_q[:, rows].baddbmm_(d_logits, k_keys, alpha=ctx.scale)
                d_k[:, keys].baddbmm_(d_logits.mT, q_rows, alpha=LN2)
        return d_q.to(q.dtype), d_k.to(k.dtype), d_v.to(v.dtype), None, None, None


def _attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, is_causal: bool, scale: float, rows: slice, room: Tensor
) -> tuple[Tensor, Tensor]:
    """The output of a block of queries, and the logarithm of their weights' sum.

    Units:   bits; +inf where nothing is permitted.
    """
    working = _working(q.dtype)
    q = q.to(working) * (scale / LN2)
    highest = torch.full(q.shape[:-1], -torch.inf, dtype=working, device=q.device)[..., None]  # [heads, rows, 1]
    total, out = torch.zeros_like(highest), torch.zeros_like(q)
    for keys in _seen(k.shape[-2], rows, is_causal):
        logits = _hide(_product(q, k[:, keys].to(working).mT, room), mask, is_causal, rows, keys)
        higher = torch.maximum(highest, logits.amax(dim=-1, keepdim=True))
        shift = higher.clamp(min=torch.finfo(working).min)  # finite also where all is masked so far
        weights = logits.sub_(shift).exp2_()
        shrink = (highest - shift).exp2_()
        total.mul_(shrink).add_(weights.sum(dim=-1, keepdim=True))
        out.mul_(shrink).baddbmm_(weights, v[:, keys].to(working))
        highest = higher
    nothing = total == 0
    out.div_(total.masked_fill(nothing, 1.0))
    return out, (highest + total.log2()).masked_fill(nothing, torch.inf).squeeze(-1)


def _hide(logits: Tensor, mask: Tensor | None, is_causal: bool, rows: slice, keys: slice) -> Tensor:
    """A block of logits [heads, rows, keys], made -inf where a key is not permitted."""
    if mask is not None:
        logits.masked_fill_(~mask[:, rows, keys], -torch.inf)
    if is_causal and keys.stop > rows.start + 1:
        late = logits[..., max(rows.start - keys.start, 0) :]
        ahead = torch.ones(late.shape[-2:], dtype=torch.bool, device=logits.device)
        late.masked_fill_(ahead.triu_(1 - max(keys.start - rows.start, 0)), -torch.inf)
    return logits


def _room(q: Tensor, k: Tensor) -> Tensor:
    """Memory for one block of logits, used again and again: fresh pages would cost as much as the arithmetic."""
    size = q.shape[0] * min(BLOCK_Q, q.shape[-2]) * min(BLOCK_KV, k.shape[-2])
    return torch.empty(size, dtype=_working(q.dtype), device=q.device)


def _product(a: Tensor, b: Tensor, room: Tensor, *, minus: Tensor | None = None) -> Tensor:
    """The matrix product of a and b, in `room`; less `minus`, which costs nothing there."""
    shape = (*a.shape[:-1], b.shape[-1])
    out = room[: math.prod(shape)].view(shape)
    return torch.bmm(a, b, out=out) if minus is None else torch.baddbmm(minus, a, b, beta=-1, out=out)


def _seen(kv_len: int, rows: slice, is_causal: bool) -> Iterator[slice]:
    """The blocks of keys of which some query among `rows` sees some."""
    return _blocks(min(kv_len, rows.stop) if is_causal else kv_len, BLOCK_KV)


def _blocks(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def _working(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)

"""Padded batches without their padding: only real tokens are computed with."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention for batches padded at the end, whose mask hides the padding and nothing else.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   a query that is padding gives zeros, as any query with no permitted key does (C2); causal is aligned at the
             top left (C3). The lengths are read off the mask, for which a GPU is waited for.
    Raises:  NotImplementedError for a mask of any other form.
    Source:  on a CPU, entries of equal lengths go through torch's SDPA together; on a GPU, torch.nn.attention.varlen.
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    q_lengths, kv_lengths = _lengths(q, k, mask)
    if q.is_cuda and _suits_varlen(q, q_lengths, kv_lengths, is_causal, scale):
        return _varlen(q, k, v, q_lengths, kv_lengths, is_causal, scale)
    out = torch.zeros_like(q, memory_format=torch.contiguous_format)
    pairs = list(zip(q_lengths.tolist(), kv_lengths.tolist(), strict=True))
    for m, n in sorted(set(pairs)):
        if m and n:
            group = torch.tensor([i for i, pair in enumerate(pairs) if pair == (m, n)], device=q.device)
            real = (x[group, :, :length] for x, length in ((q, m), (k, n), (v, n)))  # [group, n_heads, m or n, d_head]
            attended = torch.nn.functional.scaled_dot_product_attention(*real, is_causal=is_causal, scale=scale)
            out[group, :, :m] = attended
    return out


def _lengths(q: Tensor, k: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """How many queries and keys of every entry are no padding: two of [batch].

    Raises:  NotImplementedError if the mask hides anything else.
    """
    batch, n_heads, q_len, _ = q.shape
    kv_len = k.shape[-2]
    if mask is None:
        return torch.full((batch,), q_len), torch.full((batch,), kv_len)
    mask = mask.expand(batch, n_heads, q_len, kv_len)
    first = mask[:, 0]  # [batch, q_len, kv_len]
    q_lengths, kv_lengths = first.any(dim=2).sum(dim=1), first.any(dim=1).sum(dim=1)
    real_q = torch.arange(q_len, device=mask.device) < q_lengths[:, None]
    real_k = torch.arange(kv_len, device=mask.device) < kv_lengths[:, None]
    if not torch.equal(mask, (real_q[:, None, :, None] & real_k[:, None, None, :]).expand_as(mask)):
        raise NotImplementedError("the mask hides something other than padding at the end")
    return q_lengths, kv_lengths


def _suits_varlen(q: Tensor, q_lengths: Tensor, kv_lengths: Tensor, is_causal: bool, scale: float) -> bool:
    """Whether torch's packed kernel takes it: it aligns causal at the bottom right, and its scale is positive."""
    is_half = q.dtype in (torch.float16, torch.bfloat16)
    aligned = not is_causal or torch.equal(q_lengths, kv_lengths)
    return is_half and scale > 0 and aligned and q.shape[-1] % 8 == 0 and bool((kv_lengths > 0).all())


def _varlen(
    q: Tensor, k: Tensor, v: Tensor, q_lengths: Tensor, kv_lengths: Tensor, is_causal: bool, scale: float
) -> Tensor:
    real_q = torch.arange(q.shape[2], device=q.device) < q_lengths.to(q.device)[:, None]  # [batch, q_len]
    real_k = torch.arange(k.shape[2], device=q.device) < kv_lengths.to(q.device)[:, None]
    packed_q, packed_k, packed_v = (x.transpose(1, 2)[r] for x, r in ((q, real_q), (k, real_k), (v, real_k)))
    starts = [
        torch.nn.functional.pad(lengths.to(q.device).cumsum(0, dtype=torch.int32), (1, 0))
        for lengths in (q_lengths, kv_lengths)
    ]
    longest = int(q_lengths.max()), int(kv_lengths.max())
    window = (-1, 0) if is_causal else (-1, -1)
    attended = varlen_attn(packed_q, packed_k, packed_v, *starts, *longest, scale=scale, window_size=window)
    out = torch.zeros(q.shape[0], q.shape[2], q.shape[1], q.shape[3], dtype=q.dtype, device=q.device)
    return out.index_put((real_q,), attended).transpose(1, 2)

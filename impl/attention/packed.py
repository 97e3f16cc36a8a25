"""Padded batches without their padding: only real tokens are computed with."""

from __future__ import annotations

import torch
from torch import Tensor


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention for batches padded at the end, whose mask hides the padding and nothing else.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   a query that is padding gives zeros, as any query with no permitted key does (C2); causal is aligned at the
             top left (C3). The lengths are read off the mask, for which a GPU is waited for.
    Raises:  NotImplementedError for a mask of any other form.
    Source:  on a CPU, every entry goes through torch's SDPA by itself; on a GPU, torch.nn.attention.varlen.
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    if scale <= 0.0:  # torch may multiply the -inf of a hidden key by it, which is NaN, or permits the key
        q, scale = (-q, -scale) if scale < 0.0 else (q * 0.0, 1.0)
    q_lengths, kv_lengths = lengths(q, k, mask)
    if mask is not None and not _hides_padding_alone(q, k, mask, q_lengths, kv_lengths):
        raise NotImplementedError("the mask hides something other than padding at the end")
    if q.is_cuda and _suits_varlen(q, q_lengths, kv_lengths, is_causal):
        return _varlen(q, k, v, q_lengths, kv_lengths, is_causal, scale)
    entries = zip(q, k, v, q_lengths.tolist(), kv_lengths.tolist(), strict=True)
    attended = [_attend(*entry, is_causal, scale) for entry in entries]
    return torch.stack(attended) if attended else torch.zeros_like(q)


def _attend(q: Tensor, k: Tensor, v: Tensor, q_real: int, kv_real: int, is_causal: bool, scale: float) -> Tensor:
    """One entry's output [n_heads, q_len, d_head], from what is real of it."""
    if not kv_real:
        return torch.zeros_like(q)
    real = (x[None, :, :length] for x, length in ((q, q_real), (k, kv_real), (v, kv_real)))
    out = torch.nn.functional.scaled_dot_product_attention(*real, is_causal=is_causal, scale=scale)
    return torch.nn.functional.pad(out[0], (0, 0, 0, q.shape[1] - q_real))


def lengths(q: Tensor, k: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """How many queries and keys of every entry are no padding, if the mask hides padding alone: two of [batch].

    Shapes:  as `attention`.
    Edges:   read off every entry's first query and first key, which cost little to read.
    """
    q_len, kv_len = q.shape[-2], k.shape[-2]
    if mask is None:
        return torch.full((len(q),), q_len), torch.full((len(q),), kv_len)
    mask = mask.expand(*q.shape[:-1], kv_len)
    return mask[:, 0, :, :1].sum(dim=(1, 2)), mask[:, 0, :1].sum(dim=(1, 2))


def _hides_padding_alone(q: Tensor, k: Tensor, mask: Tensor, q_lengths: Tensor, kv_lengths: Tensor) -> bool:
    mask = mask[(None,) * (4 - mask.ndim)].expand(len(q), -1, q.shape[-2], k.shape[-2])
    real_q = torch.arange(q.shape[-2], device=mask.device) < q_lengths[:, None]  # [batch, q_len]
    real_k = torch.arange(k.shape[-2], device=mask.device) < kv_lengths[:, None]
    expected = real_q[:, None, :, None] & real_k[:, None, None, :]  # [batch, 1, q_len, kv_len]
    return torch.equal(mask, expected.expand_as(mask))


def _suits_varlen(q: Tensor, q_lengths: Tensor, kv_lengths: Tensor, is_causal: bool) -> bool:
    """Whether torch's packed kernel takes it: it aligns causal at the bottom right, and wants a key for every entry."""
    fits = q.dtype in (torch.float16, torch.bfloat16) and q.shape[-1] % 8 == 0 and q.shape[-1] <= 256 and len(q) > 0
    return fits and (not is_causal or torch.equal(q_lengths, kv_lengths)) and bool((kv_lengths > 0).all())


def _varlen(
    q: Tensor, k: Tensor, v: Tensor, q_lengths: Tensor, kv_lengths: Tensor, is_causal: bool, scale: float
) -> Tensor:
    from torch.nn.attention.varlen import varlen_attn  # brings torch's compiler along, which takes two seconds

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


attention.deterministic = not torch.cuda.is_available()  # on a GPU torch's backward passes add up in any order

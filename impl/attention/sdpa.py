"""torch's own kernels: `attention` leaves the choice to torch; `math`, `flash`, `efficient` and `cudnn` force one backend."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

REFUSED = ("No available kernel", "No viable backend", "cuDNN Frontend error")


def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Scaled dot-product attention by the backend that torch picks.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len] (C1).
    Edges:   torch takes a mask or is_causal, so both together become one mask; C2 and C3 are torch's own since 2.5.
    Source:  torch.nn.functional.scaled_dot_product_attention.
    """
    if scale is not None and scale <= 0.0:
        # a backend may multiply the -inf of a hidden key by it, which is NaN, or permits the key
        q, scale = (-q, -scale) if scale < 0.0 else (q * 0.0, 1.0)
    if mask is not None and is_causal:
        mask = mask & torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).tril()
        is_causal = False
    if mask is not None and mask.is_cuda:
        mask = mask.expand(*mask.shape[:-1], k.shape[-2]).contiguous()  # some backends read no expanded last axis
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal, scale=scale)


def _forced(backend: SDPBackend) -> Callable[..., Tensor]:
    """`attention` by one backend and no other.

    Raises:  NotImplementedError with torch's reasons where the backend does not take the inputs.
    """

    @functools.wraps(attention)
    def forced(q: Tensor, k: Tensor, v: Tensor, **keywords: Any) -> Tensor:
        try:
            with sdpa_kernel([backend]):
                return attention(q, k, v, **keywords)
        except RuntimeError as error:
            if not str(error).startswith(REFUSED):
                raise
        raise NotImplementedError(f"torch's {backend.name} does not take this: {_reasons(backend, q, k, v, keywords)}")

    forced.__name__ = backend.name.lower()
    return forced


def _reasons(backend: SDPBackend, q: Tensor, k: Tensor, v: Tensor, keywords: dict[str, Any]) -> str:
    """Why a backend refuses inputs, in torch's words: it warns of each reason."""
    with warnings.catch_warnings(record=True) as given, sdpa_kernel([backend]):
        warnings.simplefilter("always")
        with contextlib.suppress(RuntimeError):
            attention(q, k, v, **keywords)
    reasons = [str(warning.message).split(" (Triggered")[0].strip() for warning in given]
    return " ".join(reasons) or f"it has no kernel for {q.device.type}"


math = _forced(SDPBackend.MATH)
flash = _forced(SDPBackend.FLASH_ATTENTION)
efficient = _forced(SDPBackend.EFFICIENT_ATTENTION)
cudnn = _forced(SDPBackend.CUDNN_ATTENTION)
for kernel in (attention, flash, efficient, cudnn):
    kernel.deterministic = not torch.cuda.is_available()  # on a GPU their backward passes add up in any order

"""Attention in our own Triton kernels, forward and backward: fused, so that no logits are ever stored.

Two ways, chosen by length (`table`): a program holds a whole short entry (`whole`), or goes over blocks (`forward`,
`backward`). `function` makes them differentiable, `launch` starts them, and `blocks` is what they share.
"""

import functools
from typing import Any

import torch
from torch import Tensor

from impl.attention.fused import table

try:
    from impl.attention.fused.function import Attention
except ModuleNotFoundError as missing:
    if missing.name != "triton":
        raise
    Attention = None

DTYPES = (torch.float16, torch.bfloat16, torch.float32)


@torch.compiler.disable  # its launches are compiled already, and dynamo cannot follow them
def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    mask: Tensor | None = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot-product attention, softmax(scale * q k^T) v over the permitted keys, by a fused Triton kernel.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head]; mask bool, broadcastable to
             [batch, n_heads, q_len, kv_len], True = may attend (C1); the result has the shape of q.
    Units:   none; scale defaults to d_head ** -0.5 and may be any number. Half dtypes are summed in float32, float32
             without TF32. Logits and weights are never stored; a pass is deterministic.
    Edges:   a query with no permitted key returns zeros and gives no gradient (C2); is_causal is aligned at the top
             left (C3), and holds together with a mask. Any strides; an input whose last axis is not contiguous is
             copied. torch.compile breaks its graph here. On a CPU Triton's interpreter runs the kernel, slowly, and
             bfloat16 as float32 rounded at the end.
    Raises:  ValueError for shapes that do not fit, a mask that is not bool, or devices that differ;
             NotImplementedError, with the reason, for what there is no kernel for.
    Source:  Dao et al. 2022, Dao 2023 (FlashAttention, FlashAttention-2); Shah et al. 2024 (FlashAttention-3).
    """
    check_shapes(q, k, v, mask)
    check_supported(q, k, v)
    if q.device.type == "cpu" and q.dtype == torch.bfloat16:
        # the interpreter multiplies the bit patterns of bfloat16, and truncates where it should round
        wide = attention(q.float(), k.float(), v.float(), mask=mask, is_causal=is_causal, scale=scale)
        return wide.to(q.dtype)
    scale = q.shape[3] ** -0.5 if scale is None else float(scale)
    if mask is not None:
        mask = mask.expand(*q.shape[:3], k.shape[2])  # [batch, n_heads, q_len, kv_len]
    return Attention.apply(q, k, v, mask, is_causal, scale, plan_of(q, k, has_mask=mask is not None))


def plan_of(q: Tensor, k: Tensor, *, has_mask: bool) -> table.Plan:
    """Which blocks the table has for these lengths, on this device."""
    if q.device.type == "cpu":
        return table.choose_interpreted(q.shape[2], k.shape[2])
    shared_bytes = properties(q.device).shared_memory_per_block_optin
    sizes = q.shape[2], k.shape[2], q.shape[3]
    return table.choose(*sizes, itemsize=q.element_size(), shared_bytes=shared_bytes, has_mask=has_mask)


@functools.cache
def properties(device: torch.device) -> Any:
    """A GPU's properties; asked for once, because a call is to cost little."""
    return torch.cuda.get_device_properties(device)


def check_shapes(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    """Raise ValueError unless the arguments fit one another."""
    if not q.ndim == k.ndim == v.ndim == 4:
        raise ValueError(
            f"q, k and v have {q.ndim}, {k.ndim} and {v.ndim} axes, expected [batch, n_heads, len, d_head]"
        )
    if k.shape[:2] != q.shape[:2] or k.shape[3] != q.shape[3]:
        raise ValueError(f"k has shape {tuple(k.shape)}, which does not fit q's {tuple(q.shape)}")
    if v.shape != k.shape:
        raise ValueError(f"v has shape {tuple(v.shape)}, expected k's {tuple(k.shape)}")
    if len({x.device for x in (q, k, v, mask) if x is not None}) > 1:
        raise ValueError("q, k, v and mask are not on the same device")
    if mask is None:
        return
    if mask.dtype != torch.bool:
        raise ValueError(f"mask is {mask.dtype}, expected torch.bool (C1)")
    wanted = (*q.shape[:3], k.shape[2])
    sizes = [(have, want) for have, want in zip(reversed(mask.shape), reversed(wanted), strict=False)]
    if mask.ndim > 4 or any(have not in {1, want} for have, want in sizes):
        raise ValueError(f"mask has shape {tuple(mask.shape)}, which does not broadcast to {wanted}")


def check_supported(q: Tensor, k: Tensor, v: Tensor) -> None:
    """Raise NotImplementedError, with the reason, for what there is no kernel for."""
    if Attention is None:
        raise NotImplementedError("Triton is not installed, and this kernel is written in it")
    if q.device.type not in {"cpu", "cuda"} or torch.version.hip:
        raise NotImplementedError(f"no block sizes are known for the device {q.device}, only for NVIDIA's")
    if q.dtype == torch.float64:
        raise NotImplementedError("float64 is not supported, because the kernel keeps its sums in float32")
    if q.dtype not in DTYPES or not q.dtype == k.dtype == v.dtype:
        raise NotImplementedError(f"q, k and v are {q.dtype}, {k.dtype} and {v.dtype}, expected one dtype of {DTYPES}")
    if not 1 <= q.shape[3] <= 256:
        raise NotImplementedError(f"d_head is {q.shape[3]}, and blocks hold 1 to 256 columns")
    if q.is_cuda and properties(q.device).major < 8:
        raise NotImplementedError("GPUs before Ampere are not supported, because nothing was tried on them")

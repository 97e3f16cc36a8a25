"""Buffers -> tensors in a given memory layout, and tensors -> buffers."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from harness.wire import Header

MAX_TEXT = 10_000  # characters that are sent; more is no word
MAX_NUMBERS = 100_000  # the same of numbers that are no tensor
MAX_TEXTS, MAX_LISTED = 5_000, 200  # of a list of texts: how many are sent, and how many characters of each
PLAIN: dict[str, Callable[[torch.Tensor], Any]] = {
    "list": torch.Tensor.tolist,
    "tuple": lambda tensor: tuple(tensor.tolist()),
    "array": lambda tensor: tensor.cpu().numpy().copy(),
    "scalars": lambda tensor: list(tensor.cpu().numpy()),  # a list of NumPy's own numbers
}
"""What numbers may come in besides a tensor."""
KINDS = {
    torch.float64: "float64",
    torch.float32: "float32",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.int64: "int64",
}
OWN = (torch.Tensor, torch.nn.Parameter)
"""Classes of tensors in which nobody's code but torch's runs."""
aside = torch._C.DisableTorchFunction
"""A context for what is done with tensors here rather than by a subject: `without_gpu` does not look at it."""


def tensors(described: Sequence[Header], buffers: Sequence[bytearray], device: str) -> list[torch.Tensor]:
    """The arrays of a request.

    Shapes:  as described, one buffer each.
    """
    made = []
    with aside():
        for about, buffer in zip(described, buffers, strict=True):
            dtype = getattr(torch, about["dtype"])
            flat = torch.frombuffer(buffer, dtype=dtype) if buffer else torch.empty(0, dtype=dtype)
            made.append(flat.reshape(about["shape"]).to(device))
    return made


def laid_out(tensor: torch.Tensor, layout: str) -> Any:
    """The same values in another memory layout, as a tensor of its own, or in what is no tensor.

    Shapes:  as given.
    Edges:   "expanded" repeats entry 0 of the first axis with stride 0, "expanded-heads" of the second, "constant" of all;
             the caller sends equal entries.
    """
    with aside():
        return PLAIN[layout](tensor) if layout in PLAIN else _copy(tensor, layout)


def _copy(tensor: torch.Tensor, layout: str) -> torch.Tensor:
    if layout == "transposed":
        fresh = tensor.transpose(0, -1).contiguous().transpose(0, -1)
    elif layout == "strided":
        wide = torch.full(
            (*tensor.shape[:-1], 2 * tensor.shape[-1]), _loud(tensor), dtype=tensor.dtype, device=tensor.device
        )
        fresh = wide[..., ::2]
        fresh.copy_(tensor)
    elif layout == "offset":
        wide = torch.full(
            (tensor.shape[0] + 2, *tensor.shape[1:]), _loud(tensor), dtype=tensor.dtype, device=tensor.device
        )
        fresh = wide[1:-1]
        fresh.copy_(tensor)
    elif layout == "heads-last":
        fresh = tensor.transpose(1, 2).contiguous().transpose(1, 2)
    elif layout == "expanded":
        fresh = tensor[:1].clone().expand(tensor.shape)
    elif layout == "expanded-heads":
        fresh = tensor[:, :1].clone().expand(tensor.shape)
    elif layout == "constant":
        fresh = tensor[(slice(0, 1),) * tensor.ndim].clone().expand(tensor.shape)
    else:
        fresh = tensor.clone(memory_format=torch.contiguous_format)
    return fresh.detach()


def _loud(tensor: torch.Tensor) -> float:
    """A number that nobody overlooks who reads it by mistake."""
    return min(1e30, torch.finfo(tensor.dtype).max) if tensor.dtype.is_floating_point else 1


def described(value: Any) -> tuple[Header, bytes]:
    """A tensor's description and bytes; anything else is described by the name of its type, and its numbers or texts if it
    has any."""
    if isinstance(value, str):
        return {
            "type": "str",
            "text": str.__getitem__(value, slice(MAX_TEXT)),
        }, b""  # a stranger's text may have its own
    if not isinstance(value, torch.Tensor):
        texts = _texts(value)
        return _numbers(value) if texts is None else ({"type": "list of texts", "texts": len(texts)}, _json(texts))
    with aside() if type(value) in OWN else contextlib.nullcontext():
        return _tensor(value)


def _tensor(value: torch.Tensor) -> tuple[Header, bytes]:
    dtype = KINDS.get(value.dtype)
    if value.layout != torch.strided:
        return {"type": f"{str(value.layout).removeprefix('torch.')} tensor"}, b""
    if value.is_meta:
        return {"type": "meta tensor, which has no values"}, b""
    plain = value.detach().cpu().contiguous()
    if dtype is None:
        whole = not (value.dtype == torch.bool or value.is_complex() or value.is_floating_point())
        about, buffer = _numbers(plain.numpy()) if whole and not value.is_quantized else ({}, b"")
        return {**about, "type": f"tensor of {str(value.dtype).removeprefix('torch.')}"}, buffer
    about = {"dtype": dtype, "shape": list(plain.shape)}
    if dtype == "bfloat16":
        plain = plain.float()  # exact; NumPy has no bfloat16
    return about, plain.numpy().tobytes()


def _texts(value: Any) -> list[str] | None:
    """The texts in a list of any kind, cut to what is sent; None for what holds anything else, or nothing."""
    if isinstance(value, dict | set) or not hasattr(value, "__len__") or not hasattr(value, "__iter__"):
        return None
    try:
        held = list(itertools.islice(value, MAX_TEXTS))
    except Exception:  # noqa: BLE001 - a stranger's object
        return None
    return [text[:MAX_LISTED] for text in held] if held and all(isinstance(one, str) for one in held) else None


def _json(texts: list[str]) -> bytes:
    return json.dumps(texts).encode()


def _numbers(value: Any) -> tuple[Header, bytes]:
    """What NumPy takes for numbers: numbers of any kind, lists of them, arrays, a polynomial's coefficients."""
    about: Header = {"type": type(value).__name__}
    if value is None or isinstance(value, dict | set):
        return about, b""
    try:
        held = np.asarray(value, dtype=np.float64)
    except Exception:  # noqa: BLE001 - a stranger's object, which is no number
        return about, b""
    if held.size > MAX_NUMBERS:
        return about, b""
    return {**about, "numbers": {"dtype": "float64", "shape": list(held.shape)}}, held.tobytes()

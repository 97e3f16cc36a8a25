"""Calls a kernel on arrays that lie in a file, for somebody else's clock. Whoever asks writes the arrays there and reads the
results, and stops this process between two requests; nothing that is said here is believed.

On a CPU a call's results lie in the file when its request is answered. A GPU's would take longer to bring there than to
compute, and what is sent to it cannot be stopped: so the file holds pairs of arrays, which a request makes one of by signs
that nobody knew before; it answers with sums of the results, and gives the results themselves to a later request.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from harness.wire import Header

Before = tuple[Tensor, Tensor]
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
FINE = 2.0**20  # what a sum's terms are multiplied by before they become whole numbers


class Timed:
    """A kernel and the arrays that it is called on, one set a call.

    Shapes:  inputs q, k, v and, for a backward pass, the cotangent [batch, n_heads, seq_len, d_head], results as these;
             signs [inputs, n_heads, 1, d_head]; mask [batch, 1, seq_len, seq_len].
    Raises:  from `answer`, what the kernel raises; TypeError where its results are not what was asked for.
    """

    def __init__(self, kernel: Callable[..., Any], request: Header, device: str) -> None:
        torch.set_num_threads(request["threads"])
        _keep_memory()
        self._kernel, self._device = kernel, device
        self._names, self._results = request["inputs"], request["results"]
        self._calls, self._is_empty = range(request["calls"]), request["is_empty"]
        self._arrays = arrays(request["file"], request["arrays"])
        self._keywords: dict[str, Any] = {"is_causal": request["is_causal"]}
        if "mask" in self._arrays:
            self._keywords["mask"] = self._arrays["mask"].to(device)
        self._pairs: dict[str, tuple[Tensor, Tensor]] = {}
        self._kept: list[tuple[Tensor, ...]] = []
        self._steps = {"go": self._go, "bring": self._bring, "commit": self._commit, "fetch": self._fetch}

    def answer(self, step: str) -> Header:
        """Do one step; `own_s` is what it took by this process's own clock."""
        started = time.perf_counter()
        self._steps[step]()
        return {"own_s": time.perf_counter() - started}

    def _go(self) -> None:
        before: Before | None = None
        for call in self._calls:
            q, *others = [self._arrays[f"{call} {name}"] for name in self._names]
            results = self._computed([chained(q, before), *others])
            self._put(call, results)
            before = results[0], others[0]

    def _bring(self) -> None:
        for name in self._names:
            first, second = (self._arrays[f"{half} {name}"].to(self._device) for half in ("first", "second"))
            self._pairs[name] = first, second

    def _commit(self) -> None:
        before: Before | None = None
        for call in self._calls:
            q, *others = signed(self._pairs, self._arrays[f"{call} signs"])
            self._kept.append(self._computed([chained(q, before), *others]))
            before = self._kept[-1][0], others[0]
        if self._device == "cuda":
            torch.cuda.synchronize()  # every stream
        for call, results in zip(self._calls, self._kept, strict=True):
            for name, result in zip(self._results, results, strict=True):
                self._arrays[f"{call} sums {name}"].copy_(sums(result, self._pairs["q"][1]))

    def _fetch(self) -> None:
        for call, results in zip(self._calls, self._kept, strict=True):
            self._put(call, results)
        self._kept = []

    def _computed(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        q, k, v, *d_out = inputs
        if self._is_empty:
            return tuple(inputs[: len(self._results)])
        if not d_out:
            return (_demanded(self._kernel(q, k, v, **self._keywords), q),)
        leaves = tuple(x.detach().requires_grad_() for x in (q, k, v))
        out = _demanded(self._kernel(*leaves, **self._keywords), q)
        return (out.detach(), *torch.autograd.grad(out, leaves, d_out[0]))

    def _put(self, call: int, results: Sequence[Tensor]) -> None:
        for name, result in zip(self._results, results, strict=True):
            self._arrays[f"{call} {name}"].copy_(result)


def _keep_memory() -> None:
    """Have the C library keep what is freed, as it does in a process that has worked for a while: a call that must ask the
    system for all of its memory takes twice as long.

    Edges:   glibc alone can be told; it asks for a piece of more than 32 MiB every time.
    """
    with contextlib.suppress(AttributeError):
        for option, most in ((TRIM_THRESHOLD, 1 << 30), (MMAP_THRESHOLD, 32 << 20)):
            ctypes.CDLL(None).mallopt(option, most)


def arrays(path: str, described: Mapping[str, Sequence[Any]]) -> dict[str, Tensor]:
    """The arrays in a file, by name, each described by its dtype, shape and offset; what is written to them is in the file."""
    file = os.open(path, os.O_RDWR)
    try:
        mapped = mmap.mmap(file, 0, mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0))
    finally:
        os.close(file)
    found = {}
    for name, (dtype, shape, offset) in described.items():
        count = 1
        for size in shape:
            count *= size
        flat = torch.frombuffer(mapped, dtype=getattr(torch, dtype), count=count, offset=offset)
        found[name] = flat.reshape(shape)
    return found


def signed(pairs: Mapping[str, tuple[Tensor, Tensor]], signs: Tensor) -> list[Tensor]:
    """One array of each pair, first + sign * second, a sign a column and head: the same bits on every device.

    Shapes:  signs [inputs, n_heads, 1, d_head], of the pairs' own dtype.
    """
    here = signs.to(next(iter(pairs.values()))[0].device)
    return [torch.addcmul(first, second, sign) for (first, second), sign in zip(pairs.values(), here, strict=True)]


def chained(q: Tensor, before: Before | None) -> Tensor:
    """What a call is given for q: the signs of its columns are those of a product of the output of the call before, whole,
    with its k.

    Shapes:  q, and what was before, [batch, n_heads, seq_len, d_head].
    Edges:   added up in float64, so that the order does not tell in a sign. The first call is given q as it is.
    """
    if before is None:
        return q
    out, k = before
    totals = (out * k).sum(dim=(0, 2), dtype=torch.float64)  # [n_heads, d_head]
    return q * torch.where(totals >= 0, 1, -1)[:, None].to(q.dtype)


def sums(result: Tensor, against: Tensor) -> Tensor:
    """The sums over positions of a result times an array: whole numbers, so that no order of adding changes them.

    Shapes:  result and against [batch, n_heads, seq_len, d_head] -> int64 [batch, n_heads, d_head].
    Edges:   to know them takes as many operations as the result itself, for the array has no structure.
    """
    return (result.float() * against.float() * FINE).to(torch.int64).sum(dim=2)


def _demanded(out: Any, like: Tensor) -> Tensor:
    """What a kernel returned, if it is a tensor as it should be."""
    if not isinstance(out, Tensor):
        raise TypeError(f"it returned {type(out).__name__}, expected a tensor")
    if out.shape != like.shape or out.dtype != like.dtype or out.device != like.device:
        raise TypeError(
            f"it returned {out.dtype} {list(out.shape)} on {out.device}, expected {like.dtype} {list(like.shape)} on {like.device}"
        )
    return out

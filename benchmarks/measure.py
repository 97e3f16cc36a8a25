"""One case measured: its kernels' rounds interleaved, then each one's memory and correctness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks import check, clock
from benchmarks.cases import SETS, BenchCase
from benchmarks.check import Inputs, Kernel, Wrong


@dataclass(frozen=True)
class Measured:
    """A kernel that is right, and what it took.

    Edges:   `peak_bytes` is None of a kernel in another process, where nobody can be asked who is believed.
    """

    samples: clock.Samples
    peak_bytes: int | None
    error_in_budget: float


Outcome = Measured | Exception
"""What was measured; or what the kernel raised: NotImplementedError where it declines, Wrong where its result is."""


def measure(
    case: BenchCase,
    kernels: Mapping[str, Callable[[], Kernel]],
    *,
    effort: clock.Effort,
    timer: clock.Timer | None = None,
) -> dict[str, Outcome]:
    """Every kernel's outcome on a case; `kernels` are loaded here, because loading one may fail.

    Edges:   what one kernel raises is its own outcome and stops no other; a kernel that changes its inputs is wrong.
    """
    sets = [inputs(case, seed=seed) for seed in range(SETS)]
    right = check.truth(case, sets[-1])
    found: dict[str, Outcome] = {}
    loaded: dict[str, Kernel] = {}
    calls: dict[str, list[clock.Call]] = {}
    for name, load in kernels.items():
        try:
            loaded[name] = load()
            calls[name] = _warm_calls(case, loaded[name], sets, effort)
        except Exception as error:  # noqa: BLE001  a kernel may raise anything; its own row says so
            found[name] = error
    samples = clock.interleaved(calls, timer=timer or clock.TIMERS[case.device], effort=effort) if calls else {}
    for name, sample in samples.items():
        try:
            error_in_budget = check.error_in_budget(case, loaded[name], sets[-1], right)
            peak_bytes = clock.peak_bytes(call_of(case, loaded[name], sets[0]), device=case.device)
            found[name] = Measured(sample, peak_bytes, error_in_budget)
        except Exception as error:  # noqa: BLE001  as above
            found[name] = error
    return found


def inputs(case: BenchCase, *, seed: int) -> Inputs:
    """Normal q, k, v and, for a backward pass, a normal cotangent; the mask of a padded case hides its padding."""
    generator = torch.Generator(case.device).manual_seed(seed)
    shape = (case.batch, case.n_heads, case.seq_len, case.d_head)
    dtype = getattr(torch, case.dtype)
    q, k, v, d_out = (torch.randn(shape, generator=generator, device=case.device).to(dtype) for _ in range(4))
    mask = None
    if case.is_padded:
        real = torch.from_numpy(np.arange(case.seq_len) < np.array(case.lengths)[:, None])  # [batch, seq_len]
        mask = (real[:, None, :, None] & real[:, None, None, :]).to(case.device)  # [batch, 1, seq_len, seq_len]
    return Inputs(q, k, v, d_out if case.has_backward else None, mask)


def call_of(case: BenchCase, kernel: Kernel, one: Inputs) -> clock.Call:
    """One call, ready to be made again and again: forward, or forward and backward to q, k and v."""
    keywords = check.keywords(case, one)
    if one.d_out is None:
        return partial(kernel, one.q, one.k, one.v, **keywords)
    leaves = tuple(x.detach().requires_grad_() for x in (one.q, one.k, one.v))
    d_out = one.d_out

    def both() -> tuple[Tensor, ...]:
        return torch.autograd.grad(kernel(*leaves, **keywords), leaves, d_out)

    return both


def _warm_calls(case: BenchCase, kernel: Kernel, sets: list[Inputs], effort: clock.Effort) -> list[clock.Call]:
    """What is timed, one call an input set, warm.

    Raises:  Wrong where a kernel changes its inputs, which are then as they were.
    """
    before = [x.clone() for x in (sets[0].q, sets[0].k, sets[0].v)]
    calls = [call_of(case, kernel, one) for one in sets]
    clock.warm(calls, device=case.device, warm_s=effort.warm_s)
    for name, old, new in zip("qkv", before, (sets[0].q, sets[0].k, sets[0].v), strict=True):
        if not torch.equal(old, new):
            new.copy_(old)
            raise Wrong(f"it changes its input {name}")
    return [clock.replayed(call) for call in calls] if case.is_replayed else calls

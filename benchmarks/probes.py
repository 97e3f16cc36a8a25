"""What the machine reaches at best, measured in the same session: rows are held against these, not against a data sheet."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

import torch

from benchmarks import clock

PRODUCT_SIZE = {"cpu": 2048, "cuda": 8192}
COPIED_BYTES = {"cpu": 256 << 20, "cuda": 1 << 30}
DTYPES = {"cpu": ("float32",), "cuda": ("bfloat16", "float16", "float32")}
MEDIANS, ROUNDS = 3, 5


def product_flops_per_s(dtype: str, *, device: str) -> float:
    """The rate of a large square matrix product, 2 n^3 operations: the best of some medians."""
    n = PRODUCT_SIZE[device]
    a, b = (torch.randn(n, n, device=device).to(getattr(torch, dtype)) for _ in range(2))
    return 2.0 * n**3 / _best_s(partial(torch.mm, a, b, out=torch.empty_like(a)), device)


def copy_bytes_per_s(*, device: str) -> float:
    """The rate of copying a buffer that no cache holds, what is read and what is written added up: the best of some medians."""
    source = torch.ones(COPIED_BYTES[device], dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2.0 * source.numel() / _best_s(partial(target.copy_, source), device)


def _best_s(call: clock.Call, device: str) -> float:
    clock.warm([call], device=device, warm_s=0.2)
    effort = clock.Effort(share_s=0.0, least=ROUNDS)
    medians = []
    for _ in range(MEDIANS):
        samples = clock.interleaved({"probe": [call]}, timer=clock.TIMERS[device], effort=effort)
        medians.append(statistics.median(samples["probe"].times_s))
    return min(medians)


def probe(device: str) -> dict[str, object]:
    """Both probes, as a report has them."""
    return {
        "product_flops_per_s": {dtype: product_flops_per_s(dtype, device=device) for dtype in DTYPES[device]},
        "copy_bytes_per_s": copy_bytes_per_s(device=device),
    }


def last_cache_bytes(device: str) -> int | None:
    """The size of the last cache before memory; None where the system does not tell."""
    if device == "cuda":
        return int(torch.cuda.get_device_properties(0).L2_cache_size)
    sizes = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    found = [path.read_text().strip() for path in sizes]
    units = {"K": 1 << 10, "M": 1 << 20}
    return max((int(size[:-1]) * units[size[-1]] for size in found if size[-1:] in units), default=None)

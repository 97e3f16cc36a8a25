"""Reports of benchmarks, made by hand: what `specimen compare` reads, with times drawn from a seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

CPU = "Example CPU 9000"
PROBES: dict[str, Any] = {"product_flops_per_s": {"float32": 1.0e11}, "copy_bytes_per_s": 2.0e10}
SHAPES = ((1, 8, 128, 64), (8, 8, 128, 64), (1, 8, 512, 64), (4, 8, 512, 64), (1, 8, 2048, 64), (4, 8, 2048, 64))


def times(median_s: float, *, rounds: int = 40, noise: float = 0.02, seed: int = 0) -> list[float]:
    """Times of rounds: most of them near the least, some late."""
    return [float(t) for t in median_s * (1 + noise * np.random.default_rng(seed).gamma(2.0, 0.5, rounds))]


def row(kernel: str, case: str, data: list[float], **more: Any) -> dict[str, Any]:
    """One benchmark as ours are written; `more` goes to its extra_info."""
    extra = {"kernel": kernel, "case": case, "group": "cpu", "dtype": "float32", "direction": "forward", "fault": None}
    return {**plain_row(f"bench_attention.py::test_{kernel}[{case}]", data), "extra_info": extra | more}


def plain_row(fullname: str, data: list[float] | None, median_s: float = 1e-3) -> dict[str, Any]:
    """One benchmark as pytest-benchmark writes it; without data, only its summary."""
    q1, median, q3 = np.quantile(data or [0.99 * median_s, median_s, 1.02 * median_s], (0.25, 0.5, 0.75))
    stats: dict[str, Any] = {"rounds": len(data or "12345678"), "q1": float(q1), "median": float(median)}
    stats |= {"q3": float(q3)} | ({} if data is None else {"data": data})
    return {
        "group": None,
        "name": fullname.rsplit("::", maxsplit=1)[-1],
        "fullname": fullname,
        "extra_info": {},
        "stats": stats,
    }


def plain_report(*rows: dict[str, Any], cpu: str | None = CPU) -> dict[str, Any]:
    """A file of pytest-benchmark's own."""
    return {
        "machine_info": {
            "node": "host", "processor": "", "machine": "x86_64", "python_version": "3.12.4", "system": "Linux",
            "release": "6.1", "cpu": {"count": 8} | ({"brand_raw": cpu} if cpu else {}),
        },
        "commit_info": {"id": "0123456789abcdef", "dirty": False},
        "benchmarks": list(rows),
        "datetime": "2026-03-01T12:00:00.123456",
        "version": "5.1.0",
    }  # fmt: skip


def report(*rows: dict[str, Any], cpu: str = CPU, device: str = "cpu", **ours: Any) -> dict[str, Any]:
    """A file of ours; `ours` replaces fields of machine_info.specimen."""
    made = plain_report(*rows, cpu=cpu)
    made["machine_info"]["specimen"] = {
        "schema": 1, "device": device, "device_name": cpu if device == "cpu" else "Example GPU 80GB", "threads": 4,
        "versions": {"python": "3.12.4", "torch": "2.11.0", "triton": None, "numpy": "2.2.0"},
        "environment": {"OMP_NUM_THREADS": "4"}, "probes": PROBES, "temperature_c": None,
        "started": "2026-03-01T12:00:00",
    } | ours  # fmt: skip
    return made


def case_name(device: str, shape: tuple[int, ...], dtype: str, causal: str) -> str:
    """The id of a case, the same for every kernel."""
    return f"{device}/{'x'.join(map(str, shape))} {dtype} {causal} forward"


def realistic(
    device: str = "cpu", *, kernels: dict[str, float], scale: float = 1.0, seed: int = 0, **ours: Any
) -> dict[str, Any]:
    """Some kernels, each with its least part of the roofline's speed, on cases that memory or arithmetic binds."""
    on_gpu = device == "cuda"
    dtype, product, copy = ("float32", 6.6e14, 2.6e12) if on_gpu else ("float32", 1.3e11, 2.4e10)
    rows = []
    for i, (batch, n_heads, length, d_head) in enumerate(SHAPES):
        flops = 4.0 * batch * n_heads * length * length * d_head
        moved = 4.0 * batch * n_heads * length * d_head * (2 if on_gpu else 4)
        limit_s = max(flops / product, moved / copy)
        case = case_name("any", SHAPES[i], dtype, "full")
        for k, (kernel, reached) in enumerate(kernels.items()):
            data = times(scale * limit_s / (reached * (0.5 + 0.1 * i)), seed=seed + 100 * i + k)
            median = float(np.median(data))
            work = {"flops": flops, "bytes": moved, "flops_per_s": flops / median, "bytes_per_s": moved / median}
            work |= {"fraction_of_product": flops / median / product, "fraction_of_copy": moved / median / copy}
            rows.append(row(kernel, case, data, dtype=dtype, limit_s=limit_s, peak_bytes=3 * moved, **work))
    probes = {"product_flops_per_s": {dtype: product}, "copy_bytes_per_s": copy}
    return report(*rows, device=device, probes=probes, **ours)


def written(folder: Path, **reports: Any) -> list[str]:
    """The paths of files a.json, b.json, ... with these reports."""
    for name, content in reports.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return [str(folder / f"{name}.json") for name in reports]

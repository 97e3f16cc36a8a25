"""Rows into pytest-benchmark's own report, and the report onto the disk, whole, after every one of them."""

from __future__ import annotations

import copy
import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.cases import BenchCase
from benchmarks.measure import Measured
from harness.whole_file import write_whole

MARGIN = 0.10  # by which noise may carry a row past what the probes allow before the measurement is called faulty


def limit_s(case: BenchCase, probes: dict[str, Any], cache_bytes: int | None) -> float | None:
    """The least time that the probes allow a case, or None where they do not know its dtype.

    Edges:   memory limits only what no cache holds.
    """
    product = probes["product_flops_per_s"].get(case.dtype)
    if product is None:
        return None
    limit: float = max(case.flops / product, case.least_bytes(cache_bytes) / probes["copy_bytes_per_s"])
    return limit


def fault(time_s: float, least_s: float | None) -> str | None:
    """Why a time cannot be right: it is less than the roofline allows; None where it can be."""
    if least_s is None or time_s >= least_s * (1 - MARGIN):
        return None
    return (
        f"faster than the roofline allows: {time_s:.3g} s, while the probes of this session allow {least_s:.3g} s "
        f"with a margin of {MARGIN:.0%}; the measurement is at fault, not the kernel fast"
    )


def extra_info(
    case: BenchCase, kernel: str, measured: Measured, probes: dict[str, Any], cache_bytes: int | None
) -> dict[str, Any]:
    """What a row says beside its times."""
    median = statistics.median(measured.samples.times_s)
    least = limit_s(case, probes, cache_bytes)
    product = probes["product_flops_per_s"].get(case.dtype)
    return {
        "kernel": kernel,
        "case": case.id,
        "group": case.group,
        "batch": case.batch,
        "n_heads": case.n_heads,
        "q_len": case.seq_len,
        "kv_len": case.seq_len,
        "d_head": case.d_head,
        "dtype": case.dtype,
        "is_causal": case.is_causal,
        "direction": case.direction,
        "flops": case.flops,
        "bytes": case.moved_bytes,
        "flops_per_s": case.flops / median,
        "bytes_per_s": case.moved_bytes / median,
        "fraction_of_product": case.flops / median / product if product else None,
        "fraction_of_copy": case.moved_bytes / median / probes["copy_bytes_per_s"],
        "limit_s": least,
        "fault": fault(median, least),
        "peak_bytes": measured.peak_bytes,
        "error_in_budget": measured.error_in_budget,
    }


def case_of(item: Any) -> str | None:
    """The name of the case that a test is a row of, and measures together with its other rows; None for one of its own."""
    case: str | None = item.callspec.params.get("case") if hasattr(item, "callspec") else None
    return case


def record(benchmark: Any, times_s: list[float], *, iterations: int, extra: dict[str, Any]) -> None:
    """A row of pytest-benchmark's, of times that were measured elsewhere.

    pytest-benchmark times one function at a time and has no public way to be handed times; interleaving needs one. These
    three attributes are what its own `benchmark()` does once it has a duration.
    """
    benchmark._mode = "interleaved"
    benchmark.group = extra.get("case")
    benchmark.extra_info.update(extra)
    stats = benchmark._make_stats(iterations)
    for time_s in times_s:
        stats.update(round(time_s, 10) * iterations)  # which divides by the iterations again


def write(config: Any, path: Path, *, machine: dict[str, Any], commit: dict[str, Any], ours: dict[str, Any]) -> None:
    """The report of all rows so far, whole or not at all."""
    made = config.hook.pytest_benchmark_generate_json(
        config=config,
        benchmarks=[row for row in config._benchmarksession.benchmarks if row],
        include_data=True,
        machine_info=copy.deepcopy(machine) | {"specimen": ours},
        commit_info=commit,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(made, allow_nan=False))

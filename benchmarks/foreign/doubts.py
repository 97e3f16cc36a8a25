"""Why a time is not believed, in one sentence; nothing else of a kernel is held against it here."""

from __future__ import annotations

import os
from typing import Any

import torch

from benchmarks import probes
from benchmarks.cases import BenchCase
from benchmarks.report import limit_s
from impl.products import prefers_onednn

ABOVE_PROBES = 1.05  # times what the machine was seen to reach
CLOCKS_APART, APART_S = 0.25, 1e-3  # of what its threads used, and at least


class Doubted(Exception):
    """A time that is not believed; the message says why."""


def floor_s(case: BenchCase, reached: dict[str, Any], cache_bytes: int | None) -> float | None:
    """The least time that is believed, a call; None where no probe knows the case's dtype."""
    least = limit_s(case, reached, cache_bytes)
    return None if least is None else least / ABOVE_PROBES


def best_probes(session_probes: dict[str, Any], device: str) -> dict[str, Any]:
    """The probes of a session, of products on a CPU the faster of both libraries that torch brings: a kernel may use either."""
    if device != "cpu" or not prefers_onednn():
        return session_probes
    n = probes.PRODUCT_SIZE["cpu"]
    a, b = (torch.randn(n, n) for _ in range(2))
    rate = 2.0 * n**3 / probes._best_s(lambda: torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], ""), "cpu")
    products = session_probes["product_flops_per_s"]
    return session_probes | {"product_flops_per_s": products | {"float32": max(products["float32"], rate)}}


def demand_possible(time_s: float, cpu_s: float, least_s: float | None, device: str) -> None:
    """Refuse a time, and on a CPU a time of the processor, that is less than the machine can do the work in.

    Units:   seconds a call.
    Raises:  Doubted.
    """
    if least_s is None:
        return
    allows = f"while the probes of this session allow {least_s:.3g} s at best: the work was not done, or not then"
    if time_s < least_s:
        raise Doubted(f"{time_s:.3g} s a call, {allows}")
    if device == "cpu" and cpu_s < least_s:
        raise Doubted(f"it used {cpu_s:.3g} s of the processor a call, {allows}, or not by its process")


def demand_more_than_nothing(wall_s: float, around_s: float) -> None:
    """Refuse a kernel of which a round takes no longer than the empty one's.

    Units:   seconds a round.
    Raises:  Doubted.
    """
    if wall_s <= around_s:
        raise Doubted(
            f"it cannot be told from an empty kernel: {wall_s:.3g} s a round, and {around_s:.3g} s with nothing done"
        )


def demand_one_clock(wall_s: float, own_s: float, cpu_s: float) -> None:
    """Refuse a time where the process's own clock shows more than has passed, or less than its threads must have run.

    Units:   seconds of a round; own_s by its own clock, the others by ours.
    Edges:   a process that waits for a core runs late by both clocks.
    Raises:  Doubted.
    """
    cores = os.cpu_count() or 1
    least_s = cpu_s / cores - max(APART_S, CLOCKS_APART * cpu_s / cores)
    if own_s > wall_s:
        raise Doubted(
            f"its clock and ours disagree by {own_s - wall_s:.3g} s: a round of {wall_s:.3g} s took {own_s:.3g} s by its own"
        )
    if own_s < least_s:
        raise Doubted(f"its clock and ours disagree by {cpu_s / cores - own_s:.3g} s: {own_s:.3g} s a round by its own, "
                      f"in which its threads used {cpu_s:.3g} s of {cores} cores")  # fmt: skip

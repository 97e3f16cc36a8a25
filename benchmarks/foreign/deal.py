"""Inputs that no kernel has seen: drawn anew for every timed call, from the operating system's own numbers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from benchmarks import measure
from benchmarks.cases import BenchCase
from benchmarks.check import Inputs
from harness.worker.timed import chained, signed

INPUTS, RESULTS = ("q", "k", "v"), ("out",)
INPUTS_BACK, RESULTS_BACK = (*INPUTS, "d_out"), (*RESULTS, "grad q", "grad k", "grad v")
Pairs = dict[str, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Deal:
    """What a kernel is given in a pass.

    Shapes:  `inputs` has one set a call; `written` are the arrays that tell the kernel's process of them, by their names.
    """

    inputs: list[Inputs]
    written: dict[str, Tensor]


Dealer = Callable[[BenchCase, int], Deal]


def names(case: BenchCase) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The inputs of a case, and its results."""
    return (INPUTS_BACK, RESULTS_BACK) if case.has_backward else (INPUTS, RESULTS)


def shape_of(case: BenchCase) -> list[int]:
    """The shape of every array of a case: [batch, n_heads, seq_len, d_head]."""
    return [case.batch, case.n_heads, case.seq_len, case.d_head]


def whole(case: BenchCase, calls: int) -> Deal:
    """Inputs that are written as they are."""
    inputs = [measure.inputs(case, seed=secrets.randbits(62)) for _ in range(calls)]
    written = {f"{call} {name}": array for call, one in enumerate(inputs) for name, array in arrays(one).items()}
    return Deal(inputs, written)


def pairs(case: BenchCase) -> Pairs:
    """What signs make inputs of: together, two normal arrays have variance 1."""
    halves = [arrays(measure.inputs(case, seed=secrets.randbits(62))) for _ in range(2)]
    return {name: (halves[0][name] * 0.5**0.5, halves[1][name] * 0.5**0.5) for name in halves[0]}


def by_signs(made: Pairs, mask: Tensor | None) -> Dealer:
    """Inputs that are made of pairs by fresh signs, which are all that is written."""

    def deal(case: BenchCase, calls: int) -> Deal:
        inputs, written = [], {}
        shape = (len(made), case.n_heads, 1, case.d_head)
        for call in range(calls):
            dice = torch.Generator().manual_seed(secrets.randbits(62))
            signs = (2 * torch.randint(2, shape, generator=dice) - 1).to(getattr(torch, case.dtype))
            given = dict.fromkeys(INPUTS_BACK) | dict(zip(made, signed(made, signs), strict=True))
            inputs.append(Inputs(**given, mask=mask))
            written[f"{call} signs"] = signs
        return Deal(inputs, written)

    return deal


def chain(dealt: Sequence[Inputs], results: Sequence[Mapping[str, Tensor]]) -> Iterator[Inputs]:
    """What each call of a round was given, from what was dealt and what came of the calls before."""
    before = None
    for inputs, found in zip(dealt, results, strict=True):
        yield replace(inputs, q=chained(inputs.q, before))
        before = found["out"].to(inputs.k.device), inputs.k


def arrays(inputs: Inputs) -> dict[str, Tensor]:
    """The arrays of an input set by name, without its mask."""
    found = {name: getattr(inputs, name) for name in INPUTS_BACK}
    return {name: array for name, array in found.items() if array is not None}


def mask_of(case: BenchCase) -> Tensor | None:
    """The mask of a case, the same for all of its inputs."""
    return measure.inputs(replace(case, n_heads=1, d_head=1, direction="forward"), seed=0).mask

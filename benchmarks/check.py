"""Whether what a kernel computed is right: held to the float64 oracle, in whole or on rows that are drawn.

Rows of attention are independent. Of a large case some heads and some of their queries are drawn, and the oracle is given
these alone, with the keys that each may attend to. Gradients come from a cotangent that is zero but on the drawn rows:
the oracle then knows all of dK and dV of the drawn heads, dQ of the drawn rows, and that every other gradient is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import clock
from benchmarks.cases import BenchCase
from spec.contracts import Case
from spec.contracts.attention import CONTRACT
from spec.error import Expected, exactly, miss

WHOLE = 1 << 18  # weights in all, up to which a case is checked in whole
HEADS, ROWS, LEAST_ROWS = 2, 64, 16
Kernel = Callable[..., Tensor]


class Wrong(AssertionError):
    """A kernel's result is outside the budget: it has no time."""


@dataclass(frozen=True)
class Inputs:
    """One input set. `mask` is None where nothing is padded.

    Shapes:  q, k, v and d_out, the cotangent of the output, [batch, n_heads, seq_len, d_head];
             mask [batch, 1, seq_len, seq_len].
    """

    q: Tensor
    k: Tensor
    v: Tensor
    d_out: Tensor | None
    mask: Tensor | None


@dataclass(frozen=True)
class Truth:
    """What is right on the drawn heads and rows, and the cotangent that gives its gradients.

    Shapes:  heads [n] into batch * n_heads; rows [m]; expected out and grad q [n, 1, m, d_head], grad k and grad v
             [n, 1, seq_len, d_head].
    """

    heads: Tensor
    rows: Tensor
    expected: dict[str, Expected]
    cotangent: Tensor | None


def truth(case: BenchCase, inputs: Inputs, *, whole: int = WHOLE) -> Truth:
    """The oracle's answer for an input set; of more than `whole` weights, for drawn heads and rows of it.

    Edges:   the first and the last head and row are always among the drawn.
    """
    n_all = case.batch * case.n_heads
    is_whole = n_all * case.seq_len**2 <= whole
    heads = torch.arange(n_all) if is_whole else _drawn(n_all, HEADS)
    n_rows = max(LEAST_ROWS, min(ROWS, WHOLE // 2 // (HEADS * case.seq_len)))
    rows = torch.arange(case.seq_len) if is_whole else _drawn(case.seq_len, n_rows)
    q = _picked(inputs.q, heads)[:, :, rows]  # [n, 1, m, d_head]
    call = Case(
        (), {}, {"q": _array(q), "k": _array(_picked(inputs.k, heads)), "v": _array(_picked(inputs.v, heads))},
        case.dtype, {"mask": _permitted(case, inputs.mask, heads, rows)},
    )  # fmt: skip
    if inputs.d_out is None:
        return Truth(heads, rows, CONTRACT.truth(call), None)
    cotangent = torch.zeros_like(inputs.d_out)
    index = _index(inputs.d_out, heads, rows)
    cotangent.flatten(0, 1)[index] = inputs.d_out.flatten(0, 1)[index]
    pulled = {"out": _array(_picked(cotangent, heads)[:, :, rows])}
    return Truth(heads, rows, CONTRACT.truth(call, pulled), cotangent)


def error_in_budget(case: BenchCase, kernel: Kernel, inputs: Inputs, right: Truth) -> float:
    """The largest error of a kernel's output and gradients, as a part of what is allowed.

    Raises:  Wrong with the worst entry, if any is outside its budget or is not finite.
    """
    out, *gradients = _computed(case, kernel, inputs, right.cotangent)
    actual = {"out": _at(out.detach(), right)}
    if not bool(torch.isfinite(out).all()):
        raise Wrong("the output is not finite everywhere")
    if gradients:
        d_q, d_k, d_v = gradients
        actual |= {"grad q": _at(d_q, right)}
        actual |= {name: _picked(d, right.heads) for name, d in (("grad k", d_k), ("grad v", d_v))}
        _hold_the_rest_to_zero(right, d_q, d_k, d_v)
    worst = 0.0
    for name, expected in right.expected.items():
        got = _array(actual[name])
        if found := miss(got, expected):
            raise Wrong(f"{name}{_place(name, found.at, right, case)} is {found.actual:.9g}, expected "
                        f"{found.expected:.9g} within {found.budget:.3g}")  # fmt: skip
        worst = max(worst, float((np.abs(got - expected.value) / expected.budget).max(initial=0.0)))
    return worst


def _computed(case: BenchCase, kernel: Kernel, inputs: Inputs, cotangent: Tensor | None) -> tuple[Tensor, ...]:
    """The output and, given a cotangent, the gradients, in the way that was timed."""
    leaves = [x.detach().requires_grad_(cotangent is not None) for x in (inputs.q, inputs.k, inputs.v)]

    def compute() -> tuple[Tensor, ...]:
        out = kernel(*leaves, **keywords(case, inputs))
        return (out,) if cotangent is None else (out, *torch.autograd.grad(out, leaves, cotangent))

    found: tuple[Tensor, ...] = (clock.replayed(compute) if case.is_replayed else compute)()
    return found


def keywords(case: BenchCase, inputs: Inputs) -> dict[str, Any]:
    """What a kernel is called with besides q, k and v."""
    return {"is_causal": case.is_causal} | ({} if inputs.mask is None else {"mask": inputs.mask})


def _hold_the_rest_to_zero(right: Truth, d_q: Tensor, d_k: Tensor, d_v: Tensor) -> None:
    for name, gradient in (("grad q", d_q), ("grad k", d_k), ("grad v", d_v)):
        rest = gradient.detach().flatten(0, 1).clone()  # [batch * n_heads, seq_len, d_head]
        if name == "grad q":
            rest[_index(rest, right.heads, right.rows)] = 0.0
        else:
            rest[right.heads.to(rest.device)] = 0.0
        if bool((rest != 0).any()):
            largest = _array(rest.abs().amax().reshape(1))
            found = miss(largest, exactly(np.zeros(1)))
            raise Wrong(
                f"{name} is {found.actual if found else 0.0:.3g} where the cotangent reaches nothing, expected 0"
            )


def _drawn(n: int, most: int) -> Tensor:
    """At most `most` numbers below n, with the first and the last among them; the same ones every time."""
    dice = np.random.default_rng(n)
    inner = dice.choice(np.arange(1, n - 1), size=min(n, most) - 2, replace=False) if n > 2 else []
    return torch.tensor(sorted({0, n - 1, *(int(i) for i in inner)}))


def _permitted(case: BenchCase, mask: Tensor | None, heads: Tensor, rows: Tensor) -> NDArray[np.bool_]:
    """Which drawn query may attend to which key: bool [n or 1, 1, m, seq_len]."""
    keys = np.arange(case.seq_len)
    allowed = (keys <= rows.numpy()[:, None]) if case.is_causal else np.ones((len(rows), case.seq_len), dtype=bool)
    if mask is None:
        return allowed[None, None]
    entries = heads // case.n_heads
    chosen: NDArray[np.bool_] = mask.cpu()[entries][:, :, rows].numpy() & allowed
    return chosen


def _picked(array: Tensor, heads: Tensor) -> Tensor:
    return array.flatten(0, 1)[heads.to(array.device)][:, None]  # [n, 1, length, d_head]


def _at(array: Tensor, right: Truth) -> Tensor:
    return _picked(array, right.heads)[:, :, right.rows.to(array.device)]


def _index(array: Tensor, heads: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    return heads.to(array.device)[:, None], rows.to(array.device)[None]


def _array(tensor: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = tensor.detach().cpu().double().numpy()
    return found


def _place(name: str, at: tuple[int, ...], right: Truth, case: BenchCase) -> list[int]:
    """Where a drawn entry lies in the whole array: batch, head, row, column."""
    head = int(right.heads[at[0]])
    row = int(right.rows[at[2]]) if name in {"out", "grad q"} else at[2]
    return [head // case.n_heads, head % case.n_heads, row, at[3]]

"""What is right, in whole: float64 attention of every entry, and how far from it a kernel may be.

The oracle's budget needs its arrays of rounding errors, which take too long for every timed call. So the oracle is asked
once a case, on other inputs of the same kind, and a row is allowed what the row at the same place is allowed there.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.cases import BenchCase
from benchmarks.check import Inputs, Wrong
from benchmarks.foreign.deal import names
from spec.contracts import Case
from spec.contracts.attention import CONTRACT
from spec.error import Expected, miss

LONGEST, MOST_WEIGHTS, MOST_HEADS = 512, 1 << 20, 16  # of what the oracle is asked
AT_A_TIME = 1 << 23  # weights in float64
Results = dict[str, Tensor]


def exact(case: BenchCase, inputs: Inputs) -> Results:
    """The output and, of a backward pass, the gradients, in float64, on the inputs' device.

    Shapes:  as the inputs.
    Edges:   a query that may attend to nothing gives zeros (C2).
    """
    found = {name: torch.empty(inputs.q.shape, dtype=torch.float64, device=inputs.q.device) for name in names(case)[1]}
    flat = {name: array.flatten(0, 1) for name, array in found.items()}  # [batch * n_heads, seq_len, d_head]
    given = [x if x is None else x.flatten(0, 1) for x in (inputs.q, inputs.k, inputs.v, inputs.d_out)]
    step = max(1, AT_A_TIME // case.seq_len**2)
    for start in range(0, case.batch * case.n_heads, step):
        heads = slice(start, min(start + step, case.batch * case.n_heads))
        q, k, v, d_out = (None if x is None else x[heads].double() for x in given)
        weights = (q @ k.mT * case.d_head**-0.5).masked_fill_(~_permitted(case, inputs, heads), -torch.inf)
        weights = weights.softmax(dim=-1).nan_to_num_(0.0)
        flat["out"][heads] = out = weights @ v
        if d_out is not None:
            flat["grad v"][heads] = weights.mT @ d_out
            d_logits = weights * (d_out @ v.mT - (d_out * out).sum(dim=-1, keepdim=True)) * case.d_head**-0.5
            flat["grad q"][heads], flat["grad k"][heads] = d_logits @ k, d_logits.mT @ q
    return found


def _permitted(case: BenchCase, inputs: Inputs, heads: slice) -> Tensor:
    """Which query may attend to which key: bool [heads or 1, seq_len, seq_len]."""
    n, device = case.seq_len, inputs.q.device
    allowed = torch.ones(1, n, n, dtype=torch.bool, device=device)
    allowed = allowed.tril() if case.is_causal else allowed
    if inputs.mask is None:
        return allowed
    entries = torch.arange(heads.start, heads.stop, device=device) // case.n_heads
    return inputs.mask[entries, 0] & allowed


@cache
def budgets(case: BenchCase) -> Results:
    """How far from right each row of each result may be.

    Shapes:  [batch or 1, 1, seq_len, 1].
    Edges:   rows of long cases are looked up in shorter ones, near the same end, and entries that are padded in one at
             least as long: what is allowed there is about as much, or more. A row is allowed what any of its neighbours is,
             in any head: a single one may happen to be small.
    """
    n = min(case.seq_len, LONGEST)
    lengths = sorted(set(case.lengths)) if case.is_padded else [n]
    entries = min(len(lengths), max(1, MOST_WEIGHTS // n**2))
    asked = sorted({lengths[-1 - int(i)] for i in np.linspace(0, len(lengths) - 1, entries)})
    n_heads = min(MOST_HEADS, max(1, MOST_WEIGHTS // (n**2 * len(asked))))
    truth = _truth(case, np.array(asked), n, n_heads)
    own = [min(i for i, length in enumerate(asked) if length >= one) for one in case.lengths] if case.is_padded else [0]
    rows = np.arange(case.seq_len)
    rows = np.where(rows < n // 4, rows, np.maximum(n // 4, n - (case.seq_len - rows)))
    found = {}
    for name in names(case)[1]:
        most = _nearby(_nearby(truth[name].budget.max(axis=1, keepdims=True), axis=0), axis=2)
        found[name] = torch.from_numpy(most[own][:, :, rows])
    return found


def _truth(case: BenchCase, lengths: NDArray[np.int_], n: int, n_heads: int) -> dict[str, Expected]:
    """The oracle's answer on inputs of a case's kind, an entry a length."""
    dice = np.random.default_rng(n)
    shape = (len(lengths), n_heads, n, case.d_head)
    dtype = getattr(torch, case.dtype)
    q, k, v, d_out = (torch.from_numpy(dice.standard_normal(shape)).to(dtype).double().numpy() for _ in range(4))
    real = np.arange(n) < lengths[:, None]  # [entries, n]
    mask = real[:, None, :, None] & real[:, None, None, :] & (np.tri(n, dtype=bool) if case.is_causal else True)
    call = Case((), {}, {"q": q, "k": k, "v": v}, case.dtype, {"mask": mask})
    return CONTRACT.truth(call, {"out": d_out} if case.has_backward else None)


def _nearby(budget: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    """The most that is allowed within two places."""
    width = [(2, 2) if one == axis else (0, 0) for one in range(budget.ndim)]
    padded = np.pad(budget, width, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 5, axis=axis).max(axis=-1)


def demand_right(case: BenchCase, actual: Results, expected: Results) -> float:
    """The largest error as a part of what is allowed.

    Raises:  Wrong with the worst entry, if any is outside its budget or is not finite.
    """
    worst = 0.0
    for name, budget in budgets(case).items():
        right = expected[name]
        got = actual[name].to(right.device).double()
        share = float(((got - right).abs() / budget.to(right.device)).max())
        if not share <= 1:
            found = miss(got.cpu().numpy(), Expected(right.cpu().numpy(), budget.numpy()))
            assert found, "a share above 1 is a miss"
            raise Wrong(f"{name}{list(found.at)} is {found.actual:.9g}, expected {found.expected:.9g} "
                        f"within {found.budget:.3g}")  # fmt: skip
        worst = max(worst, share)
    return worst

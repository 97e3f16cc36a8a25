"""The two passes as one differentiable function."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from impl.attention.fused.backward import backward_keys, backward_queries, row_products
from impl.attention.fused.forward import forward_blocks
from impl.attention.fused.launch import launch, mask_rows, rows
from impl.attention.fused.table import Looped, Tile, Whole, padded
from impl.attention.fused.whole import backward_whole, forward_whole


class Problem(NamedTuple):
    """What both passes are given.

    Shapes:  q [batch, n_heads, q_len, d_head]; k, v [batch, n_heads, kv_len, d_head], last axes contiguous;
             mask None or bool [batch, n_heads, q_len, kv_len].
    """

    q: Tensor
    k: Tensor
    v: Tensor
    mask: Tensor | None
    is_causal: bool
    scale: float

    def inputs(self) -> list[Any]:
        return [rows(self.q), rows(self.k), rows(self.v), mask_rows(self.mask)]

    def sizes(self) -> tuple[int, int, int, float]:
        return self.q.shape[1], self.q.shape[2], self.k.shape[2], self.scale

    def constants(self, tile: Tile) -> dict[str, Any]:
        d_head = self.q.shape[3]
        width = {"D_HEAD": d_head, "BLOCK_D": padded(d_head)}
        return {"IS_CAUSAL": self.is_causal, **width, "BLOCK_M": tile.block_m, "BLOCK_N": tile.block_n}

    def n_entries(self) -> int:
        return self.q.shape[0] * self.q.shape[1]


class Attention(torch.autograd.Function):
    """softmax(scale q k^T) v, cut into blocks as `plan` says.

    Shapes:  those of `Problem`, without its condition on the last axes of q, k and v.
    Edges:   nothing is launched for an empty batch, or without a key.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, *options: Any) -> Tensor:
        """The output; options are is_causal, scale and the plan."""
        is_causal, scale, plan = options
        q, k, v = by_rows(q), by_rows(k), by_rows(v)
        problem = Problem(q, k, v, mask, is_causal, scale)
        if 0 in q.shape or 0 in k.shape:
            out, kept = torch.zeros_like(q), ()
        elif isinstance(plan, Whole):
            out, kept = forward_by_entry(problem, plan), ()
        else:
            out, logsumexp = forward_by_block(problem, plan)
            kept = out, logsumexp
        ctx.save_for_backward(q, k, v, mask, *kept)
        ctx.options = options
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:
        """dq, dk and dv, where needed."""
        is_causal, scale, plan = ctx.options
        q, k, v, mask, *kept = ctx.saved_tensors
        problem = Problem(q, k, v, mask, is_causal, scale)
        needed = ctx.needs_input_grad[:3]
        if 0 in q.shape or 0 in k.shape:
            gradients = [torch.zeros_like(x) for x in (q, k, v)]
        elif isinstance(plan, Whole):
            gradients = backward_by_entry(problem, plan, by_rows(d_out), needed)
        else:
            gradients = backward_by_block(problem, plan, by_rows(d_out), needed, *kept)
        return (*gradients, None, None, None, None)


def forward_by_entry(problem: Problem, plan: Whole) -> Tensor:
    """Out, in one launch."""
    out = empty_like(problem.q)
    arguments = [*problem.inputs(), rows(out), *problem.sizes()]
    launch(forward_whole, problem.n_entries(), arguments, problem.constants(plan.forward), plan.forward)
    return out


def backward_by_entry(problem: Problem, plan: Whole, d_out: Tensor, needed: tuple[bool, ...]) -> list[Tensor | None]:
    """dq, dk and dv, or None for what is not needed, in one launch."""
    gradients = [empty_like(x) if wanted else None for x, wanted in zip(problem[:3], needed, strict=True)]
    stored = [None if x is None else rows(x) for x in gradients]
    arguments = [*problem.inputs(), rows(d_out), *stored, *problem.sizes()]
    launch(backward_whole, problem.n_entries(), arguments, problem.constants(plan.backward), plan.backward)
    return gradients


def forward_by_block(problem: Problem, plan: Looped) -> tuple[Tensor, Tensor]:
    """Out and the logsumexp (in base 2) of every query."""
    q, tile = problem.q, plan.forward
    out, logsumexp = empty_like(q), torch.empty(q.shape[:3], dtype=torch.float32, device=q.device)
    arguments = [*problem.inputs(), rows(out), logsumexp, *problem.sizes()]
    launch(
        forward_blocks, problem.n_entries() * cdiv(q.shape[2], tile.block_m), arguments, problem.constants(tile), tile
    )
    return out, logsumexp


def backward_by_block(
    problem: Problem, plan: Looped, d_out: Tensor, needed: tuple[bool, ...], out: Tensor, logsumexp: Tensor
) -> list[Tensor | None]:
    """dq, dk and dv, or None where its launch is not needed."""
    (q, k, v), n_entries = problem[:3], problem.n_entries()
    d_q = d_k = d_v = None
    delta = torch.empty_like(logsumexp)
    tile = plan.queries
    constants = {name: x for name, x in problem.constants(tile).items() if name not in {"IS_CAUSAL", "BLOCK_N"}}
    n_blocks = cdiv(q.shape[2], tile.block_m)
    launch(row_products, n_entries * n_blocks, [rows(out), rows(d_out), delta, *problem.sizes()[:2]], constants, tile)
    given = [*problem.inputs(), rows(d_out), logsumexp, delta]
    if needed[0]:
        d_q = empty_like(q)
        arguments = [*given, rows(d_q), *problem.sizes()]
        launch(backward_queries, n_entries * n_blocks, arguments, problem.constants(tile), tile)
    if needed[1] or needed[2]:
        d_k, d_v, tile = empty_like(k), empty_like(v), plan.keys
        arguments = [*given, rows(d_k), rows(d_v), *problem.sizes()]
        n_blocks = cdiv(k.shape[2], tile.block_n)
        launch(backward_keys, n_entries * n_blocks, arguments, problem.constants(tile), tile)
    return [d_q, d_k, d_v]


def by_rows(x: Tensor) -> Tensor:
    """`x` itself if its last axis is contiguous, else a copy."""
    return x if x.stride(-1) == 1 or x.shape[-1] == 1 else x.contiguous()


def empty_like(x: Tensor) -> Tensor:
    """A tensor to be filled, laid out as `x` where its last axis stays contiguous."""
    empty = torch.empty_like(x)
    return empty if by_rows(empty) is empty else torch.empty(x.shape, dtype=x.dtype, device=x.device)


def cdiv(length: int, block: int) -> int:
    """Blocks that cover `length`."""
    return -(-length // block)

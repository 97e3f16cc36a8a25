"""Short sequences: one program holds a whole (batch, head) entry, so that the softmax sees all its keys at once.

The backward pass is one launch: it works out the weights anew from q and k, and takes the row sums of dO * O as those of
P * dP, which are the same numbers, so that neither `out` nor a logsumexp is read.

Source:  Dao et al. 2022 (FlashAttention), appendix B.2, for the gradients.
"""

import triton
import triton.language as tl

from impl.attention.fused.blocks import (
    LOG2E,
    NEVER,
    SIZES,
    load,
    may_attend,
    place,
    product,
    row_max,
    row_sum,
    start_of,
    store,
    within,
)


@triton.jit
def softmax(logits, allowed):
    """Softmax weights before their division, and what divides each row. A row without a key has weights 0 (C2).

    Shapes:  logits, allowed and the weights [m, n]; the divisors [m, 1].
    """
    logits = tl.where(allowed, logits, NEVER)
    top = row_max(logits)[:, None]  # [m, 1]
    top = tl.where(top == NEVER, 0.0, top)  # -inf - -inf is NaN
    weights = tl.exp2(logits - top)
    total = row_sum(weights)[:, None]  # [m, 1]
    return weights, tl.where(total == 0.0, 1.0, total)


@triton.jit(do_not_specialize=SIZES)
def forward_whole(
    q, k, v, mask, out, n_heads, q_len, kv_len, scale,
    IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Out of one (batch, head) entry."""
    batch, head = place(tl.program_id(0), n_heads)
    queries = tl.arange(0, BLOCK_M)[:, None]  # [BLOCK_M, 1]
    keys = tl.arange(0, BLOCK_N)[:, None]  # [BLOCK_N, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    q_inside, kv_inside = within(queries, columns, q_len, D_HEAD), within(keys, columns, kv_len, D_HEAD)
    q_block = load(q, start_of(q, batch, head), queries, columns, q_inside)
    k_block = load(k, start_of(k, batch, head), keys, columns, kv_inside)
    v_block = load(v, start_of(v, batch, head), keys, columns, kv_inside)
    logits = product(q_block, tl.trans(k_block)) * (scale * LOG2E)  # [BLOCK_M, BLOCK_N], for exp2
    allowed = may_attend(mask, batch, head, queries, tl.arange(0, BLOCK_N)[None, :], q_len, kv_len, IS_CAUSAL)
    weights, total = softmax(logits, allowed)
    result = product(weights.to(v_block.dtype), v_block) / total  # [BLOCK_M, BLOCK_D]
    store(out, start_of(out, batch, head), queries, columns, q_inside, result)


@triton.jit(do_not_specialize=SIZES)
def backward_whole(
    q, k, v, mask, d_out, d_q, d_k, d_v, n_heads, q_len, kv_len, scale,
    IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Those of dq, dk and dv that are not None, of one (batch, head) entry."""
    batch, head = place(tl.program_id(0), n_heads)
    queries = tl.arange(0, BLOCK_M)[:, None]  # [BLOCK_M, 1]
    keys = tl.arange(0, BLOCK_N)[:, None]  # [BLOCK_N, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    q_inside, kv_inside = within(queries, columns, q_len, D_HEAD), within(keys, columns, kv_len, D_HEAD)
    q_block = load(q, start_of(q, batch, head), queries, columns, q_inside)
    k_block = load(k, start_of(k, batch, head), keys, columns, kv_inside)
    d_out_block = load(d_out, start_of(d_out, batch, head), queries, columns, q_inside)
    logits = product(q_block, tl.trans(k_block)) * (scale * LOG2E)  # [BLOCK_M, BLOCK_N], for exp2
    allowed = may_attend(mask, batch, head, queries, tl.arange(0, BLOCK_N)[None, :], q_len, kv_len, IS_CAUSAL)
    weights, total = softmax(logits, allowed)
    weights = weights / total
    if d_v is not None:
        d_v_block = product(tl.trans(weights.to(q_block.dtype)), d_out_block)  # [BLOCK_N, BLOCK_D]
        store(d_v, start_of(d_v, batch, head), keys, columns, kv_inside, d_v_block)
    if d_q is not None or d_k is not None:
        v_block = load(v, start_of(v, batch, head), keys, columns, kv_inside)
        d_weights = product(d_out_block, tl.trans(v_block))  # [BLOCK_M, BLOCK_N]
        d_logits = weights * (d_weights - row_sum(weights * d_weights)[:, None])
        d_logits = d_logits.to(q_block.dtype)
        if d_q is not None:
            d_q_block = product(d_logits, k_block) * scale  # [BLOCK_M, BLOCK_D]
            store(d_q, start_of(d_q, batch, head), queries, columns, q_inside, d_q_block)
        if d_k is not None:
            d_k_block = product(tl.trans(d_logits), q_block) * scale  # [BLOCK_N, BLOCK_D]
            store(d_k, start_of(d_k, batch, head), keys, columns, kv_inside, d_k_block)

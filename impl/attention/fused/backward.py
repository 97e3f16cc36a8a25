"""Long sequences, backward: dk and dv by blocks of keys, dq by blocks of queries; nothing is added to from two places.

The weights are worked out anew from the logsumexp. Two launches cost 7 products where atomic additions would cost 5, and
give the same bits every time.

Source:  Dao 2023 (FlashAttention-2), algorithm 2, its two loops changed round for dq.
"""

import triton
import triton.language as tl

from impl.attention.fused.blocks import (
    LOG2E,
    NEVER,
    SIZES,
    add_product,
    at_row,
    load,
    may_attend,
    place,
    product,
    row_sum,
    start_of,
    store,
    within,
)


@triton.jit(do_not_specialize=SIZES)
def row_products(out, d_out, delta, n_heads, q_len, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr):
    """Delta, the sum of dO * O of each query, for one block of queries."""
    n_blocks = (q_len + BLOCK_M - 1) // BLOCK_M
    entry, first = tl.program_id(0) // n_blocks, tl.program_id(0) % n_blocks * BLOCK_M
    batch, head = place(entry, n_heads)
    rows = tl.arange(0, BLOCK_M)[:, None]  # [BLOCK_M, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    inside = within(rows, columns, q_len - first, D_HEAD)
    out_block = load(out, at_row(out, start_of(out, batch, head), first), rows, columns, inside)
    d_out_block = load(d_out, at_row(d_out, start_of(d_out, batch, head), first), rows, columns, inside)
    value = row_sum(out_block.to(tl.float32) * d_out_block.to(tl.float32))[:, None]  # [BLOCK_M, 1]
    tl.store(delta + tl.cast(entry, tl.int64) * q_len + first + rows, value, mask=first + rows < q_len)


@triton.jit
def add_queries(
    k_block, v_block, d_k_block, d_v_block, q, q_start, d_out, d_out_start, mask, logsumexp, delta,
    batch, head, keys, first, q_len, kv_len, scale,
    WHOLE: tl.constexpr, IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """Sums for dk (without the scale) and dv of a block of keys after one more block of queries. WHOLE: each sees all the keys.

    Logits stand here as [keys, queries], so that both sums take them as their left factor, from registers. A query
    beyond q_len has logsumexp +inf and so no weight; what comes of a key beyond kv_len is never stored.

    Shapes:  k_block, v_block and their gradients [BLOCK_N, BLOCK_D]; keys [BLOCK_N, 1].
    """
    rows = tl.arange(0, BLOCK_M)
    columns = tl.arange(0, k_block.shape[1])[None, :]  # [1, BLOCK_D]
    queries = first + rows[None, :]  # [1, BLOCK_M]
    inside = within(rows[:, None], columns, q_len - first, D_HEAD)
    q_block = load(q, at_row(q, q_start, first), rows[:, None], columns, inside)
    lse = tl.load(logsumexp + queries, mask=queries < q_len, other=float("inf"))  # [1, BLOCK_M]
    logits = product(k_block, tl.trans(q_block)) * (scale * LOG2E)  # [BLOCK_N, BLOCK_M]
    if not WHOLE:
        logits = tl.where(may_attend(mask, batch, head, queries, keys, q_len, kv_len, IS_CAUSAL), logits, NEVER)
    weights = tl.exp2(logits - lse)
    d_out_block = load(d_out, at_row(d_out, d_out_start, first), rows[:, None], columns, inside)
    d_v_block = add_product(weights.to(q_block.dtype), d_out_block, d_v_block)
    d_weights = product(v_block, tl.trans(d_out_block))  # [BLOCK_N, BLOCK_M]
    d_logits = weights * (d_weights - tl.load(delta + queries, mask=queries < q_len, other=0.0))
    d_k_block = add_product(d_logits.to(q_block.dtype), q_block, d_k_block)
    return d_k_block, d_v_block


@triton.jit(do_not_specialize=SIZES)
def backward_keys(
    q, k, v, mask, d_out, logsumexp, delta, d_k, d_v, n_heads, q_len, kv_len, scale,
    IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """The gradients dk and dv of one block of keys. The first keys are those that most queries see, so the longest are first anyway."""
    n_blocks = (kv_len + BLOCK_N - 1) // BLOCK_N
    entry, first = tl.program_id(0) // n_blocks, tl.program_id(0) % n_blocks * BLOCK_N
    batch, head = place(entry, n_heads)
    rows = tl.arange(0, BLOCK_N)[:, None]  # [BLOCK_N, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    inside = within(rows, columns, kv_len - first, D_HEAD)
    k_block = load(k, at_row(k, start_of(k, batch, head), first), rows, columns, inside)
    v_block = load(v, at_row(v, start_of(v, batch, head), first), rows, columns, inside)
    q_start, d_out_start = start_of(q, batch, head), start_of(d_out, batch, head)
    lse, row = logsumexp + tl.cast(entry, tl.int64) * q_len, delta + tl.cast(entry, tl.int64) * q_len
    d_k_block = tl.full([BLOCK_N, BLOCK_D], 0.0, tl.float32)
    d_v_block = tl.full([BLOCK_N, BLOCK_D], 0.0, tl.float32)
    begin, whole = 0, 0  # from `whole` on every query sees every key of the block
    if IS_CAUSAL:
        begin = first // BLOCK_M * BLOCK_M
        whole = (first + BLOCK_N + BLOCK_M - 2) // BLOCK_M * BLOCK_M  # the first block from key first + BLOCK_N - 1 on
    if mask is not None:
        whole = q_len
    if IS_CAUSAL or mask is not None:
        for query in tl.range(begin, tl.minimum(whole, q_len), BLOCK_M):
            d_k_block, d_v_block = add_queries(
                k_block, v_block, d_k_block, d_v_block, q, q_start, d_out, d_out_start, mask, lse, row, batch, head,
                first + rows, query, q_len, kv_len, scale, False, IS_CAUSAL, D_HEAD, BLOCK_M,
            )  # fmt: skip
    if mask is None:
        for query in tl.range(whole, q_len, BLOCK_M):
            d_k_block, d_v_block = add_queries(
                k_block, v_block, d_k_block, d_v_block, q, q_start, d_out, d_out_start, mask, lse, row, batch, head,
                first + rows, query, q_len, kv_len, scale, True, IS_CAUSAL, D_HEAD, BLOCK_M,
            )  # fmt: skip
    store(d_k, at_row(d_k, start_of(d_k, batch, head), first), rows, columns, inside, d_k_block * scale)
    store(d_v, at_row(d_v, start_of(d_v, batch, head), first), rows, columns, inside, d_v_block)


@triton.jit
def add_keys(
    q_block, d_out_block, lse, row, d_q_block, k, k_start, v, v_start, mask, batch, head, queries, first,
    q_len, kv_len, scale,
    WHOLE: tl.constexpr, IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """The sum for dq (without the scale) of a block of queries after one more block of keys. WHOLE: each may see all of it.

    Shapes:  q_block, d_out_block, d_q_block [BLOCK_M, BLOCK_D]; lse, row, queries [BLOCK_M, 1].
    """
    keys = tl.arange(0, BLOCK_N)  # counted from `first`
    columns = tl.arange(0, q_block.shape[1])[None, :]  # [1, BLOCK_D]
    inside = None
    if not WHOLE or q_block.shape[1] != D_HEAD:
        inside = within(keys[:, None], columns, kv_len - first, D_HEAD)
    k_block = load(k, at_row(k, k_start, first), keys[:, None], columns, inside)
    v_block = load(v, at_row(v, v_start, first), keys[:, None], columns, inside)
    logits = product(q_block, tl.trans(k_block)) * (scale * LOG2E)  # [BLOCK_M, BLOCK_N]
    if not WHOLE:
        allowed = may_attend(mask, batch, head, queries, first + keys[None, :], q_len, kv_len, IS_CAUSAL)
        logits = tl.where(allowed, logits, NEVER)
    weights = tl.exp2(logits - lse)
    d_weights = product(d_out_block, tl.trans(v_block))  # [BLOCK_M, BLOCK_N]
    d_logits = weights * (d_weights - row)
    return add_product(d_logits.to(k_block.dtype), k_block, d_q_block)


@triton.jit(do_not_specialize=SIZES)
def backward_queries(
    q, k, v, mask, d_out, logsumexp, delta, d_q, n_heads, q_len, kv_len, scale,
    IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """The gradient dq of one block of queries, which goes over the keys as the forward pass does."""
    n_blocks = (q_len + BLOCK_M - 1) // BLOCK_M
    entry, block = tl.program_id(0) // n_blocks, tl.program_id(0) % n_blocks
    if IS_CAUSAL:
        block = n_blocks - 1 - block  # the longest first
    first = block * BLOCK_M
    batch, head = place(entry, n_heads)
    rows = tl.arange(0, BLOCK_M)[:, None]  # [BLOCK_M, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    inside = within(rows, columns, q_len - first, D_HEAD)
    q_block = load(q, at_row(q, start_of(q, batch, head), first), rows, columns, inside)
    d_out_block = load(d_out, at_row(d_out, start_of(d_out, batch, head), first), rows, columns, inside)
    k_start, v_start = start_of(k, batch, head), start_of(v, batch, head)
    at = tl.cast(entry, tl.int64) * q_len + first + rows  # [BLOCK_M, 1]
    lse = tl.load(logsumexp + at, mask=first + rows < q_len, other=float("inf"))
    row = tl.load(delta + at, mask=first + rows < q_len, other=0.0)
    d_q_block = tl.full([BLOCK_M, BLOCK_D], 0.0, tl.float32)
    whole, stop = 0, kv_len  # up to `whole` every query of the block may see every key
    if IS_CAUSAL:
        stop = tl.minimum(kv_len, first + BLOCK_M)
    if mask is None:
        whole = (tl.minimum(kv_len, first + 1) if IS_CAUSAL else kv_len) // BLOCK_N * BLOCK_N
        for key in tl.range(0, whole, BLOCK_N):
            d_q_block = add_keys(
                q_block, d_out_block, lse, row, d_q_block, k, k_start, v, v_start, mask, batch, head, first + rows,
                key, q_len, kv_len, scale, True, IS_CAUSAL, D_HEAD, BLOCK_N,
            )  # fmt: skip
    for key in tl.range(whole, stop, BLOCK_N):
        d_q_block = add_keys(
            q_block, d_out_block, lse, row, d_q_block, k, k_start, v, v_start, mask, batch, head, first + rows,
            key, q_len, kv_len, scale, False, IS_CAUSAL, D_HEAD, BLOCK_N,
        )  # fmt: skip
    store(d_q, at_row(d_q, start_of(d_q, batch, head), first), rows, columns, inside, d_q_block * scale)

"""Long sequences, forward: a program keeps a block of queries and goes over the keys once.

Source:  Milakov and Gimelshein 2018 (the running maximum); Dao 2023 (FlashAttention-2), algorithm 1.
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
    row_max,
    row_sum,
    start_of,
    store,
    within,
)


@triton.jit
def attend(
    q_block, top, total, acc, k, k_start, v, v_start, mask, batch, head, queries, first_key, q_len, kv_len, scale,
    WHOLE: tl.constexpr, IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """The running maximum, sum and output of each query after one more block of keys. WHOLE: each may see all of it.

    Shapes:  q_block, acc [BLOCK_M, BLOCK_D]; top, total, queries [BLOCK_M, 1].
    """
    keys = tl.arange(0, BLOCK_N)  # counted from first_key
    columns = tl.arange(0, q_block.shape[1])[None, :]  # [1, BLOCK_D]
    inside = None
    if not WHOLE or q_block.shape[1] != D_HEAD:
        inside = within(keys[:, None], columns, kv_len - first_key, D_HEAD)
    k_block = load(k, at_row(k, k_start, first_key), keys[:, None], columns, inside)
    logits = product(q_block, tl.trans(k_block)) * (scale * LOG2E)  # [BLOCK_M, BLOCK_N], for exp2
    if not WHOLE:
        allowed = may_attend(mask, batch, head, queries, first_key + keys[None, :], q_len, kv_len, IS_CAUSAL)
        logits = tl.where(allowed, logits, NEVER)
    new_top = tl.maximum(top, row_max(logits)[:, None])  # [BLOCK_M, 1]
    reference = new_top
    if not WHOLE:
        reference = tl.where(new_top == NEVER, 0.0, new_top)  # -inf - -inf is NaN, while no key was permitted yet
    weights = tl.exp2(logits - reference)
    rescale = tl.exp2(top - reference)
    total = total * rescale + row_sum(weights)[:, None]
    v_block = load(v, at_row(v, v_start, first_key), keys[:, None], columns, inside)
    acc = add_product(weights.to(v_block.dtype), v_block, acc * rescale)
    return new_top, total, acc


@triton.jit(do_not_specialize=SIZES)
def forward_blocks(
    q, k, v, mask, out, logsumexp, n_heads, q_len, kv_len, scale,
    IS_CAUSAL: tl.constexpr, D_HEAD: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Out and logsumexp (in base 2) of one block of queries. The blocks of an entry run side by side and share its keys."""
    n_blocks = (q_len + BLOCK_M - 1) // BLOCK_M
    entry, block = tl.program_id(0) // n_blocks, tl.program_id(0) % n_blocks
    if IS_CAUSAL:
        block = n_blocks - 1 - block  # the longest first, so that none of them starts when the others are done
    first = block * BLOCK_M
    batch, head = place(entry, n_heads)
    rows = tl.arange(0, BLOCK_M)[:, None]  # [BLOCK_M, 1]
    columns = tl.arange(0, BLOCK_D)[None, :]  # [1, BLOCK_D]
    inside = within(rows, columns, q_len - first, D_HEAD)
    q_block = load(q, at_row(q, start_of(q, batch, head), first), rows, columns, inside)
    k_start, v_start = start_of(k, batch, head), start_of(v, batch, head)
    top = tl.full([BLOCK_M, 1], NEVER, tl.float32)
    total = tl.full([BLOCK_M, 1], 0.0, tl.float32)
    acc = tl.full([BLOCK_M, BLOCK_D], 0.0, tl.float32)
    whole, stop = 0, kv_len  # up to `whole` every query of the block may see every key
    if IS_CAUSAL:
        stop = tl.minimum(kv_len, first + BLOCK_M)
    if mask is None:
        whole = (tl.minimum(kv_len, first + 1) if IS_CAUSAL else kv_len) // BLOCK_N * BLOCK_N
        for key in tl.range(0, whole, BLOCK_N):
            top, total, acc = attend(
                q_block, top, total, acc, k, k_start, v, v_start, mask, batch, head, first + rows, key, q_len, kv_len,
                scale, True, IS_CAUSAL, D_HEAD, BLOCK_N,
            )  # fmt: skip
    for key in tl.range(whole, stop, BLOCK_N):
        top, total, acc = attend(
            q_block, top, total, acc, k, k_start, v, v_start, mask, batch, head, first + rows, key, q_len, kv_len,
            scale, False, IS_CAUSAL, D_HEAD, BLOCK_N,
        )  # fmt: skip
    is_empty = total == 0.0
    total = tl.where(is_empty, 1.0, total)  # C2
    store(out, at_row(out, start_of(out, batch, head), first), rows, columns, inside, acc / total)
    # +inf without a key, not -inf, from which the backward pass would subtract a logit of -inf
    value = tl.where(is_empty, float("inf"), top + tl.log2(total))  # [BLOCK_M, 1]
    tl.store(logsumexp + tl.cast(entry, tl.int64) * q_len + first + rows, value, mask=first + rows < q_len)

"""What the kernels are made of: blocks of rows, and which keys a query may see."""

from typing import Any, NamedTuple

import triton
import triton.language as tl

LOG2E = tl.constexpr(1.4426950408889634)
NEVER = tl.constexpr(-float("inf"))  # the logit of a key that may not be seen
FLOAT32 = tl.constexpr("ieee")  # how float32 factors are multiplied: not rounded to TF32
SIZES = ["n_heads", "q_len", "kv_len"]  # not to be compiled for: a length of 17 runs what a length of 32 runs


class Rows(NamedTuple):
    """A tensor [batch, n_heads, length, d_head] in a kernel: its address, and strides in elements. The last one is 1."""

    address: Any
    batch: Any
    head: Any
    row: Any


class Mask(NamedTuple):
    """A mask [batch, n_heads, q_len, kv_len] in a kernel, a byte an entry; an axis that was expanded has stride 0."""

    address: Any
    batch: Any
    head: Any
    query: Any
    key: Any


@triton.jit
def place(entry, n_heads):
    """Batch and head of an entry, in 64 bits: a large tensor has more than 2^31 elements."""
    return tl.cast(entry // n_heads, tl.int64), tl.cast(entry % n_heads, tl.int64)


@triton.jit
def start_of(x, batch, head):
    """The address at which (batch, head) of `x` starts."""
    return x.address + (batch * x.batch + head * x.head)


@triton.jit
def at_row(x, start, first):
    """The address of row `first`. It is a single number, so that what is added for a block's rows needs 32 bits only."""
    return start + tl.cast(first, tl.int64) * x.row


@triton.jit
def within(rows, columns, length, D_HEAD: tl.constexpr):
    """Which entries of a block exist; the columns are compared only where D_HEAD was padded."""
    inside = rows < length
    if columns.shape[1] != D_HEAD:
        inside = inside & (columns < D_HEAD)
    return inside


@triton.jit
def load(x, start, rows, columns, inside):
    """A block of `x`, zero where it does not exist; `inside` is None where all of it does.

    Shapes:  rows [n, 1], counted from `start`; columns [1, BLOCK_D].
    """
    addresses = start + (rows * x.row + columns)  # [n, BLOCK_D]
    return tl.load(addresses) if inside is None else tl.load(addresses, mask=inside, other=0.0)


@triton.jit
def store(x, start, rows, columns, inside, block):
    """Store what of a block exists, in the dtype of `x`."""
    tl.store(start + (rows * x.row + columns), block.to(x.address.dtype.element_ty), mask=inside)


@triton.jit
def may_attend(mask, batch, head, queries, keys, q_len, kv_len, IS_CAUSAL: tl.constexpr):
    """Which of the keys each query may see (C1, C3), in whichever order the two axes stand.

    Shapes:  queries [m, 1] and keys [1, n], or [1, m] and [n, 1].
    """
    allowed = keys < kv_len
    if IS_CAUSAL:
        allowed = allowed & (keys <= queries)
    if mask is not None:
        # in 64 bits: q_len * kv_len may be beyond 2^31
        addresses = tl.cast(queries, tl.int64) * mask.query + tl.cast(keys, tl.int64) * mask.key
        exists = (queries < q_len) & (keys < kv_len)
        allowed = allowed & (tl.load(start_of(mask, batch, head) + addresses, mask=exists, other=0) != 0)
    return allowed


# tl.max and tl.sum are compiled functions themselves, which the interpreter can call only if it was asked for before
# Triton was first imported; the reductions beneath them serve both


@triton.jit
def row_max(x):
    """The largest entry of each row."""
    return tl.reduce(x, 1, tl.standard._elementwise_max)


@triton.jit
def row_sum(x):
    """The sum of each row."""
    return tl.reduce(x, 1, tl.standard._sum_combine)


@triton.jit
def product(a, b):
    """The matrix product, summed in float32."""
    return tl.dot(a, b, input_precision=FLOAT32)


@triton.jit
def add_product(a, b, total):
    """`total` plus the matrix product."""
    return tl.dot(a, b, total, input_precision=FLOAT32)

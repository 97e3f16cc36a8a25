"""Which blocks a problem is cut into: the one place for sizes, warps and stages. NOT YET MEASURED on any device.

They were chosen by what the compiler says they take: for Hopper at most 255 registers a thread, few of them
spilled, and 227 KiB of shared memory, both held by tests/impl/test_fused_compiles.py. Measured values are to replace them.

Source:  Dao 2023 (FlashAttention-2), 3.3; Shah et al. 2024 (FlashAttention-3), for blocks of 128 queries on Hopper.
"""

import functools
from typing import NamedTuple

HOPPER_SHARED_BYTES = 227 * 1024


class Tile(NamedTuple):
    """How one launch is cut: queries and keys a block, and what the compiler is told."""

    block_m: int
    block_n: int
    num_warps: int
    num_stages: int


class Whole(NamedTuple):
    """A program an entry: one launch forward, one backward."""

    forward: Tile
    backward: Tile


class Looped(NamedTuple):
    """A program a block: one launch forward, three backward."""

    forward: Tile
    keys: Tile  # dk and dv
    queries: Tile  # dq


Plan = Whole | Looped

# By bytes an entry and columns a block. A product of float32 has no tensor cores without TF32: its factors stand in
# registers as long as they are, so that blocks are small and warps many.
HOPPER = {
    (2, 64): Looped(Tile(128, 64, 8, 3), Tile(64, 128, 8, 3), Tile(128, 64, 8, 2)),
    (2, 128): Looped(Tile(128, 128, 8, 3), Tile(32, 128, 8, 3), Tile(128, 64, 8, 2)),
    (2, 256): Looped(Tile(128, 64, 8, 2), Tile(32, 64, 8, 3), Tile(128, 32, 8, 2)),
    (4, 64): Looped(Tile(64, 64, 16, 1), Tile(32, 32, 8, 2), Tile(32, 32, 8, 1)),
    (4, 128): Looped(Tile(32, 32, 8, 2), Tile(32, 32, 8, 1), Tile(32, 32, 8, 1)),
    (4, 256): Looped(Tile(16, 32, 8, 1), Tile(16, 32, 8, 1), Tile(16, 16, 8, 1)),
}
# 99 KiB of shared memory: Ampere and Ada of the desktop; also for whatever lies between
SMALLER = {
    (2, 64): Looped(Tile(64, 64, 4, 2), Tile(32, 64, 4, 2), Tile(64, 32, 4, 2)),
    (2, 128): Looped(Tile(64, 32, 4, 2), Tile(32, 64, 4, 2), Tile(64, 32, 4, 1)),
    (2, 256): Looped(Tile(32, 32, 4, 1), Tile(16, 32, 4, 1), Tile(32, 16, 4, 1)),
    (4, 64): Looped(Tile(32, 32, 8, 1), Tile(32, 32, 8, 1), Tile(32, 32, 8, 1)),
    (4, 128): Looped(Tile(16, 32, 8, 1), Tile(16, 32, 8, 1), Tile(16, 32, 8, 1)),
    (4, 256): Looped(Tile(16, 16, 8, 1), Tile(16, 16, 8, 1), Tile(16, 16, 8, 1)),
}
# Triton's interpreter has no registers to run out of, and takes as long for a small block as for a large one
LONGEST_INTERPRETED = 512
INTERPRETED = Looped(*[Tile(128, 128, 4, 1)] * 3)


def padded(length: int) -> int:
    """Rows or columns of a block that holds `length`: a power of two, at least the 16 that tensor cores take."""
    return max(16, 1 << (length - 1).bit_length())


@functools.cache
def choose(q_len: int, kv_len: int, d_head: int, *, itemsize: int, shared_bytes: int, has_mask: bool) -> Plan:
    """The plan for a GPU whose programs may take `shared_bytes`, the compiler's stages among them."""
    block_m, block_n, block_d = padded(q_len), padded(kv_len), padded(d_head)
    is_hopper = shared_bytes >= HOPPER_SHARED_BYTES
    if block_d <= 128 and fits_whole(block_m, block_n, block_d, itemsize, is_hopper):
        tile = Tile(block_m, block_n, warps_of_whole(max(block_m, block_n), block_d, itemsize), 1)
        return Whole(tile, tile)
    plan = (HOPPER if is_hopper else SMALLER)[itemsize, max(64, block_d)]
    if has_mask and itemsize == 2:
        plan = Looped(beside_mask(plan.forward, block_d), fewer_stages(plan.keys), beside_mask(plan.queries, block_d))
    return Looped(*[shrunk(tile, block_m, block_n) for tile in plan])


def choose_interpreted(q_len: int, kv_len: int) -> Plan:
    """The plan for a CPU: as few programs as there can be."""
    if max(q_len, kv_len) <= LONGEST_INTERPRETED:
        tile = Tile(padded(q_len), padded(kv_len), 4, 1)
        return Whole(tile, tile)
    return INTERPRETED


def fits_whole(block_m: int, block_n: int, block_d: int, itemsize: int, is_hopper: bool) -> bool:
    """Whether one program can hold an entry, with its gradients."""
    if itemsize == 4:
        return block_m * block_n <= 32 * 32 and block_m * block_n * block_d <= 32 * 32 * 128
    return max(block_m, block_n) <= (128 if is_hopper or block_d <= 64 else 64)


def warps_of_whole(length: int, block_d: int, itemsize: int) -> int:
    """Warps of a program whose longer side has `length` rows."""
    if itemsize == 4:
        return 4 if length == 16 else 8
    return max(1, length // 16) * (2 if block_d == 128 and length <= 32 else 1)


def shrunk(tile: Tile, block_m: int, block_n: int) -> Tile:
    """`tile` for lengths that it exceeds."""
    return tile._replace(block_m=min(tile.block_m, block_m), block_n=min(tile.block_n, block_n))


def fewer_stages(tile: Tile) -> Tile:
    """`tile` with the shared memory of a third stage left to a mask."""
    return tile._replace(num_stages=min(tile.num_stages, 2))


def beside_mask(tile: Tile, block_d: int) -> Tile:
    """`tile` where a mask is read: its addresses take registers, of which wide heads leave few."""
    block_n = max(16, tile.block_n // 2) if block_d >= 128 else tile.block_n
    return fewer_stages(tile)._replace(block_n=block_n)

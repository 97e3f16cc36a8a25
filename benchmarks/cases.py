"""Every case that is timed, once: its sizes, its kernels, and the work it amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SETS = 4  # input sets a case, taken in turn
ITEM_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
FORWARD, BOTH = "forward", "forward+backward"
CPU_KERNELS = ("auto", "sdpa", "sdpa-flash", "sdpa-math", "chunked", "naive")
CUDA_KERNELS = ("auto", "sdpa", "sdpa-flash", "sdpa-efficient", "sdpa-cudnn", "fused")
FLOAT16_KERNELS = ("auto", "sdpa", "sdpa-flash", "sdpa-cudnn", "fused")  # as bfloat16; the rest would tell nothing new
PADDED_KERNELS = ("auto", "sdpa", "packed", "naive")
LIMIT_S = {("cpu", False): 480.0, ("cuda", False): 480.0, ("cpu", True): 60.0, ("cuda", True): 60.0}
"""How long a run may take, by device and whether it is `--quick`: what has not begun by then is skipped, and says so."""


@dataclass(frozen=True)
class BenchCase:
    """Attention of one shape in one direction, and the kernels that are timed on it.

    Edges:   a case that is replayed is captured in a CUDA graph, one an input set: its times have no launching in them.
    """

    device: str
    group: str
    batch: int
    n_heads: int
    seq_len: int
    d_head: int
    dtype: str
    is_causal: bool
    direction: str
    kernels: tuple[str, ...]
    is_padded: bool = False
    is_replayed: bool = False

    @property
    def id(self) -> str:
        """The case's name, the same for every kernel."""
        words = [f"{self.batch}x{self.n_heads}x{self.seq_len}x{self.d_head}", self.dtype]
        words += ["causal" if self.is_causal else "full"] + ["padded"] * self.is_padded + [self.direction]
        words += ["replayed"] * self.is_replayed
        return f"{self.device}/{' '.join(words)}"

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The real length of every entry: of a padded case, from 1 to seq_len, always the same ones."""
        if not self.is_padded:
            return (self.seq_len,) * self.batch
        drawn = np.random.default_rng(0).integers(1, self.seq_len + 1, self.batch)
        return tuple(int(n) for n in drawn)

    @property
    def has_backward(self) -> bool:
        return self.direction == BOTH

    @property
    def flops(self) -> float:
        """4 n_heads q_len kv_len d_head an entry, for two products of which each multiplication and each addition counts;
        half of that where causal; 3.5 times that with the backward pass, which has five products to the forward's two.

        Edges:   padding is no work: an entry's lengths are its real ones.
        """
        pairs = sum(n * n for n in self.lengths)
        forward = 4.0 * self.n_heads * pairs * self.d_head / (2 if self.is_causal else 1)
        return forward * 3.5 if self.has_backward else forward

    @property
    def moved_bytes(self) -> float:
        """The least that must cross the memory bus. Forward: q, k and v read, out written, once each: 4 arrays. With the
        backward pass 12: it reads q, k, v, out and the cotangent of out, and writes three gradients.

        Edges:   padding is not counted.
        """
        return float(self._array_bytes * (12 if self.has_backward else 4))

    def least_bytes(self, cache_bytes: int | None) -> float:
        """What must cross the bus beside a cache of that size, where input sets are taken in turn: nothing if the cache
        holds all sets; if it holds all of one call, what the backward pass reads again does not cross again: 8 arrays.

        Edges:   a cache of which the size is not known (None) may hold anything.
        """
        if cache_bytes is None or SETS * self.input_bytes <= cache_bytes:
            return 0.0
        fits = 8 * self._array_bytes <= cache_bytes
        return self._array_bytes * 8.0 if fits and self.has_backward else self.moved_bytes

    @property
    def _array_bytes(self) -> int:
        return sum(self.lengths) * self.n_heads * self.d_head * ITEM_BYTES[self.dtype]

    @property
    def input_bytes(self) -> int:
        """What one input set takes, padding and all, the cotangent among them."""
        array = self.batch * self.n_heads * self.seq_len * self.d_head * ITEM_BYTES[self.dtype]
        return array * (4 if self.has_backward else 3)


def cases(device: str, *, is_quick: bool = False) -> list[BenchCase]:
    """The cases of a device, what tells most first."""
    every = _cpu() if device == "cpu" else _cuda()
    return [case for case in every if case.id in QUICK[device]] if is_quick else every


QUICK = {
    "cpu": {
        "cpu/4x8x512x64 float32 full forward",
        "cpu/8x8x128x64 float32 full forward+backward",
        "cpu/64x1x48x64 float32 causal forward",
    },
    "cuda": {
        "cuda/4x16x4096x128 bfloat16 causal forward",
        "cuda/4x16x4096x128 bfloat16 causal forward+backward",
        "cuda/64x1x48x64 bfloat16 full forward",
        "cuda/64x1x48x64 bfloat16 full forward+backward replayed",
    },
}
CPU_SHAPES = ((1, 8, 2048, 64), (4, 8, 512, 64), (8, 8, 128, 64), (512, 1, 24, 64), (64, 1, 48, 64), (64, 1, 16, 32))
CPU_SHORT = {shape: ("short",) for shape in CPU_SHAPES if shape[2] <= 128}  # longer heads are not what it is for
CPU_COMPILED = {
    # Compiling takes two cores 10 to 20 s a shape and direction, so: one shape both ways for `compiled`, and for `flex`,
    # whose point is to skip what is masked, one causal shape; on a CPU it has no backward pass.
    ((4, 8, 512, 64), True, FORWARD): ("compiled", "flex"),
    ((4, 8, 512, 64), True, BOTH): ("compiled",),
}


def _cpu() -> list[BenchCase]:
    found = [
        BenchCase(
            "cpu", "cpu", *shape, "float32", causal, direction,
            CPU_KERNELS + CPU_SHORT.get(shape, ()) + CPU_COMPILED.get((shape, causal, direction), ()),
        )
        for shape in CPU_SHAPES for causal in (False, True) for direction in (FORWARD, BOTH)
    ]  # fmt: skip
    padded = [
        BenchCase("cpu", "padded", 64, 8, 128, 64, "float32", False, direction, PADDED_KERNELS, is_padded=True)
        for direction in (FORWARD, BOTH)
    ]
    return found + padded


TOKENS, WIDTH = 16384, 2048
NMT_SHAPES = (
    (64, 1, 48, 64), (64, 1, 8, 16), (256, 1, 16, 32), (512, 1, 24, 64),
    (1024, 1, 32, 128), (2048, 1, 48, 128), (2048, 1, 8, 16),
)  # fmt: skip
ALL_KERNELS_AT = {(4096, 128), (512, 64)}
"""The sequences and d_head at which the slow kernels are timed too, in bfloat16: they cost the run most of its minutes,
and flex and compiled compile each shape anew, which takes seconds."""


def _cuda() -> list[BenchCase]:
    standard = [
        _standard(seq_len, d_head, dtype, causal, direction)
        for dtype in ("bfloat16", "float16")
        for d_head in (128, 64, 256)
        for seq_len in (4096, 512, 1024, 2048, 8192, 16384)
        for causal in (True, False)
        for direction in (FORWARD, BOTH)
    ]
    replayed = [
        BenchCase("cuda", "nmt", *shape, "bfloat16", causal, BOTH, (*CUDA_KERNELS, "naive"), is_replayed=True)
        for shape in NMT_SHAPES
        for causal in (False, True)
    ]
    nmt = [
        BenchCase("cuda", "nmt", *shape, "bfloat16", causal, direction, (*CUDA_KERNELS, "naive"))
        for shape in NMT_SHAPES
        for causal in (False, True)
        for direction in (FORWARD, BOTH)
    ]
    padded = [
        BenchCase("cuda", "padded", 64, 16, 512, 128, "bfloat16", False, direction, PADDED_KERNELS, is_padded=True)
        for direction in (FORWARD, BOTH)
    ]
    return standard[:24] + replayed + nmt + padded + standard[24:]


def _standard(seq_len: int, d_head: int, dtype: str, is_causal: bool, direction: str) -> BenchCase:
    kernels = CUDA_KERNELS if dtype == "bfloat16" else FLOAT16_KERNELS
    if dtype == "bfloat16" and (seq_len, d_head) in ALL_KERNELS_AT:
        kernels += ("sdpa-math", "chunked", "naive", "flex", "compiled")
    sizes = (TOKENS // seq_len, WIDTH // d_head, seq_len, d_head)
    return BenchCase("cuda", "standard", *sizes, dtype, is_causal, direction, kernels)

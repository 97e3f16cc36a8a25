"""Every configuration of the fused kernel compiles for its GPU, without one: registers, spills, shared memory, wgmma."""

import itertools
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime import JITFunction

from impl.attention.fused import backward, forward, whole
from impl.attention.fused.blocks import Mask, Rows
from impl.attention.fused.table import HOPPER_SHARED_BYTES, Looped, Tile, Whole, choose, padded

NVIDIA = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"
pytestmark = pytest.mark.skipif(not (NVIDIA / "ptxas").exists(), reason="this build of Triton has no ptxas")

DTYPES = ("bf16", "fp16", "fp32")
ITEMSIZE = {"bf16": 2, "fp16": 2, "fp32": 4}
SHARED_BYTES = {90: HOPPER_SHARED_BYTES, 86: 99 * 1024, 80: 163 * 1024}  # a program's at most, by compute capability
SPILLED_BYTES = 320  # a thread's at most; half dtypes up to d_head 64 spill nothing on Hopper
TENSORS = {"q", "k", "v", "out", "d_out", "d_q", "d_k", "d_v"}


class Case(NamedTuple):
    """What a compiled kernel depends on. Alignment is that of contiguous tensors: 16 bytes, unless `is_odd`."""

    kernel: JITFunction
    tile: Tile
    dtype: str
    d_head: int
    is_causal: bool = False
    has_mask: bool = False
    is_odd: bool = False
    is_single: bool = False  # one column: the distance of two rows is 1, which Triton makes a constant
    capability: int = 90

    def __str__(self) -> str:
        flags = [name for name in self._fields[4:8] if getattr(self, name)]
        names = [self.kernel.__name__, *map(str, self.tile), self.dtype, f"d{self.d_head}", *flags]
        return "-".join([*names, f"sm{self.capability}"])


class Cost(NamedTuple):
    """What a compiled kernel takes: registers and spilled bytes a thread, shared bytes a program."""

    registers: int
    spilled_bytes: int
    shared_bytes: int
    wgmma: int
    mma: int


def argument(case: Case, name: str) -> tuple[Any, Any]:
    """The type of an argument, and its value where that is a constant."""
    constants = {"IS_CAUSAL": case.is_causal, "D_HEAD": case.d_head, "BLOCK_D": padded(case.d_head)}
    constants |= {"BLOCK_M": case.tile.block_m, "BLOCK_N": case.tile.block_n}
    if name in TENSORS:
        return Rows(f"*{case.dtype}", "i32", "i32", "constexpr" if case.is_single else "i32"), None
    if name == "mask" and case.has_mask:
        return Mask("*u8", "i32", "i32", "i32", "i32"), None
    if name == "mask" or name in constants:
        return "constexpr", constants.get(name)
    return {"logsumexp": "*fp32", "delta": "*fp32", "scale": "fp32"}.get(name, "i32"), None


def source(case: Case) -> ASTSource:
    names = case.kernel.arg_names
    signature = {name: argument(case, name)[0] for name in names}
    constants = {(i,): argument(case, n)[1] for i, n in enumerate(names) if signature[n] == "constexpr"}
    constants |= {(i, 3): 1 for i, n in enumerate(names) if n in TENSORS and case.is_single}
    whole_16 = [["tt.divisibility", 16]]
    aligned = {} if case.is_odd else {(i, j): whole_16 for i, n in enumerate(names) if n in TENSORS for j in range(4)}
    return ASTSource(case.kernel, signature, constants, aligned)


def compiled(case: Case) -> Cost:
    options = {"num_warps": case.tile.num_warps, "num_stages": case.tile.num_stages, "enable_fp_fusion": True}
    binary = triton.compile(source(case), target=GPUTarget("cuda", case.capability, 32), options=options)
    registers, spilled = used(binary.asm["cubin"])
    text = binary.asm["ptx"]
    counts = len(re.findall(r"wgmma\.mma_async", text)), len(re.findall(r"\bmma\.sync", text))
    return Cost(registers, spilled, binary.metadata.shared, *counts)


def used(cubin: bytes) -> tuple[int, int]:
    """Registers and stack bytes of the one kernel in a cubin; a stack here is what did not fit into registers."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [NVIDIA / "cuobjdump", "-res-usage", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"REG:(\d+)", text)[0]), int(re.findall(r"STACK:(\d+)", text)[0])


def whole_cases(plan: Whole, dtype: str, d_head: int, **flags: Any) -> list[Case]:
    kernels = (whole.forward_whole, plan.forward), (whole.backward_whole, plan.backward)
    return [Case(kernel, tile, dtype, d_head, **flags) for kernel, tile in kernels]


def looped_cases(plan: Looped, dtype: str, d_head: int, **flags: Any) -> list[Case]:
    kernels = forward.forward_blocks, backward.backward_keys, backward.backward_queries
    return [Case(kernel, tile, dtype, d_head, **flags) for kernel, tile in zip(kernels, plan, strict=True)]


def cases(q_len: int, kv_len: int, dtype: str, d_head: int, **flags: Any) -> list[Case]:
    """What a call with these lengths compiles."""
    shared_bytes, has_mask = SHARED_BYTES[flags.get("capability", 90)], flags.get("has_mask", False)
    plan = choose(q_len, kv_len, d_head, itemsize=ITEMSIZE[dtype], shared_bytes=shared_bytes, has_mask=has_mask)
    return (whole_cases if isinstance(plan, Whole) else looped_cases)(plan, dtype, d_head, **flags)


def every_case() -> list[Case]:
    found = cases(4096, 4096, "bf16", 16) + cases(4096, 4096, "fp32", 16)
    for dtype, d_head, is_causal, has_mask in itertools.product(DTYPES, (64, 128, 256), (False, True), (False, True)):
        found += cases(4096, 4096, dtype, d_head, is_causal=is_causal, has_mask=has_mask)
    for dtype, d_head, q_len, kv_len in itertools.product(
        ("bf16", "fp32"), (16, 64, 128), (16, 32, 128), (16, 64, 128)
    ):
        for is_all in (False, True):
            found += cases(q_len, kv_len, dtype, d_head, is_causal=is_all, has_mask=is_all)
    for dtype, d_head, capability in itertools.product(("bf16", "fp32"), (64, 128, 256), (80, 86)):
        found += cases(4096, 4096, dtype, d_head, is_causal=True, has_mask=True, capability=capability)
        found += cases(128, 128, dtype, d_head, is_causal=True, has_mask=True, capability=capability)
    return list(dict.fromkeys(found))


FEW = [
    *cases(48, 48, "bf16", 64),
    *cases(16, 32, "fp32", 64, has_mask=True),
    *cases(1, 4096, "fp16", 80, is_odd=True),
    *cases(1, 1, "fp32", 1, is_odd=True, is_single=True),
    *looped_cases(Looped(*[Tile(16, 16, 1, 1)] * 3), "fp16", 1, is_odd=True, is_single=True, is_causal=True),
    *[case for d_head in (64, 128) for case in cases(4096, 4096, "bf16", d_head, is_causal=True)],
    Case(backward.row_products, Tile(128, 16, 8, 1), "bf16", 128),
]


def hold(case: Case, record: Callable[[str, object], None]) -> None:
    """Assert that a case fits its GPU, and that half dtypes of long sequences use Hopper's tensor cores."""
    cost = compiled(case)
    record("cost", cost._asdict())  # for --junit-xml
    assert cost.shared_bytes <= SHARED_BYTES[case.capability]
    assert cost.spilled_bytes <= SPILLED_BYTES * (case.dtype == "fp32" or case.d_head > 64 or case.capability < 90)
    assert cost.registers * 32 * case.tile.num_warps <= 65536
    if case.dtype == "fp32" or case.kernel is backward.row_products:
        assert cost.wgmma == cost.mma == 0  # tensor cores would round float32 to TF32
    elif case.capability == 90 and min(case.tile[:2]) >= 64 and not case.is_odd:
        assert cost.wgmma > 0
        assert cost.mma == 0
    else:
        assert cost.wgmma + cost.mma > 0


@pytest.mark.parametrize("case", FEW, ids=str)
def test_a_configuration_compiles_and_fits(case: Case, record_property: Callable[[str, object], None]) -> None:
    hold(case, record_property)


@pytest.mark.parametrize("kernel", dict.fromkeys(case.kernel for case in FEW), ids=lambda kernel: kernel.__name__)
def test_a_kernel_is_not_compiled_anew_for_another_length(kernel: JITFunction) -> None:
    unspecialized = {parameter.name for parameter in kernel.params if parameter.do_not_specialize}
    assert unspecialized == {"n_heads", "q_len", "kv_len"} & set(kernel.arg_names)


@pytest.mark.slow
@pytest.mark.parametrize("case", every_case(), ids=str)
def test_every_configuration_compiles_and_fits(case: Case, record_property: Callable[[str, object], None]) -> None:
    hold(case, record_property)

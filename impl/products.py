"""Products of matrices in float32 on a CPU, by whichever library has the faster one.

torch asks MKL, which uses the longest vectors (AVX-512) on Intel's processors alone. torch also brings oneDNN, which uses
them wherever they are: on AMD's Zen 5 its products are twice as fast. Each call of it costs some 10 us more, so small
products stay with MKL. The choice depends on processor and sizes alone, so that the same machine gives the same bits.
"""

import os
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

# Multiplications from which oneDNN was faster on Zen 5: of a product, and of one over columns, which it must turn round.
LEAST, LEAST_OF_COLUMNS = 1 << 20, 5 << 20
# As many compiled products as an epoch has shapes, which take up to a gigabyte; 1024 by default. Compiling one costs as
# much as computing it, and the number is read when the first is computed.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "1536")
CPUINFO = Path("/proc/cpuinfo")


@cache
def prefers_onednn() -> bool:
    """Whether this processor has the longest vectors, and MKL does not use them."""
    has_vectors = torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkldnn.is_available()
    has_operation = hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return has_vectors and has_operation and _is_amd()


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """X W^T + b: x [rows, inputs], weight [outputs, inputs], bias [outputs] -> [rows, outputs]."""
    if _suits(x, weight, LEAST):
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return torch.addmm(bias, x, weight.mT)


def added(to: Tensor, d: Tensor, weight: Tensor) -> Tensor:
    """To + d W, perhaps in the place of `to`: to [rows, inputs], d [rows, outputs], weight [outputs, inputs]."""
    if _suits(d, weight, LEAST):
        return torch.ops.mkldnn._linear_pointwise.binary(d, to, weight.mT, None, "add")
    return to.addmm_(d, weight)


def product(d: Tensor, weight: Tensor) -> Tensor:
    """D W: d [rows, outputs], weight [outputs, inputs] -> [rows, inputs]."""
    if _suits(d, weight, LEAST):
        return torch.ops.mkldnn._linear_pointwise(d, weight.mT, None, "none", [], "")
    return torch.mm(d, weight)


def of_columns(d: Tensor, x: Tensor, out: Tensor) -> None:
    """Write D^T X: d [rows, outputs], x [rows, inputs] -> out [outputs, inputs]."""
    if _suits(d, out, LEAST_OF_COLUMNS):
        out.copy_(torch.ops.mkldnn._linear_pointwise(x.mT, d.mT, None, "none", [], "").mT)
    else:
        torch.mm(d.mT, x, out=out)


def _suits(rows: Tensor, weight: Tensor, least: int) -> bool:
    is_large = len(rows) * weight.numel() >= least
    return is_large and rows.device.type == "cpu" and rows.dtype is torch.float32 and prefers_onednn()


def _is_amd() -> bool:
    """Whether the processor is one that MKL does not do its best for; not, where nobody can tell."""
    try:
        return "AuthenticAMD" in CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False

"""The machine: how many cores there are, whether there is a GPU, what a process is told before it computes."""

import ctypes
import os
import sys

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
TOP_PAD_BYTES = 1 << 28
LARGE_HIDDEN = 256  # from here on operations are long enough to be divided
LARGE_ARRAY = 1 << 18  # numbers; or from here on


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """How many of torch's threads: as many as there are cores, or fewer where OMP_NUM_THREADS says so."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores(), int(said)) if said.isdecimal() and int(said) else cores()


def has_gpu() -> bool:
    """Whether torch can compute on a GPU here."""
    return torch.cuda.is_available()


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16, rather than one half of a number at a time."""
    capable = torch.cpu.get_capabilities()
    return bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))


def keep_memory() -> bool:
    """Have the C library keep freed memory; whether it can be told.

    A step frees and asks for the same megabytes again and again. By default the large ones go back to the system and
    come again page by page, which costs more than the arithmetic on them.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    told = 0
    for name, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, TOP_PAD_BYTES)):
        told += mallopt(name, value)  # 1 if it took it
    return told == 3


def prepare(hidden: int, tokens: int) -> None:
    """Set threads and allocator for a model of that hidden size that reads so many tokens at a time, in one process.

    Small operations are over before a second thread has begun, and where another process has that core they wait for it:
    fifty times as long.
    """
    keep_memory()
    is_large = hidden >= LARGE_HIDDEN or hidden * tokens >= LARGE_ARRAY
    torch.set_num_threads(threads() if is_large else 1)

"""The machine: how many cores there are, whether there is a GPU, and that memory which was given is kept."""

import ctypes
import os
import sys

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
TOP_PAD_BYTES = 1 << 28


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_gpu() -> bool:
    """Whether torch can compute on a GPU here."""
    return torch.cuda.is_available()


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

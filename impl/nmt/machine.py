"""What a processor is told before training: how the work is divided, and to keep the memory it has been given."""

import ctypes
import os
import platform
import sys
from typing import NamedTuple

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
TOP_PAD_BYTES = 1 << 28
MOST_PROCESSES = 4  # that a batch of 64 words is worth dividing among
HIDDEN_OF_THREADS = 256  # from here on operations are long enough to be divided one by one
HIDDEN_A_THREAD = 64  # that a step of translation can keep busy
KEEPS_ORDER = {"x86_64", "AMD64"}  # processors on which others see writes in the order in which they were made


class Plan(NamedTuple):
    """How training is divided on a CPU. It changes the order of sums, and with it last bits."""

    processes: int
    threads: int


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def plan(hidden: int) -> Plan:
    """How to train: processes for small models, threads for large ones, of as many cores as there are."""
    if hidden < HIDDEN_OF_THREADS and platform.machine() in KEEPS_ORDER:
        return Plan(min(cores(), MOST_PROCESSES), 1)
    return Plan(1, cores())


def plan_to_translate(hidden: int) -> Plan:
    """How to translate many words: threads of one process, where operations are long enough for them."""
    return Plan(1, max(1, min(cores(), hidden // HIDDEN_A_THREAD)))


def prepare(chosen: Plan) -> None:
    """Set threads and allocator."""
    keep_memory()
    torch.set_num_threads(chosen.threads)


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


def has_gpu() -> bool:
    """Whether torch can compute on a GPU here."""
    return torch.cuda.is_available()

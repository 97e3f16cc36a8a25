"""What a processor is told before training: how the work is divided, and to keep the memory it has been given."""

import ctypes
import os
import platform
import shutil
import sys
from multiprocessing import current_process
from pathlib import Path
from typing import NamedTuple

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
TOP_PAD_BYTES = 1 << 28
MOST_PROCESSES = 4  # that a batch of 64 words is worth dividing among
LARGE_HIDDEN = 256  # from here on operations are long enough to be divided one by one
HIDDEN_A_TRAINING_THREAD, HIDDEN_A_TRANSLATING_THREAD = 16, 64  # with less, threads wait longer than they help
MATRICES_A_LAYER = 12  # of hidden x hidden numbers, at most
SHARED = Path("/dev/shm")  # noqa: S108 - where Linux keeps what processes share; containers often have 64 MiB of it
KEEPS_ORDER = {"x86_64", "AMD64"}  # processors on which others see writes in the order in which they were made


class Plan(NamedTuple):
    """How training is divided on a CPU. It changes the order of sums, and with it last bits."""

    processes: int
    threads: int


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def plan(hidden: int, layers: int) -> Plan:
    """How to train: processes for small models, threads for large ones, of as many cores as there are.

    Edges:   one process where it may start no others, or where what they share would take half of what is free for it.
    """
    if current_process().daemon:
        return Plan(1, 1)
    processes = min(cores(), MOST_PROCESSES)
    shared_bytes = 8 * processes * MATRICES_A_LAYER * layers * hidden * (hidden + 1)
    has_room = not SHARED.exists() or 2 * shared_bytes <= shutil.disk_usage(SHARED).free
    if hidden < LARGE_HIDDEN and platform.machine() in KEEPS_ORDER and has_room:
        return Plan(processes, 1)
    return Plan(1, max(1, min(cores(), hidden // HIDDEN_A_TRAINING_THREAD)))


def plan_to_translate(hidden: int) -> Plan:
    """How to translate many words: threads of one process, where operations are long enough for them."""
    return Plan(1, max(1, min(cores(), hidden // HIDDEN_A_TRANSLATING_THREAD)))


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

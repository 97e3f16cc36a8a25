"""How the work of training a translation model is divided on a CPU."""

import platform
import shutil
from multiprocessing import current_process
from pathlib import Path
from typing import NamedTuple

import torch

from impl.machine import LARGE_HIDDEN, cores, keep_memory, threads

MOST_PROCESSES = 4  # that a batch of 64 words is worth dividing among
HIDDEN_A_TRAINING_THREAD, HIDDEN_A_TRANSLATING_THREAD = 16, 64  # with less, threads wait longer than they help
MATRICES_A_LAYER = 12  # of hidden x hidden numbers, at most
SHARED = Path("/dev/shm")  # noqa: S108 - where Linux keeps what processes share; containers often have 64 MiB of it
KEEPS_ORDER = {"x86_64", "AMD64"}  # processors on which others see writes in the order in which they were made


class Plan(NamedTuple):
    """How training is divided on a CPU. It changes the order of sums, and with it last bits."""

    processes: int
    threads: int


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
    return Plan(1, max(1, min(threads(), hidden // HIDDEN_A_TRAINING_THREAD)))


def plan_to_translate(hidden: int) -> Plan:
    """How to translate many words: threads of one process, where operations are long enough for them."""
    return Plan(1, max(1, min(threads(), hidden // HIDDEN_A_TRANSLATING_THREAD)))


def prepare(chosen: Plan) -> None:
    """Set threads and allocator."""
    keep_memory()
    torch.set_num_threads(chosen.threads)

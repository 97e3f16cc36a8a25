"""What one process may use up: memory, file sizes, descriptors; and, told from outside, time on the processor."""

from __future__ import annotations

import contextlib
import math
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 4 << 30
FILE_BYTES = 256 << 20
DESCRIPTORS = 256


def bind(*, memory_bytes: int | None) -> None:
    """Hold this process, and what it forks, to sizes.

    Units:   bytes of address space beyond what is mapped already; None for no limit, as a GPU's driver needs.
    Edges:   what it prints goes into a pipe, which has no size. macOS ignores the limit on memory.
    """
    limits = {resource.RLIMIT_FSIZE: FILE_BYTES, resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: DESCRIPTORS}
    if memory_bytes is not None and (mapped := _mapped_bytes()):
        limits[resource.RLIMIT_AS] = mapped + memory_bytes
    for kind, wanted in limits.items():
        with contextlib.suppress(OSError, ValueError):
            hard = resource.getrlimit(kind)[1]
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(kind, (most, most))


def bind_processor(pid: int, seconds: float) -> None:
    """Have another process end by SIGXCPU once it has used so much of the processor, by all its threads together.

    Edges:   on Linux alone; a process that is gone has no limit.
    """
    if sys.platform == "linux":
        most = math.ceil(seconds)
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_CPU, (most, most + 1))


def _mapped_bytes() -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0

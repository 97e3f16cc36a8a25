"""Stops another process and lets it go on, and tells what it used of the processor; on Linux."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from harness.outcome import Died

WITHIN_S = 10.0
WORKS = sys.platform == "linux"
"""Elsewhere nothing tells that a process has stopped, nor what it has used."""
ALL_THREADS = 2  # CPUCLOCK_SCHED: nanoseconds that ran, of the threads that have ended as well


def stop(group: int) -> None:
    """Stop a process group; on return none of its leader's threads runs.

    Raises:  Died where the process is gone, or does not stop.
    """
    end = time.monotonic() + WITHIN_S
    try:
        os.killpg(group, signal.SIGSTOP)
        while any(state != "T" for state in _states(group)):
            if time.monotonic() > end:
                raise Died(f"the subject's process does not stop within {WITHIN_S:g} s")
    except (ProcessLookupError, FileNotFoundError):
        raise Died("the subject's process ended after its answer") from None


def resume(group: int) -> None:
    """Let a stopped process group go on.

    Raises:  Died where it is gone.
    """
    try:
        os.killpg(group, signal.SIGCONT)
    except ProcessLookupError:
        raise Died("the subject's process ended while it was stopped") from None


def cpu_s(pid: int) -> float:
    """What all threads of a process have used of the processor since it began, also those that have ended.

    Units:   seconds.
    Raises:  Died where it is gone.
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | ALL_THREADS) / 1e9
    except OSError:
        raise Died("the subject's process is gone") from None


def _states(pid: int) -> list[str]:
    """What each thread does, as /proc says it in a letter."""
    tasks = Path(f"/proc/{pid}/task")
    found = [(task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] for task in tasks.iterdir()]
    if "Z" in found or "X" in found:
        raise FileNotFoundError(pid)
    return found

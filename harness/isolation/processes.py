"""The processes of this machine as /proc tells of them: who is whose, what they hold."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc/self/stat").exists()
PR_SET_DUMPABLE = 4
PAUSE_S = 0.005
DEAD, THREADS = (b"Z", b"X"), 17  # a state, and where a count stands, in what follows a name in /proc/PID/stat


def parent_of(pid: int) -> int | None:
    """The parent of a process, or None when it is gone."""
    try:
        if PROC:
            return int(stat_of(pid)[1])
        told = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603, S607
        return int(told.stdout)
    except (OSError, ValueError, IndexError):
        return None


def descendants(pid: int) -> list[int]:
    """All that a process has started and that still runs, where /proc tells; the dead that nobody waited for do not run."""
    found = [pid]
    for one in found:
        found += children(one)
    return found[1:]


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except FileNotFoundError:  # it is gone, or the kernel does not tell so
        found = [one for one in everybody() if parent_of(one) == pid]
    except (OSError, ValueError):
        return []
    return [child for child in found if runs(child)]


def runs(pid: int) -> bool:
    """Whether there is such a process, and it has not ended: its first thread alone may have."""
    with contextlib.suppress(OSError, IndexError):
        return not PROC or (told := stat_of(pid))[0] not in DEAD or int(told[THREADS]) > 1
    return False


def threads_of(pid: int) -> int:
    """How many threads a process has, 0 where nothing tells."""
    with contextlib.suppress(OSError):
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    return 0


def held(pid: int) -> int | None:
    """A descriptor that means this process and never another that gets its number, where the system has such; None if it
    is gone already."""
    with contextlib.suppress(OSError, AttributeError):
        return os.pidfd_open(pid)
    return None


def kill_group(pid: int, holding: int | None) -> None:
    """Kill a process and its group, unless it is gone; its number may be another's by then. What holds it is closed."""
    if holding is None:
        if not hasattr(os, "pidfd_open"):
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        signal.pidfd_send_signal(holding, signal.SIGSTOP)  # so that it does not end in between
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        signal.pidfd_send_signal(holding, signal.SIGKILL)
    os.close(holding)


def kill_all(pids: Iterable[int]) -> None:
    """Kill processes, whoever is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def await_end(pid: int, within_s: float, *, but: Iterable[int] = ()) -> bool:
    """Kill whatever a process has started, but some, until nothing is left; whether that was so in time."""
    end = time.monotonic() + within_s
    kept = set(but)
    while left := [one for one in descendants(pid) if one not in kept]:
        kill_all(left)
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_S)
    return True


def be_unreadable(*, so: bool = True) -> None:
    """Let no other process of this user read this one's memory, or trace it, or let it again; on Linux. A forked process
    starts out as the one that it is forked from."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(not so), 0, 0, 0)


def stat_of(pid: int | str) -> list[bytes]:
    """Of /proc/PID/stat what follows a process's name, which it may have chosen, and which need be no text."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()


def everybody() -> list[int]:
    """The numbers of all processes, where /proc tells."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()] if PROC else []

"""What a process holds, as /proc tells of it: memory, files without names, time on the processor."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from pathlib import Path

from harness.isolation.limits import FILE_BYTES
from harness.isolation.processes import DEAD, stat_of

MOST_TOLD = 16 << 20  # bytes of /proc/PID/maps; a process with torch in it has a hundredth
MAP_FILES = "/proc/{}/map_files"  # for root alone
DELETED = b" (deleted)"
MAPPING = re.compile(rb"(\S+) \S+ \S+ \S+ ([1-9]\d*) +(.*)")
IN_MEMORY = (b"/dev/zero", b"/memfd:", b"/SYSV", b"/dev/shm/")
Files = dict[tuple[int, int], int]
"""Bytes by device and inode; the device is 0 where it is not known."""


def status_of(thread: int | str) -> dict[bytes, list[bytes]]:
    """What /proc/THREAD/status says, by its names.

    Edges:   the first line is the name that a thread chooses itself: whatever is in it, it has no line feed, and it is left
             out.
    Raises:  OSError when the thread is gone.
    """
    lines = Path(f"/proc/{thread}/status").read_bytes().split(b"\n")[1:]
    return {key: value.split() for key, _, value in (line.partition(b":") for line in lines)}


def own_bytes(pid: int) -> int:
    """What a process holds in memory that no file backs, in bytes; what forks share is counted for each. 0 when it is
    gone, more than anything where no number stands."""
    try:
        told = status_of(_thread(pid))
        return sum(int(told[name][0]) << 10 for name in (b"RssAnon", b"RssShmem", b"VmSwap") if name in told)
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # the last where all of /proc is hidden
        return 0
    except (OSError, ValueError, IndexError):
        return sys.maxsize


def nameless(pid: int) -> Files:
    """The files that a process has open, or has only mapped, and that have no name any more, where it may be looked at.

    Edges:   how large a file is that is only mapped the kernel tells nobody but root: to others it is as large as a
             subject's file may be, and one in memory as nothing.
    """
    thread = _thread(pid)
    found: Files = {}
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{thread}/fd").iterdir():
            with contextlib.suppress(OSError):
                found |= _unlinked(path)
    with contextlib.suppress(OSError):
        with Path(f"/proc/{thread}/maps").open("rb") as file:
            maps = file.read(MOST_TOLD)
        if len(maps) == MOST_TOLD:
            return {(0, 0): sys.maxsize}
        opened = {inode for _, inode in found}
        ended = (
            line for line in maps.split(b"\n") if line.endswith(DELETED)
        )  # few of many: to match all takes 80 times as long
        for addresses, inode, name in (one.groups() for one in map(MAPPING.match, ended) if one):
            try:
                first, last = (address.lstrip("0") for address in os.fsdecode(addresses).split("-"))
                found |= _unlinked(Path(MAP_FILES.format(pid), f"{first}-{last}"))
            except OSError:
                if int(inode) not in opened and not name.startswith(IN_MEMORY):
                    found[0, int(inode)] = FILE_BYTES
    return found


def _unlinked(path: Path) -> Files:
    about = path.stat()
    is_one = stat.S_ISREG(about.st_mode) and not about.st_nlink
    return {(about.st_dev, about.st_ino): about.st_blocks * 512} if is_one else {}


def _thread(pid: int) -> str:
    """Where in /proc a process's memory and files are told of: at a thread that has not ended, as its first may have."""
    with contextlib.suppress(OSError, IndexError):
        if stat_of(pid)[0] in DEAD:
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError, IndexError):
                    if stat_of(f"{pid}/task/{task.name}")[0] not in DEAD:
                        return f"{pid}/task/{task.name}"
    return str(pid)

"""Looks at what subjects hold, several times a second, and ends one that holds too much: memory of all its processes
together, or disk."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from harness.isolation.processes import descendants, kill_all, own_bytes

EVERY_S = 0.25
MEMORY_BYTES = 6 << 30
DISK_BYTES, MOST_FILES = 1 << 30, 10_000


class Watch:
    """Over the subjects of one zygote, in a thread of the judge's.

    Units:   bytes; what a subject holds counts beyond what it was forked with.
    """

    def __init__(self, zygote: int) -> None:
        self._zygote = zygote
        self._folders: dict[int, Path] = {}
        self._spared: set[int] = set()
        self._why: dict[int, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def add(self, root: int, folder: Path) -> None:
        """Look at a subject, the tree of processes below one; `folder` is where it may write."""
        self._folders[root] = folder

    def why(self, root: int) -> str:
        """Why a subject was ended here, or nothing."""
        return self._why.get(root, "")

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            born_with = own_bytes(self._zygote)
            for root, folder in list(self._folders.items()):
                tree = [root, *descendants(root)]
                held = sum(max(0, own_bytes(pid) - born_with) for pid in tree)
                if not held and not Path(f"/proc/{root}").exists():
                    del self._folders[root]
                elif held > MEMORY_BYTES:
                    self._end(root, tree, f"held more than {MEMORY_BYTES >> 30} GiB of memory")
                elif said := _too_much(folder):
                    self._end(root, tree, said)

    def _end(self, root: int, tree: list[int], said: str) -> None:
        self._why[root] = said
        kill_all(reversed(tree))


def _too_much(folder: Path) -> str:
    """What a folder holds too much of, in words, or nothing; no more is counted than it may hold."""
    size = count = 0
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                if size > DISK_BYTES:
                    return f"wrote more than {DISK_BYTES >> 30} GiB of files"
                if count > MOST_FILES:
                    return f"made more than {MOST_FILES} files"
    return ""

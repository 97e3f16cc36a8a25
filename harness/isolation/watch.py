"""Looks at what subjects hold, several times a second, and ends one that has too much: memory of all its processes together,
time on the processor, or disk."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from pathlib import Path

from harness.isolation.holdings import Files, nameless, own_bytes
from harness.isolation.processes import children, descendants, kill_all, runs
from harness.isolation.spent import Spent

EVERY_S = 0.25
MEMORY_BYTES = 6 << 30
DISK_BYTES, MOST_FILES, DEEPEST = 1 << 30, 10_000, 100
OVERTIME = "used more of the processor than it may"
MOST_OPEN = 400  # folders beside one another that are looked into at a time
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Watch:
    """Over the subjects of one zygote, in a thread of the judge's.

    Units:   bytes, and seconds; what a subject holds counts beyond what it was forked with.
    """

    def __init__(self, zygote: int) -> None:
        self._zygote = zygote
        self._folders: dict[int, Path] = {}
        self._spent: dict[int, tuple[Spent, float]] = {}
        self._why: dict[int, str] = {}
        self.lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def add(self, root: int, folder: Path, processor_s: float = math.inf) -> None:
        """Look at a subject, the tree of processes below one; `folder` is where it may write, and all below the first may
        use the processor for so long."""
        self._why.pop(root, None)  # of another that had this number
        self._spent[root] = Spent(), processor_s
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
                with contextlib.suppress(OSError, ValueError):  # it is ending; others are looked at all the same
                    self._look_at(root, folder, born_with)
            with self.lock, contextlib.suppress(OSError, ValueError):  # none is being forked that is not known yet
                kill_all(pid for pid in children(self._zygote) if pid not in self._folders)  # whose parent is gone

    def _look_at(self, root: int, folder: Path, born_with: int) -> None:
        tree = [root, *descendants(root)]
        spent, most_s = self._spent[root]
        held = sum(max(0, own_bytes(pid) - born_with) for pid in tree)
        if not held and not runs(root):
            del self._folders[root], self._spent[root]
        elif held > MEMORY_BYTES:
            self._end(root, tree, f"held more than {MEMORY_BYTES >> 30} GiB of memory")
        elif spent.seconds(root, tree[1:]) > most_s:
            self._end(root, tree, f"{OVERTIME}, {most_s:g} s for all of it together")
        elif said := _too_much(folder, sum(_nameless_in(tree, but=nameless(self._zygote)).values())):
            self._end(root, tree, said)

    def _end(self, root: int, tree: list[int], said: str) -> None:
        self._why[root] = said
        kill_all(reversed(tree))


def _nameless_in(tree: list[int], *, but: Files) -> Files:
    """The files without names that any of some processes holds, each once, but those that the first process has."""
    found: Files = {}
    for pid in tree:
        found |= nameless(pid)
    return {file: size for file, size in found.items() if file not in but}


def _too_much(folder: Path, size: int) -> str:
    """What a folder holds too much of, besides so many bytes, in words, or nothing; no more is counted than it may hold."""
    if size > DISK_BYTES:
        return f"holds more than {DISK_BYTES >> 30} GiB in files without names"
    count = 0
    waiting = [(os.open(folder, FOLDER), 0)]
    try:
        while waiting:
            descriptor, depth = waiting.pop()
            try:
                with os.scandir(descriptor) as entries:
                    for entry in entries:
                        count += 1
                        with contextlib.suppress(OSError):
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
                            if entry.is_dir(follow_symlinks=False):
                                waiting.append((os.open(entry.name, FOLDER, dir_fd=descriptor), depth + 1))
                        if size > DISK_BYTES:
                            return f"wrote more than {DISK_BYTES >> 30} GiB of files"
                        if count > MOST_FILES or len(waiting) > MOST_OPEN:
                            return f"made more than {MOST_FILES} files"
                        if depth > DEEPEST:
                            return f"made folders more than {DEEPEST} deep"
            finally:
                os.close(descriptor)
    finally:
        for descriptor, _ in waiting:
            os.close(descriptor)
    return ""

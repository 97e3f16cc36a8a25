"""A temporary folder that lasts no longer than who made it: what a killed process left is removed by the next one.

Whoever has such a folder holds a lock on it, which the operating system lets go of whatever ends the process. So students'
files stay on no disk, and are never put where the seed is.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "specimen-grade-"


class Room:
    """A folder for this process's use."""

    def __init__(self) -> None:
        remove_stale()
        while True:
            self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
            try:
                self._held = os.open(self._folder.name, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:  # taken for stale before it was opened
                self._folder.cleanup()
                continue
            with contextlib.suppress(OSError):  # a file system without locks: it is not taken for stale there either
                fcntl.flock(self._held, fcntl.LOCK_EX)
            if Path(self.name).exists():  # and no one else took it for stale before it was locked
                return
            os.close(self._held)
            self._folder.cleanup()

    @property
    def name(self) -> str:
        return self._folder.name

    def close(self) -> None:
        """Remove it."""
        self._folder.cleanup()
        with contextlib.suppress(OSError):
            os.close(self._held)
            self._held = -1


def remove_stale() -> None:
    """Remove such folders of this user that nobody holds any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(held).st_uid == os.getuid():
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(held)

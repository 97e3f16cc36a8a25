"""Removes what a stranger has made: however deep, however many, whatever its modes."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(folder: Path) -> bool:
    """Remove a folder with all that is in it; whether nothing of it is left.

    Edges:   links are removed, not followed. Folders in folders are moved up before they are emptied, so that no path and no
             stack grows with their depth. Nothing is raised: what cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        top = os.open(folder, FOLDER)
        try:
            names = (f".moved-{number}" for number in itertools.count())
            while entries := _entries(top):
                if not sum(_removed(top, name, names) for name in entries):
                    return False
        finally:
            os.close(top)
        folder.rmdir()
    return not os.path.lexists(folder)


def _removed(top: int, name: str, names: Iterator[str]) -> bool:
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=top)
            return True
        with contextlib.suppress(OSError):
            os.chmod(name, stat.S_IRWXU, dir_fd=top)
        inner = os.open(name, FOLDER, dir_fd=top)
        try:
            for one in _entries(inner):
                with contextlib.suppress(OSError):
                    _out_of(inner, one, top, names)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=top)
        return True
    return False


def _out_of(inner: int, name: str, top: int, names: Iterator[str]) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=inner, follow_symlinks=False).st_mode):
        os.rename(name, next(names), src_dir_fd=inner, dst_dir_fd=top)
    else:
        os.unlink(name, dir_fd=inner)


def _entries(descriptor: int) -> list[str]:
    with os.scandir(descriptor) as entries:
        return [entry.name for entry in entries]

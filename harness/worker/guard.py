"""Shuts the project's own packages out of a foreign subject's process: an implementation must not be marked by its own
answer, nor by the reference's."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.isolation.around import PACKAGES


class _Closed(importlib.abc.MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"{fullname} is not there for a subject", name=fullname)
        return None


def shut_out(root: Path, allowed: Sequence[str]) -> None:
    """Forget the project's packages, close every way to import them, and refuse to open their files.

    Edges:   `allowed` names packages of the project that are the subject itself. An audit hook cannot be taken back, so
             the refusal holds for as long as the process lives; code that goes round Python needs the operating system's
             isolation to be stopped.
    """
    closed = [name for name in PACKAGES if name not in allowed]
    for name in list(sys.modules):
        if name.partition(".")[0] in closed:
            del sys.modules[name]
    if not allowed:
        sys.path[:] = [entry for entry in sys.path if not _same(entry, root)]
    sys.meta_path.insert(0, _Closed(closed))
    refused = tuple(os.path.realpath(root / name) for name in closed)
    sys.addaudithook(lambda event, arguments: _refuse(event, arguments, refused))


def _refuse(event: str, arguments: tuple[object, ...], refused: Sequence[str]) -> None:
    """Raise PermissionError when a file of the project is opened, or given another name to be opened by."""
    if event not in ("open", "os.link", "os.rename", "os.symlink") or isinstance(arguments[0], int):
        return
    given: Any = arguments[0]
    for path in _meant(str.__str__(os.fsdecode(given))):  # what is no path is refused as such
        if (
            path in refused
            or path.startswith(tuple(r + os.sep for r in refused))
            or path.removesuffix(".py") in refused
        ):
            raise PermissionError(f"{path} is not there for a subject")


def _meant(path: str) -> Iterator[str]:
    """What a path may mean: a relative one also starts at any folder that is held open (`dir_fd`)."""
    yield os.path.realpath(path)
    if os.path.isabs(path):
        return
    folders = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    with contextlib.suppress(OSError):  # where /proc is closed, so are those folders
        for number in os.listdir(folders):
            with contextlib.suppress(OSError):
                yield os.path.realpath(os.path.join(os.readlink(f"{folders}/{number}"), path))


def _same(entry: str, root: Path) -> bool:
    return os.path.realpath(entry or os.curdir) == os.path.realpath(root)

"""Shuts the project's own packages out of a foreign subject's process: an implementation must not be marked by its own
answer, nor by the reference's."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

PACKAGES = ("impl", "spec", "harness", "tests", "benchmarks", "writeup", "conftest")


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

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path.startswith(tuple(r + os.sep for r in refused)) or path in tuple(r + ".py" for r in refused):
                raise PermissionError(f"{path} is not there for a subject")

    sys.addaudithook(audit)


def _same(entry: str, root: Path) -> bool:
    return os.path.realpath(entry or os.curdir) == os.path.realpath(root)

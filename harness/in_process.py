"""`--in-process`: the subject in the judge's own process, for a debugger. Nothing is isolated, and reports say so."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import wire
from harness.isolation.places import Readable


class InProcess:
    """Stands in for the zygote; every fork is a new session here.

    Edges:   no limit of time or memory holds, and a subject that exits takes the judge with it.
    """

    isolation = "no isolation (--in-process)"

    def __init__(self, device: str) -> None:
        import torch

        self._folder = tempfile.TemporaryDirectory(prefix="specimen-", ignore_cleanup_errors=True)
        self.versions = {"torch": torch.__version__}

    def await_ready(self) -> None:
        """There is nothing to wait for."""

    def fork(self, *, allowed: Sequence[str], readable: Readable, deadline: float) -> tuple[Here, Path]:
        """A session that shares this process."""
        return Here(None), Path(self._folder.name)

    def clear(self, process: Here) -> None:
        """There is nothing to end."""


class Here:
    """Stands in for a process; a fork of it has read and loaded the same."""

    ended = False
    pid = 0

    def __init__(self, parent: Here | None) -> None:
        from harness.worker.session import Session

        self._session: Session = Session() if parent is None else parent._session.copy()

    def ask(
        self, header: wire.Header, buffers: Sequence[wire.Buffer] = (), *, deadline: float, max_bytes: int = 0
    ) -> tuple[wire.Header, list[bytearray]]:
        """The session's reply."""
        reply, output = self._session.answer(header, [bytearray(b) for b in buffers])
        return reply, [bytearray(b) for b in output]

    def import_all(self, names: Sequence[str]) -> None:
        """Import modules of libraries."""
        self._session.answer({"op": "import", "names": list(names)}, [])

    def fork(self, deadline: float, **options: Any) -> Here:
        """A copy of the session."""
        return Here(self)

    def end(self) -> None:
        """There is nothing to end."""

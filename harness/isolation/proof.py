"""Whether a level is reached on this machine: a process that is shut in tries what it must not do, and what it must."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.fork import Process
from harness.outcome import Ended

WITHIN_S = 20.0
CONTENT = b"nobody may read this"


def why_not(fork: Callable[[float], Process], *, programs: bool) -> str:
    """What is wrong with the isolation of a process that `fork` makes within a deadline, or nothing.

    Edges:   as each time that a process is shut in, it tries to read the project's own files first, and where it is for a
             subject, what lies beside that (`around.py`). With `programs` it may start some, and is not asked to fail at that.
    """
    deadline = time.monotonic() + WITHIN_S
    with tempfile.TemporaryDirectory(prefix="specimen-canary-") as folder, socket.socket() as listening:
        canary = Path(folder, "canary")
        canary.write_bytes(CONTENT)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        was = _seen(canary)
        try:
            process = fork(deadline)
        except (RuntimeError, Ended) as error:
            return str(error)
        try:
            about = {
                "canary": str(canary),
                "port": listening.getsockname()[1],
                "pid": os.getpid(),
                "programs": programs,
            }
            reply, _ = process.ask({"op": "trial", **about}, deadline=deadline)
            process.fork(deadline).end()  # as it must when it is told to
        except (RuntimeError, Ended) as error:
            return f"a process that is shut in does not work: {error}"
        finally:
            process.end()
        came = [*map(str, reply["came"])]
        if _seen(canary) != was or list(Path(folder).iterdir()) != [canary]:
            came.append("it changes a file outside")
        return f"shut in, {', '.join(came)}" if came else ""


def _seen(path: Path) -> tuple[object, ...]:
    try:
        about = path.stat()
        return path.read_bytes(), about.st_mode, about.st_mtime_ns, about.st_uid, about.st_gid
    except OSError:
        return ()

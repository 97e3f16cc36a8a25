"""The other end of `serve`: tasks go to a process of their own, which each thread keeps for its next one.

What an executor is given is `train_in_child`, so that a run has one process and one thread wherever it is: in a thread
of this process, or of a Dask worker, which may have many.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from impl.scaling.sweep.serve import IDLE_CODE
from impl.scaling.sweep.training import StoppedError

ROOT = Path(__file__).parents[3]
SHOWN = 2000  # characters of what a process said before it ended


class FailedError(RuntimeError):
    """A task that came to an error; the message says to which."""


class DiedError(RuntimeError):
    """A process that ended in the middle of a task."""


class Child:
    """A process that trains."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - as long as the process
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "impl.scaling.sweep.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env=environment,
            start_new_session=True,  # a terminal's Ctrl-C is not for it
        )
        self.is_new = True
        CHILDREN.add(self)

    def train(self, task: dict[str, Any]) -> dict[str, str]:
        """Have it train; what it could not, by the names of runs.

        Raises:  FailedError, StoppedError; DiedError if it ends.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
        except OSError:
            reply = ""
        else:
            reply = self._process.stdout.readline()
        self.is_new = False
        if not reply:
            raise DiedError(self._last_words([job["name"] for job in task["jobs"]]))
        came = json.loads(reply)
        if came["came"] == "stopped":
            raise StoppedError
        if came["came"] == "failed":
            raise FailedError(came["said"])
        return dict(came["failed"])

    @property
    def was_idle(self) -> bool:
        """Whether it has ended because there was nothing to do."""
        return self._process.poll() == IDLE_CODE

    @property
    def is_there(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it; whoever waits for it hears so."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let go of it, once nobody waits for it any more."""
        self.kill()
        for file in (self._process.stdin, self._process.stdout, self._said):
            with contextlib.suppress(OSError):  # what was written to it and never read
                file.close()
        CHILDREN.discard(self)

    def _last_words(self, names: list[str]) -> str:
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read().strip()[-SHOWN:]
        return f"the process that trained {', '.join(names)} ended with code {code}" + (f":\n{said}" if said else "")


CHILDREN: set[Child] = set()
_own = threading.local()


def train_in_child(task: dict[str, Any]) -> dict[str, str]:
    """Have this thread's process train; one is started if there is none. What it could not, by the names of runs.

    Raises:  as `Child.train`.
    """
    child = _child()
    was_new = child.is_new
    try:
        return child.train(task)
    except DiedError:
        if was_new or not child.was_idle:
            raise
        return _child().train(task)  # the last one had just gone, of idleness


def _child() -> Child:
    """This thread's process, which is another if the last one has ended."""
    child: Child | None = getattr(_own, "child", None)
    if child is not None and not child.is_there:
        child.close()
        child = None
    if child is None:
        child = _own.child = Child()
    return child

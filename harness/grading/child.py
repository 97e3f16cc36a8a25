"""The other end of `serve`: each thread has a process of its own that judges for it, and keeps it from task to task.

A process is replaced after a number of submissions, when it has grown, and when it has ended. A submission in whose midst
it ended is judged once more; if it ends again, or takes too long, that costs this submission and no other.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.grading.asked import Asked
from harness.grading.room import Room
from harness.grading.serve import IDLE_CODE
from harness.grading.task import Task

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 2000  # characters of what a process said before it ended
MAX_SUBMISSIONS, MAX_RSS = 50, 1 << 30
TRIES = 2
CLOSE_S = 3.0  # for what is done to put things away
BACKSTOP_S, FILES, SUBJECT_LAWS = 300.0, 9, 12  # beside what the files of a submission may take in laws
Reply = dict[str, Any]
Tell = Callable[[Reply], None]


class DiedError(RuntimeError):
    """A process that ended in the middle of a task; the message says how."""


class OverdueError(RuntimeError):
    """A process that was ended because a task took too long."""


class Child:
    """A process that judges.

    Edges:   its session is its own, so that a terminal's Ctrl-C is not for it; what Python finds in the folder where it
             is started is not for it either.
    """

    def __init__(self) -> None:
        self._room = Room()
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - as long as the process
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._process = subprocess.Popen(  # our own interpreter, beside which strangers' files may lie
            [sys.executable, "-P", "-m", "harness.grading.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env={**os.environ, **threads, "PYTHONPATH": str(ROOT), "TMPDIR": self._room.name},
            start_new_session=True,
        )
        self.n_judged, self.rss_bytes = 0, 0
        CHILDREN.add(self)

    def judge(self, task: Task, within_s: float, tell: Tell) -> Reply:
        """The last reply to a task; `tell` hears of those before it.

        Raises:  DiedError if it ends; OverdueError if it does not come to an end in time, and is killed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        overdue = threading.Event()

        def kill() -> None:
            overdue.set()
            self._process.kill()

        timer = threading.Timer(within_s, kill)
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(OSError):
                self._process.stdin.write(json.dumps(task) + "\n")
                self._process.stdin.flush()
            while (line := self._process.stdout.readline()).endswith("\n"):  # half a line is what it died of
                reply: Reply = json.loads(line)
                if "came" in reply:
                    self.n_judged += 1
                    self.rss_bytes = reply.get("rss_bytes", 0)
                    return reply
                tell(reply)
        finally:
            timer.cancel()
        if overdue.is_set():
            raise OverdueError(f"it took more than {within_s:.0f} s")
        raise DiedError(self._last_words())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def was_idle(self) -> bool:
        """Whether it has ended because there was nothing to do."""
        return self._process.poll() == IDLE_CODE

    @property
    def is_fit(self) -> bool:
        """Whether it may judge another one."""
        return self._process.poll() is None and self.n_judged < MAX_SUBMISSIONS and self.rss_bytes < MAX_RSS

    def kill(self) -> None:
        """End it, and with it on Linux whatever it started; whoever waits for it hears so."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let go of it, once nobody waits for it any more; nothing of it stays on the disk."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if self._process.stdin:
                self._process.stdin.close()
            self._process.wait(CLOSE_S)
        self.kill()
        for file in filter(None, (self._process.stdin, self._process.stdout, self._said)):
            with contextlib.suppress(OSError):  # what was written to it and never read
                file.close()
        self._room.close()
        CHILDREN.discard(self)

    def _last_words(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read().strip()[-SHOWN:]
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return how + (f": {said.splitlines()[-1]}" if said else "")


CHILDREN: set[Child] = set()
_own = threading.local()


def judged_in_child(task: Task, tell: Tell = lambda _: None) -> Reply:
    """What came of a task in this thread's process: `came` says "judged", "known", or "lost" and then `said` why."""
    within_s = BACKSTOP_S + FILES * SUBJECT_LAWS * Asked.of(task["asked"]).timeout_s
    read, ends = "", 0

    def hear(reply: Reply) -> None:
        nonlocal read
        read = reply.get("read", read)
        tell(reply)

    while True:
        child = _child()
        if STOPPED.is_set():  # it may have begun after all of them were ended
            child.kill()
        try:
            return child.judge(task, within_s, hear)
        except OverdueError as error:
            return {"came": "lost", "digest": read, "said": f"Judging it was given up: {error}."}
        except DiedError as error:
            ends += not child.was_idle
            if ends == TRIES or STOPPED.is_set():
                return {"came": "lost", "digest": read, "said": f"The process that judged it {error}; twice."}


STOPPED = threading.Event()
"""Set when processes are ended because nobody waits for them any more."""


def _child() -> Child:
    """This thread's process, which is another if the last one has ended or has done its share."""
    child: Child | None = getattr(_own, "child", None)
    if child is not None and not child.is_fit:
        child.close()
        child = None
    if child is None:
        child = _own.child = Child()
    return child

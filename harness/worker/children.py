"""The copies that a process has made of itself, and how each of them ended."""

from __future__ import annotations

import os
import signal
import time

LOOKS, PAUSE_S = 100, 0.01


class Children:
    """Forked processes, taken note of so that none stays a zombie.

    Edges:   `is_reaper` says that every process whose parent has died comes here, and that no foreign code runs here which
             may wait for children of its own.
    """

    def __init__(self, *, is_reaper: bool = False) -> None:
        self.is_reaper = is_reaper
        self._status: dict[int, int | None] = {}  # by process; None until it has ended

    def add(self, pid: int) -> None:
        self._status[pid] = None

    def reap(self) -> None:
        """Take note of those that have ended."""
        if self.is_reaper:
            while (pid := self._wait(-1)) > 0:
                pass
            return
        for pid in [pid for pid, status in self._status.items() if status is None]:
            self._wait(pid)

    def how(self, pid: int) -> str:
        """How one ended; it is given a second to. Of one that nobody knows of, that it did."""
        for _ in range(LOOKS):
            self.reap()
            if pid not in self._status:
                return "ended"
            status = self._status[pid]
            if status is not None and os.WIFSIGNALED(status):
                return f"was killed by {signal.Signals(os.WTERMSIG(status)).name}"
            if status is not None:
                return f"exited with status {os.waitstatus_to_exitcode(status)}"
            time.sleep(PAUSE_S)
        return "closed its channel"

    def _wait(self, pid: int) -> int:
        """The process that has ended, of all if `pid` is -1; 0 where none has, or there is none."""
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            self._status.pop(pid, None)  # somebody else has waited for it
            return 0
        if ended:
            self._status[ended] = status
        return ended

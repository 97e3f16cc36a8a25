"""Time that counts against a subject: from a question to its answer, without what it waited for a core that others had.

So what becomes of a subject does not depend on how busy the machine is, nor on how long the judge takes in between.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from harness.outcome import TimedOut

SUBJECT_LAWS = 12  # a subject as a whole may take as long as this many laws
AGAIN = 2  # times that a law may be begun
ONCE_MORE_S = 0.001
MOST_TOLD = 200  # bytes
AT_MOST = 20  # times as long by the clock on the wall, however busy the machine is


@dataclass
class Limits:
    """What a law may take, and a subject as a whole.

    Units:   seconds that count; `spent_s` of `subject_s` are.
    """

    law_s: float
    subject_s: float
    spent_s: float = 0.0

    @classmethod
    def of(cls, law_s: float) -> Limits:
        return cls(law_s, SUBJECT_LAWS * law_s)

    def clock(self) -> Clock:
        """A clock for a law that starts now.

        Raises:  TimedOut if there is nothing left for it.
        """
        left_s = self.subject_s - self.spent_s
        if left_s <= 0:
            raise TimedOut(f"not begun: the {self.subject_s:g} s for the whole subject are used up")
        return Clock(self, min(self.law_s, left_s))


class Clock:
    """How much is left of a law's time; it runs while an answer is awaited.

    Units:   seconds.
    Edges:   where the kernel does not tell how long a process waited for a core, all time counts.
    """

    def __init__(self, limits: Limits, left_s: float) -> None:
        self._limits, self._left_s = limits, left_s
        self._began, self._waited_s, self._pid = 0.0, 0.0, 0

    @property
    def processor_s(self) -> float:
        """How long all processes of the subject together may use the processor."""
        return AGAIN * self._limits.subject_s

    @contextlib.contextmanager
    def running(self, pid: int) -> Iterator[None]:
        """Have it run, for a process."""
        self._began, self._waited_s, self._pid = time.monotonic(), waited_s(pid), pid
        try:
            yield
        finally:
            used_s = self._used_s()
            self._left_s -= used_s
            self._limits.spent_s += used_s
            self._began = 0.0

    def left(self) -> float:
        """What is left, 0 or less when it is over."""
        if not self._began:
            return self._left_s
        by_the_wall = time.monotonic() - self._began
        if by_the_wall < self._left_s:
            return self._left_s - by_the_wall
        return min(self._left_s - self._used_s(), AT_MOST * self._left_s - by_the_wall)

    def _used_s(self) -> float:
        by_the_wall = time.monotonic() - self._began
        return max(0.0, by_the_wall - max(0.0, waited_s(self._pid) - self._waited_s))


def running(deadline: float | Clock, pid: int) -> contextlib.AbstractContextManager[None]:
    """Have a clock run for a process; a deadline runs anyway."""
    return deadline.running(pid) if isinstance(deadline, Clock) else contextlib.nullcontext()


def left(deadline: float | Clock) -> float:
    """Seconds that are left, and some to look once more when none are."""
    seconds = deadline.left() if isinstance(deadline, Clock) else deadline - time.monotonic()
    return max(ONCE_MORE_S, seconds)


def waited_s(pid: int) -> float:
    """How long a process has been ready to run and was not running, in seconds; 0 where nothing tells."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        told = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)  # twice a call: a Path takes three times as long
        try:
            return int(os.read(told, MOST_TOLD).split()[1]) / 1_000_000_000
        finally:
            os.close(told)
    return 0.0

"""How far a class is: a bar on a terminal, and on anything else plain lines; failures as they come either way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.grading.asked import Asked
from harness.report import foreign
from harness.report.record import Record, total

WRONG = ("partial", "fail", "error", "timeout")
SHOWN_RUNNING, SHOWN_NAME = 4, 24


class Watch(AbstractContextManager["Watch"]):
    """Tells a console of what is begun, what is wrong, and what is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal, refresh_per_second=4)
        self._task = self._bar.add_task("", total=None)
        self._running: dict[str, float] = {}
        self._all = self._done = self._judged = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begun(self, names: Sequence[str], asked: Asked, said: str) -> None:
        self._all = len(names)
        self._bar.update(self._task, total=self._all)
        cases = f"{asked.examples} cases a law"
        self._say(f"{len(names)} submission{'s' * (len(names) != 1)}, {said}, {cases}, isolation {asked.isolation}.")

    def started(self, name: str) -> None:
        self._running[name] = time.monotonic()
        self.look()

    def question(self, name: str, question: dict[str, Any]) -> None:
        if question["status"] in WRONG:
            self._say(f"  {_name(name)} {question['id']} {question['status']}: {_why(question)}")
        self.look()

    def came(self, record: Record, *, known: bool) -> None:
        self._running.pop(record["name"], None)
        self._done += 1
        self._judged += not known
        self._bar.update(self._task, completed=self._done)
        points, most = total(record)
        marks = f"{points:g} of {most:g} points"
        said = f"{marks}{_not_judged(record)}"
        how = "judged before" if known else f"{record['time_s']:.1f} s"
        self._say(f"{self._done}/{self._all} {_name(record['name'])}: {said}, {how}")
        self.look()

    def look(self) -> None:
        names = sorted(self._running, key=lambda name: self._running[name])[:SHOWN_RUNNING]
        more = len(self._running) - len(names)
        running = ", ".join(_name(name) for name in names) + (f" and {more} more" if more > 0 else "")
        self._bar.update(self._task, description=f"{self._rate()}{running}")

    def _rate(self) -> str:
        """How fast it goes, and how long it will still take, as soon as that can be told."""
        elapsed = time.monotonic() - self._started
        if not self._judged:
            return ""
        left = elapsed / self._judged * (self._all - self._done)
        return f"{60 * self._judged / elapsed:.1f} a minute, {left // 60:.0f}:{left % 60:02.0f} left; "

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def _name(name: str) -> str:
    return foreign.line(name, at_most=SHOWN_NAME)


def _not_judged(record: Record) -> str:
    """What could not be judged, if there is something."""
    if not record["error"]:
        return ""
    how = "in part" if any(question["laws"] for question in record["questions"]) else "at all"
    return f", not graded {how}: {foreign.line(record['error'])}"


def _why(question: dict[str, Any]) -> str:
    """What is wrong with a question, in a line: the first law that does not hold, or what is noted."""
    laws = [law for law in question["laws"] if law["status"] not in ("pass", "not-run")]
    if not laws:
        return foreign.line(question["note"], at_most=120)
    more = f" and {len(laws) - 1} more law{'s' * (len(laws) > 2)}" if len(laws) > 1 else ""
    return f"{foreign.line(laws[0]['name'])}{more}: {foreign.line(laws[0]['message'], at_most=120)}"

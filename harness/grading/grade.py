"""A class at a time: every submission to a worker, what comes of it to the journal, and all of it to the final files."""

from __future__ import annotations

import queue
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from harness.grading import finals
from harness.grading.asked import Asked, laws_digest
from harness.grading.executors import Events, Place
from harness.grading.journal import Journal, Record, opened
from harness.grading.marking import begun
from harness.grading.submission import Submission
from harness.grading.task import task_of, task_with, whole
from harness.isolation.processes import be_unreadable
from harness.report.class_summary import Summary, summary
from harness.report.record import Audience

LOOK_S = 0.2


class RefusedError(Exception):
    """No worker can judge as is asked for; the message says why."""


@dataclass(frozen=True)
class Order:
    """What `specimen grade` was asked.

    Edges:   `asked` has the options of Asked, None for those that were not given; `command` goes on with it.
    """

    out: Path
    asked: Mapping[str, Any]
    resume: bool
    formats: Sequence[str]
    audience: Audience
    command: str


class Watcher(Protocol):
    """Whoever is told how it goes."""

    def begun(self, names: Sequence[str], asked: Asked, said: str) -> None:
        """A class is about to be judged."""

    def started(self, name: str) -> None:
        """A submission is given to a worker."""

    def question(self, name: str, question: dict[str, Any]) -> None:
        """A question of a submission was judged."""

    def came(self, record: Record, *, known: bool) -> None:
        """A submission was judged, or had been before."""

    def look(self) -> None:
        """Some time has passed."""


@dataclass
class Graded:
    """What came of a class.

    Edges:   `gone` are submissions that were judged before and are not there any more.
    """

    seed: int
    names: list[str]
    failed: dict[str, str] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    gone: int = 0


def grade(
    order: Order,
    submissions: Sequence[Submission],
    where: Callable[[Events], AbstractContextManager[Place]],
    watchers: Sequence[Watcher],
) -> Graded:
    """Judge every submission that has not been, and write the final files.

    Raises:  JournalError, NoClusterError, RefusedError; OSError when something cannot be written. What was judged is in the journal.
    """
    default = {
        "specimen": version("specimen"), "laws": laws_digest(), "seed": secrets.randbelow(10**9),
        "examples": Asked.examples, "timeout_s": Asked.timeout_s, "isolation": Asked.isolation,
    }  # fmt: skip
    be_unreadable()  # the seed is in this process
    with opened(order.out, order.asked, default, resume=order.resume, command=order.command) as journal:
        asked = Asked.of(journal.header)
        graded = Graded(asked.seed, sorted(submission.name for submission in submissions))
        graded.gone = len(journal.names() - set(graded.names))
        events: Events = queue.SimpleQueue()
        with where(events) as place:
            for watcher in watchers:
                watcher.begun(graded.names, asked, place.said)
            _Class(order, journal, asked, watchers, graded).judge(submissions, place, events)

        def records() -> Iterator[Record]:
            return (journal.read(name) for name in graded.names)

        finals.tidy(order.out)
        graded.written = finals.write_whole_class(order.out, order.formats, records, order.audience)
        graded.summary = summary(records())
        return graded


@dataclass
class _Class:
    """A class under judgment: which submissions are with a worker, and what becomes of what comes."""

    order: Order
    journal: Journal
    asked: Asked
    watchers: Sequence[Watcher]
    graded: Graded
    running: set[str] = field(default_factory=set)

    def judge(self, submissions: Sequence[Submission], place: Place, events: Events) -> None:
        """Keep the place busy until everything has come."""
        waiting = iter(submissions)
        there = next(waiting, None)
        while there or self.running:
            while there and len(self.running) < place.width():
                self._give(there, place)
                there = next(waiting, None)
            try:
                name, reply = events.get(timeout=LOOK_S)
            except queue.Empty:
                for watcher in self.watchers:
                    watcher.look()
                continue
            if name in self.running:  # or it came a second time
                self._hear(name, reply)

    def _give(self, submission: Submission, place: Place) -> None:
        known = self.journal.judged(submission.name)
        self.running.add(submission.name)
        if not place.carries:
            place.submit(task_of(submission, self.asked, known))
        elif (found := whole(submission)).digest in known:
            self._known(submission.name)
            return
        else:
            place.submit(task_with(submission, found, self.asked))
        for watcher in self.watchers:
            watcher.started(submission.name)

    def _hear(self, name: str, reply: dict[str, Any]) -> None:
        came = reply.get("came")
        if came == "known":
            self._known(name)
        elif came == "judged":
            texts = {f"{part}.json": text for part, text in reply["reports"].items()}
            failure = {"failure.txt": reply["failure"]} if reply["failure"] else {}
            self._judged(reply["record"], {**texts, **failure}, again=bool(failure))
        elif came == "lost":
            record = begun(name, reply["digest"], self.asked) | {"error": reply["said"]}
            self._judged(record, {}, again=True)
        elif came in ("refused", "cancelled"):
            raise RefusedError(reply.get("said", "The workers are gone."))
        elif "question" in reply:
            for watcher in self.watchers:
                watcher.question(name, reply["question"])

    def _judged(self, record: Record, texts: Mapping[str, str], *, again: bool) -> None:
        finals.keep(self.order.out, record, texts)
        self.journal.add(record, again=again)
        finals.put(self.order.out, record)
        self._come(record, known=False)

    def _known(self, name: str) -> None:
        record = self.journal.read(name)
        finals.put(self.order.out, record)
        self._come(record, known=True)

    def _come(self, record: Record, *, known: bool) -> None:
        self.running.discard(record["name"])
        finals.write_each(self.order.out, self.order.formats, record, self.order.audience)
        if record["error"]:
            self.graded.failed[record["name"]] = record["error"]
        for watcher in self.watchers:
            watcher.came(record, known=known)

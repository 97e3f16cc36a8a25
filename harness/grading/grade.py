"""A class at a time: every submission to a worker, what comes of it to the journal, and all of it to the final files."""

from __future__ import annotations

import contextlib
import queue
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from harness.grading import finals
from harness.grading.asked import Asked, laws_digest
from harness.grading.executors import Events, Place
from harness.grading.folder import refuse_strangers, refuse_what_would_be_lost
from harness.grading.journal import Journal, Record, opened
from harness.grading.marking import begun
from harness.grading.submission import Submission
from harness.grading.task import task_of, task_with, whole
from harness.isolation.processes import be_unreadable
from harness.report.class_summary import Summary, summary
from harness.report.record import Audience

LOOK_S = 0.2
WRITE_S, WRITE_SHARE = 60.0, 20  # files of the class: once in so long, and in so many times what writing them takes


class RefusedError(Exception):
    """No worker can judge as is asked for; the message says why."""


@dataclass(frozen=True)
class Order:
    """What `specimen grade` was asked.

    Edges:   `asked` has the options of Asked, None for those that were not given; `command` goes on with it; `title` is
             what the class is called.
    """

    out: Path
    asked: Mapping[str, Any]
    resume: bool
    formats: Sequence[str]
    audience: Audience
    command: str
    title: str = "A class"


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

    Raises:  FolderError, NoClusterError, RefusedError; OSError when something cannot be written. What was judged is in the journal.
    """
    default = {
        "specimen": version("specimen"), "laws": laws_digest(), "seed": secrets.randbelow(10**9),
        "examples": Asked.examples, "timeout_s": Asked.timeout_s, "isolation": Asked.isolation,
        "audience": order.audience, "formats": list(order.formats),
    }  # fmt: skip
    be_unreadable()  # the seed is in this process
    refuse_what_would_be_lost(order.out, submissions, finals.FILES)
    with opened(order.out, order.asked, default, resume=order.resume, command=order.command) as journal:
        names = sorted(submission.name for submission in submissions)
        refuse_strangers(order.out, names, journal.names())
        journal.set(audience=order.audience, formats=list(order.formats))
        asked = Asked.of(journal.header)
        one = _Class(order, journal, asked, watchers, Graded(asked.seed, names, gone=len(journal.names() - set(names))))
        finals.put_away(order.out, journal.names() - set(names))
        try:
            one.judge_all(submissions, where)
        except BaseException:
            with contextlib.suppress(OSError):
                one.write_what_came()
            raise
        finals.tidy(order.out)
        one.write()
        finals.write_alone(order.out, order.formats, one.records, order.audience)
        one.graded.summary = summary(one.records())
        return one.graded


@dataclass
class _Class:
    """A class under judgment: which submissions are with a worker, and what becomes of what comes."""

    order: Order
    journal: Journal
    asked: Asked
    watchers: Sequence[Watcher]
    graded: Graded
    running: set[str] = field(default_factory=set)
    people: dict[str, Record] = field(default_factory=dict)
    is_behind: bool = False
    next_write: float = field(default_factory=lambda: time.monotonic() + WRITE_S)

    def records(self) -> Iterator[Record]:
        """The records of the class that there are, by name."""
        there = self.journal.names()
        return (self.journal.read(name) for name in self.graded.names if name in there)

    def write(self) -> None:
        """Write the files of the whole class, as far as it is."""
        started, order = time.monotonic(), self.order
        self.graded.written = finals.write_whole_class(
            order.out, order.formats, self.records, order.audience, order.title
        )
        now, self.is_behind = time.monotonic(), False
        self.next_write = now + max(WRITE_S, WRITE_SHARE * (now - started))

    def write_what_came(self) -> None:
        """Write them if they are behind the journal."""
        if self.is_behind:
            self.write()

    def judge_all(
        self, submissions: Sequence[Submission], where: Callable[[Events], AbstractContextManager[Place]]
    ) -> None:
        """Judge at a place that is there as long."""
        events: Events = queue.SimpleQueue()
        with where(events) as place:
            for watcher in self.watchers:
                watcher.begun(self.graded.names, self.asked, place.said)
            self.judge(submissions, place, events)

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
            if time.monotonic() > self.next_write:
                self.write_what_came()

    def _give(self, submission: Submission, place: Place) -> None:
        known = self._judged_before(submission.name)
        self.running.add(submission.name)
        self.people[submission.name] = {"id": submission.id, "members": list(submission.members)}
        if not place.carries:
            place.submit(task_of(submission, self.asked, known))
        elif (found := whole(submission)).digest in known:
            self._known(submission.name)
            return
        else:
            place.submit(task_with(submission, found, self.asked))
        for watcher in self.watchers:
            watcher.started(submission.name)

    def _judged_before(self, name: str) -> frozenset[str]:
        """The digest of what need not be judged again: its reports are there, too."""
        if known := self.journal.judged(name):
            finals.put(self.order.out, name, self.journal.digest(name))
            if finals.are_there(self.order.out, name, self.journal.files(name)):
                return known
        return frozenset()

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
        record |= self.people[record["name"]]
        sizes = finals.keep(self.order.out, record, texts)
        self.journal.add(record, again=again, files=sizes)
        finals.put(self.order.out, record["name"], record["digest"])
        self._come(record, known=False)

    def _known(self, name: str) -> None:
        record = self.journal.read(name)
        if (now := record | self.people[name]) != record:  # the course's list says otherwise by now
            self.journal.add(now, files=self.journal.files(name))
        self._come(now, known=True)

    def _come(self, record: Record, *, known: bool) -> None:
        self.running.discard(record["name"])
        self.is_behind = True
        finals.write_each(self.order.out, self.order.formats, record, self.order.audience)
        if record["error"]:
            self.graded.failed[record["name"]] = record["error"]
        for watcher in self.watchers:
            watcher.came(record, known=known)

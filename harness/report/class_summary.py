"""What came of a class: outcomes by question, the commonest broken laws, the slowest; for the terminal and for the page.

A record goes through here once and only what is shown of it stays, so that a class of any size takes little memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report import foreign
from harness.report.record import COLUMNS, STATUSES, Fault, Record, earned, faults, note_of, questions, total
from harness.report.terminal import COLOURS

BROKEN = {"broken", "flaky", "error", "timeout"}
MAX_NAMED = 10
MAX_KEPT_FAULTS = 3
MAX_KEPT_MESSAGE = 240
BAR = 24


@dataclass(frozen=True)
class Seen:
    """What is kept of one question of one submission."""

    id: str
    status: str
    points: float | None
    note: str
    faults: tuple[Fault, ...]
    n_more: int


@dataclass(frozen=True)
class Student:
    """What is kept of one submission.

    Units:   points in marks, time_s in seconds.
    """

    name: str
    points: float
    max_points: float
    time_s: float
    error: str
    remarks: tuple[str, ...]
    questions: tuple[Seen, ...]
    id: str = ""
    members: tuple[str, ...] = ()


@dataclass
class Summary:
    """What came of a class so far.

    Edges:   `broken` counts the submissions that break a law of a question; one whose item raises in every law is an
             error of the question, and breaks none of them for this count.
    """

    students: list[Student] = field(default_factory=list)
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: {q.id: Counter() for q in COLUMNS})
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)
    sentences: dict[tuple[str, str], str] = field(default_factory=dict)
    isolation: Counter[str] = field(default_factory=Counter)
    points: dict[str, float] = field(default_factory=lambda: {q.id: 0.0 for q in COLUMNS})

    def add(self, record: Record) -> None:
        """Take one record into account."""
        found = questions(record)
        points, most = total(record)
        for question in found:
            self.outcomes[question["id"]][question["status"]] += 1
            self.points[question["id"]] += earned(question) or 0.0
            if question["status"] in ("partial", "fail"):
                self._count(question)
        self.isolation[foreign.line(record["isolation"])] += 1
        remarks = tuple(foreign.line(one) for one in [*record["remarks"], *record["notes"]][:MAX_NAMED])
        kept = tuple(_seen(question, record) for question in found)
        error = foreign.line(record["error"] or "")
        who, members = foreign.line(record.get("id", "")), tuple(map(foreign.line, record.get("members", ())))
        self.students.append(
            Student(foreign.line(record["name"]), points, most, record["time_s"], error, remarks, kept, who, members)
        )

    def _count(self, question: dict[str, Any]) -> None:
        for law in question["laws"]:
            if law["status"] in BROKEN:
                key = (question["id"], foreign.line(law["name"]))
                self.broken[key] += 1
                self.sentences[key] = foreign.line(law["sentence"])

    def commonest(self, n: int = MAX_NAMED) -> list[tuple[str, str, str, int]]:
        """Question, name, sentence and count of the laws that most submissions break; of equals, the first by name."""
        ordered = sorted(self.broken.items(), key=lambda one: (-one[1], one[0]))
        return [(*key, self.sentences[key], count) for key, count in ordered[:n]]

    def slowest(self, n: int = MAX_NAMED) -> list[Student]:
        """The submissions that took longest."""
        return sorted(self.students, key=lambda student: (-student.time_s, student.name))[:n]


def summary(records: Iterable[Record]) -> Summary:
    """What came of a class."""
    made = Summary()
    for record in records:
        made.add(record)
    return made


def _seen(question: dict[str, Any], record: Record) -> Seen:
    found = faults(question, record, "staff") if question["laws"] else []
    kept = tuple(
        Fault(f.status, f.laws[:MAX_NAMED], f.sentence, foreign.line(f.message, at_most=MAX_KEPT_MESSAGE), "")
        for f in found[:MAX_KEPT_FAULTS]
    )
    note = "" if question["status"] == "human" else foreign.line(note_of(question, "staff"), at_most=MAX_KEPT_MESSAGE)
    return Seen(question["id"], question["status"], earned(question), note, kept, len(found) - len(kept))


def show(made: Summary, console: Console) -> None:
    """Print the summary."""
    n = len(made.students)
    console.print(_outcomes(made, n, is_coloured=console.color_system is not None))
    for question, law, sentence, count in made.commonest(5):
        console.print(Text(f"{count} of {n} break {question} {law}: ").append(sentence, "dim"))
    for student in made.slowest(3):
        console.print(Text(f"{student.time_s:.1f} s  {student.name}", "dim"))
    if failed := [student for student in made.students if student.error]:
        console.print(Text(f"{len(failed)} of {n} could not be judged, in part or at all:", "red"))
        for student in failed[:MAX_NAMED]:
            console.print(Text(f"  {student.name}: {student.error}"))


def _outcomes(made: Summary, n: int, *, is_coloured: bool) -> Table:
    """A line a question: how many of each outcome, and the points that came of it on the average; a bar says so again where
    its colours can be told apart."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    judged = [question for question in COLUMNS if made.outcomes[question.id]["human"] < n]
    there = [status for status in STATUSES if any(made.outcomes[question.id][status] for question in judged)]
    table.add_column("question")
    for status in there:
        table.add_column(status, justify="right", style=COLOURS[status])
    table.add_column("mean points", justify="right")
    table.add_column("", no_wrap=True, overflow="crop")
    for question in judged:
        counts = made.outcomes[question.id]
        marked = n - counts["human"]
        mean = f"{made.points[question.id] / marked:.2f}/{question.points:g}" if question.points and marked else ""
        bar = Text()
        for status, width in _shares(counts, n) if is_coloured else ():
            bar.append("\u2588" * width, COLOURS[status])
        table.add_row(question.id, *(str(counts[s] or "") for s in there), mean, bar)
    return table


def _shares(counts: Counter[str], n: int) -> list[tuple[str, int]]:
    """How much of a bar each outcome takes: its borders are rounded, so that the whole is always as wide."""
    found, seen = [], 0
    for status in STATUSES:
        start, seen = round(BAR * seen / n), seen + counts[status]
        found.append((status, round(BAR * seen / n) - start))
    return found

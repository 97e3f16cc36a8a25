"""What came of one submission, as every format reads it: a record of plain data, a question a column.

Nothing here trusts a record further than it must: a question that was not judged is there as `not-run` or `error`, and
only what passes, in whole or in part, has points.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from harness.report import foreign
from spec.answer import QUESTIONS as WRITTEN
from spec.contracts import CONTRACTS
from spec.handout import QUESTIONS, Question

Record = dict[str, Any]
Audience = Literal["students", "staff"]

COLUMNS: tuple[Question, ...] = tuple(
    q for q in QUESTIONS if q.points or q.kind == "prose" or q.id in WRITTEN or q.item in CONTRACTS
)
STATUSES = ("pass", "partial", "fail", "error", "timeout", "missing", "not-run", "human")
MAX_FAULTS = 8
MAX_MESSAGE = 1200


@dataclass(frozen=True)
class Fault:
    """Laws that do not hold in one way: their names, the first one's sentence, what was seen, the command to see it."""

    status: str
    laws: tuple[str, ...]
    sentence: str
    message: str
    replay: str


def questions(record: Record) -> list[dict[str, Any]]:
    """The questions of the handout that are judged or marked, each once, in its order.

    Edges:   one that the record does not have was not judged, and says why where that is known.
    """
    there = {question["id"]: question for question in record["questions"]}
    return [there.get(q.id) or _not_judged(q, record["error"]) for q in COLUMNS]


def _not_judged(question: Question, error: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": question.id, "title": question.title, "item": question.item, "max_points": question.points, "laws": [],
        "part": None,
    }  # fmt: skip
    if question.kind == "prose":
        return said | {"status": "human", "points": None, "note": ""}
    status, note = ("error", error) if error else ("not-run", "it was not judged")
    return said | {"status": status, "points": 0.0, "note": note}


def earned(question: dict[str, Any]) -> float | None:
    """The points of a question; None for one that a person marks."""
    if question["status"] == "human":
        return None
    return float(question["points"] or 0.0) if question["status"] in ("pass", "partial") else 0.0


def total(record: Record) -> tuple[float, float]:
    """The points of a submission, and how many there are of the questions that were not left to a person."""
    marked = [(e, q["max_points"]) for q in questions(record) if (e := earned(q)) is not None]
    return round(sum(e for e, _ in marked), 2), round(sum(float(most) for _, most in marked), 2)


def said_of(question: dict[str, Any]) -> str:
    """What came of a question, in one sentence."""
    if question["status"] == "human":
        return "Marked by a person, not by this program."
    laws = question["laws"]
    kept = f", {sum(law['status'] == 'pass' for law in laws)} of {len(laws)} laws hold" if laws else ""
    marks = (
        f", {earned(question):g} of {question['max_points']:g} points" if question["max_points"] else ", without points"
    )
    return f"{question['status']}{kept}{marks}."


def note_of(question: dict[str, Any], audience: Audience) -> str:
    """What else there is to say of a question.

    Edges:   what a marker looks for is for staff.
    """
    hidden = question["status"] == "human" and audience == "students"
    return "" if hidden else foreign.lines(question["note"], at_most=MAX_MESSAGE)


def faults(question: dict[str, Any], record: Record, audience: Audience) -> list[Fault]:
    """The laws that do not hold, those together that fail in one way, such as a line that always raises."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for law in question["laws"]:
        if law["status"] != "pass":
            groups.setdefault((law["status"], _cause(law)), []).append(law)
    return [
        Fault(
            law["status"], tuple(foreign.line(one["name"]) for one in group), foreign.line(law["sentence"]),
            foreign.lines(law["message"], at_most=MAX_MESSAGE), replay(law, question, record, audience),
        )
        for group in groups.values() for law in group[:1]
    ]  # fmt: skip


def _cause(law: dict[str, Any]) -> str:
    """What laws that fail in one way have in common: what was raised, whatever the sizes were."""
    if law["status"] == "broken":
        return str(law["name"])
    sizes, colon, rest = str(law["message"]).partition(": ")
    return rest if colon and any(c.isdigit() for c in sizes) else str(law["message"])


def replay(law: dict[str, Any], question: dict[str, Any], record: Record, audience: Audience) -> str:
    """The command that judges a law again, on the submission's own file; the seed of a class and how it was shut in are for staff."""
    try:
        words = shlex.split(law["replay"])
    except ValueError:
        return ""
    if words[:2] == ["specimen", "check"] and len(words) > 2:
        words[2] = record["parts"].get(question.get("part"), PurePosixPath(words[2]).name)
        for option in ("--seed", "--isolation") if audience == "students" else ():
            if option in words:
                at = words.index(option)
                del words[at : at + 2]
    return foreign.line(shlex.join(words), at_most=MAX_MESSAGE)

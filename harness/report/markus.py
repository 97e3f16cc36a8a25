"""A record as rows for MarkUs's custom tester: one JSON object a line and question, its name unique.

MarkUs adds up the marks of all rows, so a question that a person marks has none; what is said of it goes elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.report import foreign
from harness.report.record import MAX_FAULTS, Audience, Record, earned, faults, note_of, questions, said_of

MAX_OUTPUT = 8_000
STATUS = {
    "pass": "pass", "partial": "partial", "fail": "fail", "missing": "fail", "error": "error", "timeout": "error",
    "not-run": "error",
}  # fmt: skip


def rows(record: Record, *, audience: Audience = "students") -> Iterator[dict[str, Any]]:
    """A row a question that a program marks.

    Units:   time in whole milliseconds, or None where nothing ran.
    """
    for question in questions(record):
        if question["status"] != "human":
            yield row(question, record, audience=audience)


def row(question: dict[str, Any], record: Record, *, audience: Audience = "students") -> dict[str, Any]:
    """The row of one question; full marks are those of one that passes, and of no other."""
    laws = question["laws"]
    return {
        "name": f"{question['id']} {question['title']}",
        "output": _output(question, record, audience),
        "marks_earned": earned(question),
        "marks_total": float(question["max_points"]),
        "status": STATUS[question["status"]],
        "time": round(1000 * sum(law["time_s"] for law in laws)) if laws else None,
    }


def line(row: dict[str, Any]) -> str:
    """A row as it is printed."""
    return json.dumps(row, allow_nan=False) + "\n"


def left_to_people(record: Record) -> str:
    """What MarkUs's rows leave out, as a sentence for whoever reads what the tester says beside them; or nothing."""
    people = [q["id"] for q in questions(record) if q["status"] == "human"]
    return f"Marked by a person, and no row here: {', '.join(people)}." if people else ""


def _output(question: dict[str, Any], record: Record, audience: Audience) -> str:
    said = [said_of(question)]
    if note := note_of(question, audience):
        said.append(note)
    found = faults(question, record, audience)
    for fault in found[:MAX_FAULTS]:
        more = f" (and {len(fault.laws) - 1} more laws in this way)" if len(fault.laws) > 1 else ""
        said.append(f"{fault.status}: {fault.sentence}{more}\n{fault.message}\nagain: {fault.replay}")
    if len(found) > MAX_FAULTS:
        said.append(f"Laws that fail in other ways: {', '.join(fault.laws[0] for fault in found[MAX_FAULTS:])}")
    return foreign.lines("\n\n".join(said), at_most=MAX_OUTPUT)

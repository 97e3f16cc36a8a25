"""Records as one JSON document, for programs: a submission a line, schema 1; docs/formats.md says what each field means."""

from __future__ import annotations

import json as plain
from collections.abc import Iterable, Iterator
from typing import Any

from harness.report import foreign
from harness.report.record import Audience, Record, note_of, questions, replay, total

SCHEMA = 1


def json(records: Iterable[Record], *, audience: Audience = "staff") -> Iterator[str]:
    """The document, a submission at a time.

    Edges:   for students there is no seed, no fingerprint of code, and nothing of what a marker looks for.
    """
    head = plain.dumps({"schema": SCHEMA, "audience": audience})
    yield head.removesuffix("}") + ', "submissions": ['
    for i, record in enumerate(records):
        yield ("," if i else "") + "\n" + plain.dumps(_told(record, audience), allow_nan=False)
    yield "\n]}\n"


def _told(record: Record, audience: Audience) -> dict[str, Any]:
    points, most = total(record)
    hidden = {"seed", "shape", "isolation"} if audience == "students" else set()
    kept = {name: value for name, value in record.items() if name not in hidden}
    told = kept | {
        "points": points,
        "max_points": most,
        "questions": [_question(q, record, audience) for q in questions(record)],
    }
    cleaned: dict[str, Any] = _clean(told)
    return cleaned


def _question(question: dict[str, Any], record: Record, audience: Audience) -> dict[str, Any]:
    laws = [law | {"replay": replay(law, question, record, audience)} for law in question["laws"]]
    return question | {"note": note_of(question, audience), "laws": laws}


def _clean(value: Any) -> Any:
    """The same data with every text as it may be shown: no halves of surrogate pairs, which many programs refuse."""
    if isinstance(value, str):
        return foreign.lines(value, at_most=100_000)
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {foreign.line(str(name)): _clean(one) for name, one in value.items()}
    return value

"""The report as JSON, schema 1: a public format; docs/formats.md says what each field means."""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from harness.hunt import OPTIONS
from harness.outcome import Counterexample
from harness.request import SCHEMA, Report, argv_of_replay
from harness.run import Judged
from harness.verdict import Verdict
from harness.whole_file import write_whole
from spec.weights import weight

MAX_NUMBERS = 4096


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data.

    Units:   time_s in seconds, points in marks.
    Edges:   numbers that JSON has no word for are the strings "NaN", "Infinity" and "-Infinity".
    """
    return {
        "schema": SCHEMA,
        "subject": report.request.subject,
        "sha256": report.target.sha256,
        "device": report.request.device,
        "seed": report.seed,
        "isolation": report.isolation,
        "versions": report.versions,
        "time_s": round(report.time_s, 3),
        "hunt": _hunt(report),
        "asked": {"law": report.request.law, "question": report.request.question, "examples": report.request.examples},
        "required": report.request.require,
        "ok": report.ok,
        "notes": report.notes,
        "questions": [_question(report, verdict) for verdict in report.verdicts],
        "summary": dict(Counter(verdict.status for verdict in report.verdicts)),
    }


def write(report: Report, path: Path) -> None:
    """Write the report, whole or not at all.

    Raises:  OSError when the folder is not there or cannot be written.
    """
    text = json.dumps(as_json(report), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_whole(path, text)


def _hunt(report: Report) -> dict[str, str] | None:
    """What a caption was judged by, if anything was given."""
    given = {name: getattr(report.request, name) for name in OPTIONS.values()}
    return given if any(given.values()) else None


def _question(report: Report, verdict: Verdict) -> dict[str, Any]:
    question = verdict.question
    return {
        "id": question.id,
        "item": verdict.item,
        "title": question.title,
        "status": verdict.status,
        "points": verdict.points,
        "max_points": question.points,
        "note": verdict.note,
        "laws": [_law(report, verdict, judged) for judged in verdict.laws],
    }


def _law(report: Report, verdict: Verdict, judged: Judged) -> dict[str, Any]:
    outcome = judged.outcome
    return {
        "name": judged.law.name,
        "sentence": judged.law.sentence,
        "status": outcome.status,
        "message": outcome.message,
        "counterexample": outcome.counterexample and _counterexample(outcome.counterexample),
        "replay": shlex.join(argv_of_replay(report, verdict, judged.law.name)),
        "weight": weight(judged.law.name),
        "calls": judged.calls,
        "time_s": round(judged.time_s, 3),
    }


def _counterexample(seen: Counterexample) -> dict[str, Any]:
    return {
        "sizes": seen.sizes,
        "arrays": {name: _array(a) for name, a in seen.arrays.items()},
        "expected": None if seen.expected is None else _array(seen.expected),
        "actual": None if seen.actual is None else _array(seen.actual),
        "of": seen.of,
        "at": None if seen.at is None else list(seen.at),
    }


def _array(array: Any) -> dict[str, Any]:
    array = np.asarray(array)
    described: dict[str, Any] = {"shape": list(array.shape)}
    if array.size > MAX_NUMBERS:
        return {**described, "data": None, "left_out": f"{array.size} numbers; {MAX_NUMBERS} at most are written"}
    return {**described, "data": _finite(array.tolist())}


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value

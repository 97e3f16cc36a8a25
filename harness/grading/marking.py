"""One submission -> one record: each part under the laws, and every question of the handout once.

A record is plain data, and depends on the submission, the seed and the options alone, but for times: names of temporary
folders and addresses in memory, which code may print, are taken out.
"""

from __future__ import annotations

import functools
import json
import platform
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness.check import check
from harness.grading.asked import Asked
from harness.grading.parts import staged
from harness.grading.similar import fingerprint
from harness.grading.submission import Contents
from harness.grading.workers import Workers
from harness.isolation.level import Unreached
from harness.outcome import Ended, Unreadable
from harness.report.as_json import as_json
from harness.report.record import COLUMNS
from harness.request import Report, Request
from spec.contracts import CONTRACTS
from spec.handout import Question

SCHEMA = 1  # of a record
PARTS = {"3": "nmt", "4": "bert", "5": "clip"}  # by the first digit of a question; all others are written
NAMED = {"nmt": "notebook of section 3", "bert": "notebook of section 4", "clip": "notebook of section 5"}
BY_HAND = "to be judged with `specimen check` and its options --weights, --images and --target"
MAX_REPORT = 32 << 20
MAX_SHAPES, MAX_BESIDE = 2000, 50
MAX_TOLD = 5  # files that were not read, in the error of a submission
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
ROOM = tempfile.gettempdir()
SCRATCH = re.compile(re.escape(ROOM) + r"/specimen-[^/\s\"']+(/\d+)?")
Told = Callable[[dict[str, Any]], None]
OnQuestion = Callable[[Report], None]


@dataclass(frozen=True)
class Marked:
    """A record, the full report of each file as the text of a JSON file, and the traceback of an error of ours."""

    record: dict[str, Any]
    reports: dict[str, str]
    failure: str = ""


@dataclass(frozen=True)
class Came:
    """What came of one file: its report as plain data, or why there is none; `failure` is the traceback of an error of ours."""

    report: dict[str, Any] | None = None
    said: str = ""
    failure: str = ""


def mark(name: str, contents: Contents, asked: Asked, workers: Workers, tell: Told = lambda _: None) -> Marked:
    """Judge a submission.

    Edges:   `tell` hears of each question as soon as it is judged, where that is how it will stand in the record.
    Raises:  Unreached if subjects cannot be isolated as is asked for.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="specimen-handed-in-", ignore_cleanup_errors=True) as folder:
        there = staged(contents, Path(folder))
        shown = {part: path.relative_to(folder).as_posix() for part, path in there.parts.items()}
        came: dict[str, Came] = {}
        for path in dict.fromkeys(there.parts.values()):
            of_it = [part for part, one in there.parts.items() if one == path]
            put = _written if of_it == ["answers"] else functools.partial(_code, asked=asked, workers=workers)
            found = _came(path, shown[of_it[0]], put, _telling(of_it, tell))
            came |= dict.fromkeys(of_it, found)
        beside = sorted(Path(folder).rglob("*.py"))[:MAX_BESIDE]  # which a notebook may import
        shape = _shape(dict.fromkeys([path for part, path in there.parts.items() if part != "answers"] + beside))
    remarks = list(dict.fromkeys([*contents.remarks, *there.remarks]))
    unread = tuple(shown[part] for part, one in came.items() if one.said)  # which says what is wrong with them
    record = begun(name, contents.digest, asked) | {
        "parts": shown,
        "remarks": [_stable(one) for one in dict.fromkeys([*remarks, *_unread(came)])],
        "questions": [_question(question, came) for question in COLUMNS],
        "notes": [f"{shown[part]}: {note}" for part, report in _reports(came).items() for note in report["notes"]],
        "shape": shape,
        "error": _error(came, [one for one in (*contents.unread, *there.unread) if not one.startswith(unread)]),
    }
    for report in _reports(came).values():
        record["versions"] |= report["versions"]
    record["isolation"] = "; ".join(dict.fromkeys(r["isolation"] for r in _of_code(came))) or "nothing was run"
    record["time_s"] = round(time.monotonic() - started, 3)
    reports = {part: _text(report) for part, report in _reports(came).items()}
    return Marked(record, reports, "\n".join(dict.fromkeys(one.failure for one in came.values() if one.failure)))


def begun(name: str, digest: str, asked: Asked) -> dict[str, Any]:
    """A record of which nothing is known yet."""
    return {
        "schema": SCHEMA, "name": name, "id": "", "members": [], "digest": digest, "parts": {}, "remarks": [], "seed": asked.seed,
        "isolation": "nothing was run",
        "versions": {"python": platform.python_version(), "specimen": version("specimen")},
        "time_s": 0.0, "error": None, "questions": [], "notes": [], "shape": [],
    }  # fmt: skip


def part_of(question: Question | str) -> str:
    """The part of a submission in which a question is answered."""
    return PARTS.get((question if isinstance(question, str) else question.id)[0], "answers")


def _written(request: Request, on_question: OnQuestion) -> Report:
    """The report on a file of answers, in which nothing is run."""
    report = check(request)
    for verdict in report.verdicts:
        on_question(replace(report, verdicts=[verdict]))
    return report


def _code(request: Request, on_question: OnQuestion, *, asked: Asked, workers: Workers) -> Report:
    """The report on a notebook, or a file of Python."""
    request = replace(request, **asked.options())
    return workers.judged(lambda zygote: check(request, zygote=zygote, on_question=on_question))


def _came(path: Path, shown: str, put: Callable[[Request, OnQuestion], Report], tell: Told) -> Came:
    """What came of one file, told as it lies in the submission."""

    def plain(report: Report) -> dict[str, Any]:
        text = json.dumps(as_json(replace(report, request=replace(report.request, subject=shown))), allow_nan=False)
        found: dict[str, Any] = json.loads(_stable(text, path.parent))
        return found

    try:
        return Came(plain(put(Request(str(path)), lambda report: tell(_without_arrays(plain(report)["questions"][0])))))
    except Unreached:
        raise
    except (Unreadable, Ended) as error:
        said = str(getattr(error, "message", error)).rstrip(".")
        said = said if said.startswith(path.name) else f"{said[:1].upper()}{said[1:]}"
        return Came(said=_stable(f"{said}.", path.parent))
    except Exception as error:  # noqa: BLE001 - an error of ours costs one file, and is told with its traceback
        said = f"Judging {shown} failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return Came(said=_stable(said, path.parent), failure=traceback.format_exc())


def _telling(parts: Sequence[str], tell: Told) -> Told:
    """Tells of what is judged in the part that it belongs to: that will stand."""

    def telling(question: dict[str, Any]) -> None:
        part = part_of(question["id"])
        if part in parts and question["status"] not in ("missing", "human"):
            tell(question | {"part": part})

    return telling


def _question(question: Question, came: Mapping[str, Came]) -> dict[str, Any]:
    """What came of a question: where it belongs; of code that is not there, in another part that has it after all."""
    own = part_of(question)
    if question.kind == "prose":
        return _plainly(question, "human", f"look for: {question.looks_for}")
    kin = sorted((part for part in came if part.partition(" ")[0] == own), key=lambda part: (len(part), part))
    if found := _judged_in(kin, question, came):
        return found
    if unread := next((part for part in kin if came[part].said), None):
        return _plainly(question, "error", came[unread].said, unread)
    others = [part for part in came if part != "answers"] if question.kind == "programmed" else ["answers"]
    if found := _judged_in(others, question, came):
        return found
    note = f"no {NAMED.get(own, 'file of written answers')} was handed in"
    if own in came:
        note = f"{question.item} is not defined" if question.kind == "programmed" else "no answer"
    return _plainly(question, "missing", note, own if own in came else None)


def _judged_in(parts: Sequence[str], question: Question, came: Mapping[str, Came]) -> dict[str, Any] | None:
    """What came of a question in the first of some parts that has it."""
    for part in parts:
        one = came.get(part)
        found = one and one.report and _in(one.report, question)
        if found and found["status"] == "not-run" and question.item in CONTRACTS and CONTRACTS[question.item].is_text:
            return _plainly(question, "human", BY_HAND, part)  # a class has no weights and no pictures
        if found and found["status"] != "missing":
            return _without_arrays(found) | {"part": part}
    return None


def _in(report: dict[str, Any], question: Question) -> dict[str, Any] | None:
    return next((one for one in report["questions"] if one["id"] == question.id), None)


def _plainly(question: Question, status: str, note: str, part: str | None = None) -> dict[str, Any]:
    """A question of which no law was judged."""
    points = None if status == "human" else 0.0
    return {
        "id": question.id, "item": question.item, "title": question.title, "status": status, "points": points,
        "max_points": question.points, "note": note, "laws": [], "part": part,
    }  # fmt: skip


def _without_arrays(question: dict[str, Any]) -> dict[str, Any]:
    laws = [{name: value for name, value in law.items() if name != "counterexample"} for law in question["laws"]]
    return question | {"laws": laws}


def _error(came: Mapping[str, Came], damaged: Sequence[str]) -> str | None:
    """What of a submission could not be judged, and why, or what failed in judging it; None where neither."""
    if failed := [one.said for one in came.values() if one.failure]:
        return " ".join(dict.fromkeys(failed))
    nothing = [] if came or damaged else ["Nothing of the assignment was found in it."]
    more = [f"So are {len(damaged) - MAX_TOLD} more."] if len(damaged) > MAX_TOLD else []
    return " ".join(dict.fromkeys([*_unread(came), *map(_stable, damaged[:MAX_TOLD]), *more, *nothing])) or None


def _unread(came: Mapping[str, Came]) -> list[str]:
    return [one.said for one in came.values() if one.said]


def _reports(came: Mapping[str, Came]) -> dict[str, dict[str, Any]]:
    """The reports by part, each once."""
    found: dict[str, dict[str, Any]] = {}
    for part, one in came.items():
        if one.report is not None and not any(one.report is other for other in found.values()):
            found[part] = one.report
    return found


def _of_code(came: Mapping[str, Came]) -> list[dict[str, Any]]:
    return [report for part, report in _reports(came).items() if part != "answers"]


def _text(report: dict[str, Any]) -> str:
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    if len(text) <= MAX_REPORT:
        return text
    short = report | {"questions": [_without_arrays(question) for question in report["questions"]]}
    return json.dumps(short, indent=1, ensure_ascii=False) + "\n"


def _shape(paths: Iterable[Path]) -> list[str]:
    found: dict[str, None] = {}
    for path in paths:
        found |= dict.fromkeys(fingerprint(path.read_text(encoding="utf-8", errors="replace")))
    return list(found)[:MAX_SHAPES]


def _stable(text: str, folder: Path | None = None) -> str:
    """A text without what differs from run to run: folders that were made for it, addresses in memory."""
    for place in (folder, folder and folder.resolve()):
        if place:
            text = text.replace(f"{place}/", "").replace(str(place), ".")
    text = SCRATCH.sub("~", text)
    if Path(ROOM).name.startswith("specimen-"):  # made for this process
        text = text.replace(ROOM, "~")
    return ADDRESS.sub("0x...", text)

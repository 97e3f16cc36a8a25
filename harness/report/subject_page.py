"""What came of a check as a page: outcomes by question, each broken law with its counterexample drawn, in one file.

It is made from the report alone, in the process that judges, and trusts nothing that the subject has said: its texts are
cut off, what cannot be seen in them is shown as a sign, and the template escapes them (`harness.report.page`).
"""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import Any

from harness.outcome import Outcome
from harness.report import foreign
from harness.report.page import render
from harness.report.picture import Picture, picture
from harness.report.terminal import alike
from harness.request import Report, argv_again, argv_of_replay
from harness.run import Judged
from harness.verdict import NO_CONTRACT, Verdict
from harness.whole_file import write_whole
from spec.weights import weight

HERE = Path(__file__).parent
MAX_MESSAGE, MAX_COMMAND, MAX_ANSWER = 2000, 20_000, 20_000
MAX_DRAWN = 100  # counterexamples; after these a law has its message and its command alone
MEANS = {
    "pass": "right",
    "partial": "some of it is right, and the points are in proportion to what that weighs",
    "fail": "nothing of it is right that earns points",
    "error": "it raised an error, its process ended, or it could not be read",
    "timeout": "it took too long",
    "missing": "nothing by this name was handed in",
    "not-run": "something that is needed for judging is not here",
    "human": "a person marks it",
    "broken": "it answered, and the answer is wrong",
    "flaky": "wrong once, and not again on the same inputs",
}
KINDS = tuple(status for status in MEANS if status not in ("partial", "fail", "missing", "human"))


def write(report: Report, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:  OSError when the folder is not there or cannot be written.
    """
    write_whole(path, page(report))


def page(report: Report) -> str:
    """The page as text; the same report is the same text."""
    judged = [v for v in report.verdicts if v.laws or v.status in ("missing", "error", "timeout", "fail")]
    others = [v for v in report.verdicts if v.status == "not-run" and v not in judged]
    name = report.request.subject
    name = foreign.line(name if report.target.kind == "module" else Path(name).name)
    drawing = Drawing()
    questions = [_question(report, verdict, i, drawing) for i, verdict in enumerate(judged)]
    laws = [law for question in questions for law in question["laws"]]
    return render(
        HERE / "subject.html.j2",
        title=f"{name} \N{EN DASH} what holds",
        styles=[HERE / "subject.css"],
        name=name,
        holds=_hold(report)[0],
        hold=_hold(report)[1],
        totals=_totals(report, judged, laws),
        questions=questions,
        laws=laws,
        is_drawn=any(law["picture"] and law["picture"].has_cells for q in questions for law in q["groups"]),
        statuses=[status for status in KINDS if any(law["status"] == status for law in laws)],
        means=_means([q["status"] for q in questions] + [law["status"] for law in laws]),
        not_judged=[_aside(v, "" if v.note == NO_CONTRACT else v.note) for v in others],
        human=[_aside(v, v.note) for v in report.verdicts if v.status == "human" and v not in judged],
        notes=[foreign.line(note, at_most=MAX_MESSAGE) for note in report.notes],
        environment=_environment(report),
        command_of_all=_command(argv_again(report)),
    )


class Drawing:
    """How many counterexamples have been drawn."""

    def __init__(self) -> None:
        self.n = 0

    def of(self, outcome: Outcome, item: str | None) -> Picture | None:
        """The picture of an outcome, until there are enough of them."""
        if outcome.counterexample is None or self.n >= MAX_DRAWN:
            return None
        self.n += 1
        drawn = picture(outcome.counterexample, item)
        return None if drawn.is_blank else drawn


def _hold(report: Report) -> tuple[str, str]:
    """What one law does, or a part of a written answer, and several."""
    return ("part is right", "parts are right") if report.seed is None else ("law holds", "laws hold")


def _totals(report: Report, judged: list[Verdict], laws: list[dict[str, Any]]) -> list[str]:
    """What came of it as a whole, in sentences."""
    counts: Counter[str] = Counter(verdict.status for verdict in judged)
    told = [f"{counts[status]} {status}" for status in MEANS if counts[status]]
    said = [f"Questions: {', '.join(told)}." if told else "No question was judged."]
    marked = [v for v in judged if v.points is not None and v.question.points]
    if marked:
        got, most = (
            sum(values) for values in zip(*((v.points or 0.0, v.question.points) for v in marked), strict=True)
        )
        said.append(f"Points that a program gives: {got:g} of {most:g}.")
    if laws:
        said.append(f"{sum(law['status'] == 'pass' for law in laws)} of {len(laws)} {_hold(report)[1]}.")
    required = {"offered": "all that is offered", "all": "everything"}.get(
        report.request.require, report.request.require
    )
    said.append(f"What is required ({required}) {'passes' if report.ok else 'does not pass'}.")
    return said


def _question(report: Report, verdict: Verdict, index: int, drawing: Drawing) -> dict[str, Any]:
    groups = alike([one for one in verdict.laws if one.outcome.status != "pass"])
    ids = {id(one): f"law-{index}-{i}" for i, one in enumerate(verdict.laws)}
    points = (
        ""
        if verdict.points is None or not verdict.question.points
        else f"{verdict.points:g} of {verdict.question.points:g}"
    )
    return {
        "anchor": f"question-{index}",
        "id": verdict.question.id,
        "title": verdict.question.title,
        "item": foreign.line(verdict.item or ("" if verdict.text is None else "answer")),
        "status": verdict.status,
        "points": points,
        "value": verdict.points,
        "passed": verdict.passed,
        "n_laws": len(verdict.laws),
        "note": foreign.line(verdict.note, at_most=MAX_MESSAGE),
        "text": None if verdict.text is None else foreign.lines(verdict.text, at_most=MAX_ANSWER),
        "groups": [_group(report, verdict, group, ids, drawing) for group in groups],
        "held": [_law(one, verdict, ids) for one in verdict.laws if one.outcome.status == "pass"],
        "laws": [_law(one, verdict, ids) for one in verdict.laws],
    }


def _law(judged: Judged, verdict: Verdict, ids: dict[int, str]) -> dict[str, Any]:
    return {
        "anchor": ids[id(judged)],
        "question": verdict.question.id,
        "name": judged.law.name,
        "said": f"{verdict.question.id} {judged.law.name}",
        "sentence": foreign.line(judged.law.sentence),
        "status": judged.outcome.status,
        "weight": weight(judged.law.name) if verdict.text is None else 1.0,
        "time_s": judged.time_s,
    }


def _group(
    report: Report, verdict: Verdict, group: list[Judged], ids: dict[int, str], drawing: Drawing
) -> dict[str, Any]:
    """A law that does not hold, with those that fail in the same way."""
    first = group[0]
    drawn = drawing.of(first.outcome, verdict.item)
    seen = first.outcome.counterexample
    is_cut = seen is not None and drawn is None and drawing.n >= MAX_DRAWN
    return {
        **_law(first, verdict, ids),
        "message": foreign.lines(first.outcome.message, at_most=MAX_MESSAGE),
        "read_as": foreign.line(seen.of, at_most=MAX_MESSAGE) if seen and verdict.text is not None else "",
        "picture": drawn,
        "is_cut": is_cut,
        "alike": [{**_law(one, verdict, ids), "command": _replay(report, verdict, one)} for one in group[1:]],
        "command": _replay(report, verdict, first),
    }


def _replay(report: Report, verdict: Verdict, judged: Judged) -> dict[str, Any]:
    return _command(argv_of_replay(report, verdict, judged.law.name))


def _command(words: list[str]) -> dict[str, Any]:
    """A command to copy; one with signs that cannot be seen is shown, and not offered."""
    exact = shlex.join(words)
    text = foreign.lines(exact, at_most=MAX_COMMAND)
    return {"text": text, "is_exact": text == exact}


def _means(statuses: list[str]) -> list[tuple[str, str]]:
    return [(status, said) for status, said in MEANS.items() if status in statuses]


def _aside(verdict: Verdict, said: str) -> dict[str, str]:
    question = verdict.question
    text = foreign.line(said, at_most=MAX_MESSAGE)
    return {"id": question.id, "title": question.title, "said": f"{text[:1].upper()}{text[1:]}"}


def _environment(report: Report) -> list[tuple[str, str]]:
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    there = [
        ("subject", report.request.subject),
        ("sha256", report.target.sha256),
        ("seed", "" if report.seed is None else str(report.seed)),
        ("device", report.request.device if report.seed is not None else ""),
        ("isolation", report.isolation),
        ("versions", versions),
        ("time", f"{report.time_s:.1f} s"),
        ("cases a law", str(report.request.examples) if report.seed is not None else ""),
    ]
    return [(name, foreign.line(value, at_most=MAX_MESSAGE)) for name, value in there if value]

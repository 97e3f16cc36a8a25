"""The report for somebody who reads it on a terminal."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.outcome import Counterexample
from harness.request import Report, argv_of_replay
from harness.run import Judged
from harness.verdict import NO_CONTRACT, Verdict
from spec.handout import QUESTIONS, Question

COLOURS = {
    "pass": "green", "partial": "yellow", "fail": "red", "error": "red", "broken": "red", "timeout": "magenta",
    "flaky": "magenta", "missing": "yellow", "not-run": "dim", "human": "dim",
}  # fmt: skip
SHOWN_NUMBERS = 12
SHAPE = re.compile(  # (2, 3), [2, 3], 2x3, (2), size 2, dimension 2; not an index, context[0, 1]
    r"(?<![\w\]])[(\[](?:\d+(?:, ?\d+)*,?)?[)\]]|\b\d+(?:x\d+)+\b|(?<=\bsize )\d+|(?<=\bdimension )\d+"
)
SHAPES = re.compile(r"\[\](?: or \[\])+")


def show(report: Report, console: Console) -> None:
    """Print the verdicts as a table, then every law that did not pass."""
    judged = [v for v in report.verdicts if v.laws or v.status in ("missing", "error", "timeout", "fail")]
    console.print(_table(judged))
    for verdict in judged:
        _show_laws(report, verdict, console)
    _show_rest(report, console)
    for note in report.notes:
        console.print(Text(f"note: {_clean(note)}"))
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    drawn = "" if report.seed is None else f"seed {report.seed}, {report.request.device}, "
    console.print(Text(f"{report.time_s:.1f} s, {drawn}{report.isolation}; {versions}", "dim"))


def show_questions(console: Console) -> None:
    """Print every question of the handout."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, how in (
        ("question", {}),
        ("title", {}),
        ("points", {"justify": "right"}),
        ("kind", {}),
        ("looks for", {}),
    ):
        table.add_column(heading, **how)  # type: ignore[arg-type]
    for q in QUESTIONS:
        kind = q.kind + (f" [Type {q.llm_type}]" if q.llm_type else "")
        table.add_row(q.id, Text(q.title), f"{q.points:g}", Text(kind), Text(q.looks_for, "dim"))
    console.print(table)


def show_question(question: Question, console: Console, *, written: bool) -> None:
    """Print one question of the handout, and how it is to be answered if it is a written one."""
    kind = question.kind + (f" [Type {question.llm_type}]" if question.llm_type else "")
    console.print(Text(f"{question.id} {question.title}", "bold").append(f"   {question.points:g} points, {kind}"))
    if not written:
        console.print(Text(f"looks for: {question.looks_for}", "dim"))
    else:
        from harness.report import answer

        answer.show_question(question.id, console)


def _table(verdicts: list[Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (
        ("question", "left"),
        ("item", "left"),
        ("outcome", "left"),
        ("points", "right"),
        ("laws", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for v in verdicts:
        points = "" if v.points is None else f"{v.points:g}/{v.question.points:g}"
        laws = f"{v.passed}/{len(v.laws)}" if v.laws else ""
        table.add_row(
            v.question.id,
            v.item or ("" if v.text is None else "answer"),
            Text(v.status, COLOURS[v.status]),
            points,
            laws,
        )
    return table


def _show_laws(report: Report, verdict: Verdict, console: Console) -> None:
    groups = alike([judged for judged in verdict.laws if judged.outcome.status != "pass"])
    if not groups and not verdict.note:
        return
    console.print()
    laws = f"   {verdict.passed}/{len(verdict.laws)} laws" if verdict.laws else ""
    heading = Text(f"{verdict.question.id} {verdict.item or verdict.question.title}   ")
    console.print(heading.append(verdict.status, COLOURS[verdict.status]).append(laws))
    if verdict.note:
        console.print(Padding(Text(_clean(verdict.note)), (0, 0, 0, 2)))
    for group in groups:
        _show_law(report, verdict, group, console)


def alike(failing: list[Judged]) -> list[list[Judged]]:
    """Failing laws, those together that fail in one way whatever the inputs, such as a line that always raises or an output
    of a wrong type or shape.

    Edges:   a law that compares numbers stands by itself, and two messages are the same whatever sizes and shapes they name.
    """
    groups: dict[str, list[Judged]] = {}
    for judged in failing:
        outcome, seen = judged.outcome, judged.outcome.counterexample
        message = outcome.message.removeprefix(f"{seen.sizes}: ") if seen else outcome.message
        compares = outcome.status == "broken" and seen is not None and seen.actual is not None
        key = judged.law.name if compares else outcome.reason or SHAPES.sub("[]", SHAPE.sub("[]", message))
        groups.setdefault(f"{outcome.status} {key}", []).append(judged)
    return list(groups.values())


def _show_law(report: Report, verdict: Verdict, group: list[Judged], console: Console) -> None:
    first = group[0]
    line = Table.grid(expand=True)
    line.add_column(ratio=1)
    line.add_column(justify="right")
    line.add_row(Text(first.law.sentence), Text(f" {first.outcome.status}", COLOURS[first.outcome.status]))
    console.print(Padding(line, (0, 0, 0, 2)))
    console.print(Padding(Text(_clean(first.outcome.message)), (0, 0, 0, 4)))
    if len(group) > 1:
        come_to = "are not run for" if first.outcome.status == "not-run" else "fail like"
        all_of = "all" if len(group) == len(verdict.laws) else "these"
        names = "" if all_of == "all" else f": {', '.join(judged.law.name for judged in group)}"
        console.print(Padding(Text(f"{all_of} {len(group)} laws {come_to} this{names}", "dim"), (0, 0, 0, 4)))
    elif first.outcome.counterexample and verdict.text is None:  # of an answer the message has the numbers
        for text in _arrays(first.outcome.counterexample):
            console.print(Padding(Text(text, "dim"), (0, 0, 0, 4)))
    again = shlex.join(argv_of_replay(report, verdict, first.law.name))
    console.print(Text(f"    again: {_clean(again)}"), soft_wrap=True)  # to be copied


def _arrays(seen: Counterexample) -> list[str]:
    """The inputs, what was expected and what came, where they are small enough to be read."""
    named = {name: a for name, a in seen.arrays.items() if "." not in name} | {
        "expected": seen.expected,
        "actual": seen.actual,
    }
    shown = {name: a for name, a in named.items() if a is not None and np.asarray(a).size <= SHOWN_NUMBERS}
    lines = {name: _array(name, a) for name, a in shown.items()}
    ends = [lines[name].removeprefix(name) for name in ("expected", "actual") if name in lines]
    if len(ends) == 2 and ends[0] == ends[1]:  # they differ further on
        lines |= {name: _array(name, shown[name], digits=15) for name in ("expected", "actual")}
    return list(lines.values())


def _array(name: str, array: Any, digits: int = 6) -> str:
    array = np.asarray(array)
    numbers = np.array2string(array, precision=digits, separator=", ", max_line_width=10**6).replace("\n", "")
    sizes = f" {list(array.shape)}" if array.ndim else ""
    return f"{name}{sizes} = {' '.join(numbers.split())}"


def _show_rest(report: Report, console: Console) -> None:
    """The questions that were not judged here: what is written, what has no contract, what a person marks."""
    others = [v.question for v in report.verdicts if v.status == "not-run" and v.note == NO_CONTRACT]
    written = [question.id for question in others if question.kind == "written"]
    not_run = [question.id for question in others if question.kind != "written"]
    human = [v.question.id for v in report.verdicts if v.status == "human"]
    console.print()
    if written:
        how = f"judged in a file of answers, `specimen questions {written[0]}` says how"
        console.print(Text(f"{how}: {', '.join(written)}", "dim"))
    if not_run:
        console.print(Text(f"not-run, {NO_CONTRACT}: {', '.join(not_run)}", "dim"))
    if human:
        console.print(Text(f"human, `specimen questions` says what to look for: {', '.join(human)}", "dim"))


def _clean(text: str) -> str:
    """A foreign text without what would move a cursor."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)[:2000]

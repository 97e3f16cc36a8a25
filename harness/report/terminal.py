"""The report for somebody who reads it on a terminal."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.check import Report, argv_of_replay
from harness.outcome import Counterexample
from harness.run import Judged
from harness.verdict import NO_CONTRACT, Verdict
from spec.handout import QUESTIONS

COLOURS = {
    "pass": "green", "partial": "yellow", "fail": "red", "error": "red", "broken": "red", "timeout": "magenta",
    "flaky": "magenta", "missing": "yellow", "not-run": "dim", "human": "dim",
}  # fmt: skip
SHOWN_NUMBERS = 24


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
    console.print(
        Text(f"{report.time_s:.1f} s, seed {report.seed}, {report.request.device}, {report.isolation}; {versions}", "dim")
    )


def show_questions(console: Console) -> None:
    """Print every question of the handout."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, how in (("question", {}), ("title", {}), ("points", {"justify": "right"}), ("kind", {}), ("looks for", {})):
        table.add_column(heading, **how)  # type: ignore[arg-type]
    for q in QUESTIONS:
        kind = q.kind + (f" [Type {q.llm_type}]" if q.llm_type else "")
        table.add_row(q.id, Text(q.title), f"{q.points:g}", Text(kind), Text(q.looks_for, "dim"))
    console.print(table)


def _table(verdicts: list[Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("question", "left"), ("item", "left"), ("outcome", "left"), ("points", "right"), ("laws", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for v in verdicts:
        points = f"{v.points or 0:g}/{v.question.points:g}"
        laws = f"{v.passed}/{len(v.laws)}" if v.laws else ""
        table.add_row(v.question.id, v.item or "", Text(v.status, COLOURS[v.status]), points, laws)
    return table


def _show_laws(report: Report, verdict: Verdict, console: Console) -> None:
    failing = [judged for judged in verdict.laws if judged.outcome.status != "pass"]
    if not failing and not verdict.note:
        return
    console.print()
    laws = f"   {verdict.passed}/{len(verdict.laws)} laws" if verdict.laws else ""
    heading = Text(f"{verdict.question.id} {verdict.item}   ")
    console.print(heading.append(verdict.status, COLOURS[verdict.status]).append(laws))
    if verdict.note:
        console.print(Padding(Text(_clean(verdict.note)), (0, 0, 0, 2)))
    if failing and all(_essence(judged) == _essence(failing[0]) for judged in failing) and len(failing) > 1:
        names = ", ".join(judged.law.name for judged in failing)
        console.print(Padding(Text(f"{len(failing)} laws fail in the same way: {names}", "dim"), (0, 0, 0, 2)))
        failing = failing[:1]
    for judged in failing:
        _show_law(report, verdict, judged, console)


def _essence(judged: Judged) -> str:
    """A failure without the sizes it was found at: what many laws have in common when nothing works."""
    outcome = judged.outcome
    sizes = f"{outcome.counterexample.sizes}: " if outcome.counterexample else ""
    return f"{outcome.status} {outcome.message.removeprefix(sizes)}"


def _show_law(report: Report, verdict: Verdict, judged: Judged, console: Console) -> None:
    outcome = judged.outcome
    line = Table.grid(expand=True)
    line.add_column(ratio=1)
    line.add_column(justify="right")
    line.add_row(Text(judged.law.sentence), Text(f" {outcome.status}", COLOURS[outcome.status]))
    console.print(Padding(line, (0, 0, 0, 2)))
    console.print(Padding(Text(_clean(outcome.message)), (0, 0, 0, 4)))
    if seen := outcome.counterexample:
        for text in _arrays(seen):
            console.print(Padding(Text(text, "dim"), (0, 0, 0, 4)))
    again = f"again: {shlex.join(argv_of_replay(report, verdict, judged.law.name))}"
    console.print(Padding(Text(again), (0, 0, 0, 4)), soft_wrap=True)


def _arrays(seen: Counterexample) -> list[str]:
    shown = [_array(name, a) for name, a in seen.arrays.items() if np.asarray(a).size <= SHOWN_NUMBERS]
    for name, a in (("expected", seen.expected), ("actual", seen.actual)):
        if a is not None and np.asarray(a).size <= SHOWN_NUMBERS:
            shown.append(_array(name, a))
    return shown


def _array(name: str, array: Any) -> str:
    array = np.asarray(array)
    numbers = np.array2string(array, precision=6, separator=", ", max_line_width=10**6).replace("\n", "")
    return f"{name} {list(array.shape)} = {' '.join(numbers.split())}"


def _show_rest(report: Report, console: Console) -> None:
    """The questions that were not judged, in two lines."""
    not_run = [v.question.id for v in report.verdicts if v.status == "not-run" and v.note == NO_CONTRACT]
    human = [v.question.id for v in report.verdicts if v.status == "human"]
    console.print()
    if not_run:
        console.print(Text(f"not-run, {NO_CONTRACT}: {', '.join(not_run)}", "dim"))
    if human:
        console.print(Text(f"human, `specimen questions` says what to look for: {', '.join(human)}", "dim"))


def _clean(text: str) -> str:
    """A foreign text without what would move a cursor."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)[:2000]

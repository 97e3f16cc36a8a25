"""What sections share when they tell what runs have found: results or what is missing, verdicts on code, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import rich.table

from spec.handout import BY_ID
from writeup.paper.blocks import Block, Heading, Line, Missing, Note, Paragraph, Strong, Table, line
from writeup.record import Lacking, Run
from writeup.runs.kinds import KINDS

Runs = Mapping[str, Run | Lacking]
MINUS = re.compile(r"(?<![\w.])-(?=\d)|(?<= )-(?= )")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def with_results(runs: Runs, kind: str, file: str, tell: Callable[[Any, str], list[Block]]) -> list[Block]:
    """What is told of a run's results, by their content and the run's id; or that they are missing, and what makes them."""
    run = run_of(runs, kind)
    if isinstance(run, Lacking):
        return [missing(run)]
    try:
        return tell(run.read(file), run.record.id)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        why = f"{run.folder / file} says nothing that can be told: {error!r}"
        return [missing(Lacking(kind, why, run.record.command))]


def run_of(runs: Runs, kind: str) -> Run | Lacking:
    """The run of a kind; one that nobody has looked for lacks."""
    return runs.get(kind) or Lacking(kind, "nobody has looked for them", KINDS[kind].command)


def missing(run: Lacking) -> Paragraph:
    """In the place of what a run would have found."""
    return Paragraph((Missing(f"the results of {run.kind}: {run.why}", run.command),))


def heading(question: str) -> Heading:
    """A question's heading, as deep as its number, with its points if it is marked."""
    asked = BY_ID[question]
    return Heading(2 + question.count("."), question, asked.title, asked.points or None)


def verdict(runs: Runs, notebook: str, question: str) -> Block:
    """How many laws the handed-in code satisfies, in the words of the report on it."""
    run = run_of(runs, f"check-{notebook}")
    if isinstance(run, Lacking):
        return missing(run)
    report = run.read("report.json")
    judged = next((one for one in report["questions"] if one["id"] == question), None)
    if judged is None:
        return Paragraph((Missing(f"{question} in the report on notebooks/{notebook}.ipynb", run.record.command),))
    held = sum(law["status"] == "pass" for law in judged["laws"])
    said: Line = (
        "Put under the laws: ", Strong(judged["status"]), f", {held} of {len(judged['laws'])} hold, {judged['points']:g} of"
        f" {judged['max_points']:g} points.",
    )  # fmt: skip
    return Note(said, (run.record.id,))


def plain(sentences: list[str]) -> tuple[Line, ...]:
    """Sentences that a finding was told in, as lines: signs of numbers are minus signs, names of options code."""
    return tuple(line(OPTION.sub(r"`\g<0>`", MINUS.sub("\N{MINUS SIGN}", sentence))) for sentence in sentences)


def table(shown: rich.table.Table, caption: Line, run: str) -> Table:
    """A table of the terminal's as one of the paper's."""
    columns = shown.columns
    rows = zip(*(column.cells for column in columns), strict=True)
    return Table(
        caption,
        tuple(str(column.header) for column in columns),
        tuple(tuple((str(cell),) for cell in row) for row in rows),
        "".join("r" if column.justify == "right" else "l" for column in columns),
        (run,),
    )

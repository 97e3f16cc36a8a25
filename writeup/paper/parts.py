"""Blocks as plain data, a function a kind: with the words that stand around them, and their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from writeup.figures import files
from writeup.paper import blocks, chain, mathematics
from writeup.paper.spans import Laid, formula, of, seen, shapely

NUMBER = re.compile(r"[-\N{MINUS SIGN}]?\d[\d,]*(\.\d+)?")
FIGURE_SPACE, PUNCTUATION_SPACE = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"


def part(block: blocks.Block, n: int) -> Laid:
    """A block as data; it is the n-th of its kind."""
    return {"kind": type(block).__name__.lower(), **PARTS[type(block)](block, n)}


def rest(step: blocks.Step) -> str:
    """The right side of an equation with its relation, in LaTeX."""
    return f"{step.relation} {step.right}"


def _heading(heading: blocks.Heading, n: int) -> Laid:
    points = heading.points
    return {
        "level": heading.level, "number": seen(heading.number), "title": seen(heading.title), "id": f"h{n}",
        "points": "" if points is None else f"{points:g} point{'' if points == 1 else 's'}",
    }  # fmt: skip


def _paragraph(paragraph: blocks.Paragraph, n: int) -> Laid:
    return {"line": of(paragraph.line)}


def _note(note: blocks.Note, n: int) -> Laid:
    return {"line": of(note.line), "runs": list(note.runs)}


def _points(points: blocks.Points, n: int) -> Laid:
    return {"items": [of(line) for line in points.lines]}


def _answer(answer: blocks.Answer, n: int) -> Laid:
    count = len(answer.sentences)
    said = f"Answer in {count} sentence{'' if count == 1 else 's'} of at most {answer.limit}"
    return {
        "says": "Answer" if answer.limit is None else said,
        "sentences": [of(sentence) for sentence in answer.sentences],
        "runs": list(answer.runs),
    }


def _derivation(derivation: blocks.Derivation, n: int) -> Laid:
    return _chain(derivation.steps, "derivation")


def _printed(printed: blocks.Printed, n: int) -> Laid:
    goes = f"goes wrong at step {(printed.wrong or 0) + 1} of {len(printed.steps)}" if printed.steps else "wrong"
    goes = "right" if printed.wrong is None else goes
    return {
        "title": "The printed answer", "says": of(printed.says), "wrong": printed.wrong, "verdict": goes,
        **_chain(printed.steps, "printed"),
    }  # fmt: skip


def _chain(steps: Sequence[blocks.Step], within: str) -> Laid:
    """A chain of equations, with their places."""
    wide = mathematics.widths(list(dict.fromkeys(side for step in steps for side in (step.left, rest(step)))))
    shown = [
        {
            "says": of(step.says), "left": formula(step.left, display=True), "rest": formula(rest(step), display=True),
            "holds": step.holds, "how": of(step.how),
        }
        for step in steps
    ]  # fmt: skip
    return {"steps": shown, "placed": chain.placed([(wide[step.left], wide[rest(step)]) for step in steps], within)}


def _figure(figure: blocks.Figure, n: int) -> Laid:
    svg = figure.drawn if isinstance(figure.drawn, bytes) else files.content(figure.drawn, "svg")
    return {
        "title": f"Figure {n}.", "svg": svg.decode(), "caption": of(figure.caption), "says": seen(figure.says),
        "runs": list(figure.runs),
    }  # fmt: skip


def _table(table: blocks.Table, n: int) -> Laid:
    widths = {len(table.head), len(table.align), *map(len, table.rows)}
    if len(widths) > 1:
        raise ValueError(
            f"the table {blocks.plain(table.caption)!r} has rows of {sorted(widths)} cells, expected one number"
        )
    return {
        "title": f"Table {n}.", "caption": of(table.caption), "head": [seen(one) for one in table.head],
        "rows": _aligned([[of(cell) for cell in row] for row in table.rows], table.align), "align": list(table.align), "runs": list(table.runs),
    }  # fmt: skip


def _aligned(rows: list[list[list[Laid]]], align: str) -> list[list[list[Laid]]]:
    """Rows whose columns of numbers have their points below one another: spaces as wide as digits stand for what is not there."""
    for i in (i for i, side in enumerate(align) if side == "r"):
        single = [row[i][0] for row in rows if len(row[i]) == 1]
        cells = [cell for cell in single if NUMBER.fullmatch(cell.get("text", ""))]
        decimals = max((len(cell["text"].partition(".")[2]) for cell in cells), default=0)
        for cell in cells:
            _, point, after = cell["text"].partition(".")
            cell["text"] += FIGURE_SPACE * (decimals - len(after)) + (
                PUNCTUATION_SPACE if decimals and not point else ""
            )
    return rows


def _listing(listing: blocks.Listing, n: int) -> Laid:
    numbers = range(listing.first, listing.first + len(listing.lines))
    added = sorted(listing.added.intersection(numbers))
    marks = "; the bar marks what was handed in" if added else ""
    return {
        "source": seen(listing.source), "first": listing.first, "lines": [shapely(line) for line in listing.lines],
        "added": added, "says": f", lines {numbers[0]} to {numbers[-1]}{marks}" if numbers else "",
    }  # fmt: skip


PARTS: dict[type, Callable[[Any, int], Laid]] = {
    blocks.Heading: _heading, blocks.Paragraph: _paragraph, blocks.Note: _note, blocks.Points: _points, blocks.Answer: _answer,
    blocks.Derivation: _derivation, blocks.Printed: _printed, blocks.Figure: _figure, blocks.Table: _table,
    blocks.Listing: _listing,
}  # fmt: skip

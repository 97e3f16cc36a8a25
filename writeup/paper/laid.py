"""The write-up laid out: every word and number that a reader sees, in the order in which they stand, and formulas converted.

The PDF and the page are both made of what this gives, so they say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from writeup.paper import appendix, mathematics, spans
from writeup.paper.blocks import (
    Block,
    Derivation,
    Document,
    Figure,
    Maths,
    Printed,
    Table,
    lines,
    plain,
)
from writeup.paper.parts import part, rest
from writeup.paper.spans import Laid
from writeup.record import Record


class UnknownRunError(ValueError):
    """A number whose run is not among the records."""


def laid(document: Document, records: Sequence[Record]) -> Laid:
    """A document with its appendix, as plain data.

    Raises:  FormulaError for a formula that cannot be shown as it is meant; UnknownRunError for a run without a record.
    """
    blocks = (*document.blocks, *((appendix.HEADING,) if records else ()))
    known = {record.id for record in records}
    for block in blocks:
        for run in getattr(block, "runs", ()):
            if run not in known:
                raise UnknownRunError(f"{_named(block)} states numbers of the run {run!r}, which has no record")
    mathematics.check(list(dict.fromkeys(formulas(document))))
    counts: Counter[type] = Counter()
    parts = []
    for block in blocks:
        counts[type(block)] += 1
        parts.append(part(block, counts[type(block)]))
    parts += [appendix.part(record) for record in records]
    return {"title": spans.seen(document.title), "subtitle": spans.of(document.subtitle), "blocks": parts}


def formulas(document: Document) -> Iterator[str]:
    """Every formula of a document, as LaTeX."""
    for line in (document.subtitle, *(line for block in document.blocks for line in lines(block))):
        yield from (span.latex for span in line if isinstance(span, Maths))
    for block in document.blocks:
        if isinstance(block, Derivation | Printed):
            for step in block.steps:
                yield from (step.left, rest(step))


def _named(block: Block) -> str:
    match block:
        case Figure(name):
            return f"the figure {name!r}"
        case Table(caption):
            return f"the table {plain(caption)!r}"
        case _:
            return "an answer"

"""What stands in the write-up, a file for a section of the handout; `document` puts them together in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from writeup.paper.blocks import Block, Document, Heading, Line, Missing, Table, line, lines
from writeup.paper.sections import bert, clip, resources, robustness, scaling, translation
from writeup.paper.sections.found import Runs

TITLE = "Assignment 3"
SUBTITLE = line(
    "Every number is read from a result file of a run that the appendix names, or worked out when this was put together;"
    " what is not there is missing, and says so."
)


def document(runs: Runs) -> Document:
    """The whole write-up, from the runs that are there: the written assignment, then the programming assignment.

    Raises:  AlteredError if a result is not what its run wrote; OSError.
    """
    written = [*robustness.blocks(), *resources.blocks()]
    programmed = [
        *translation.attention(runs),
        *translation.decoder_only(runs),
        *scaling.blocks(runs),
        *bert.blocks(runs),
        *clip.blocks(runs),
    ]
    blocks = [Heading(1, "I", "Written Assignment"), *written, Heading(1, "II", "Programming Assignment"), *programmed]
    return Document(TITLE, SUBTITLE, (*_overview(blocks), *blocks))


def missing_in(document: Document) -> list[Missing]:
    """What is missing in a write-up, each once."""
    return list(dict.fromkeys(span for span in _missing(document.blocks) if span.command))


def _missing(blocks: Iterable[Block]) -> Iterator[Missing]:
    yield from (span for block in blocks for one in lines(block) for span in one if isinstance(span, Missing))


def _overview(blocks: list[Block]) -> list[Block]:
    """A line a question that has points: whether all that it asks for is here."""
    rows: list[tuple[Line, ...]] = []
    for heading, said in _by_question(blocks):
        if heading.points:
            lacking = list(_missing(said))
            state: Line = (Missing(lacking[0].what),) if lacking else ("here",)
            rows.append(((heading.number,), (heading.title,), (f"{heading.points:g}",), state))
    return [Table(("What is handed in, in the handout's order.",), ("question", "", "points", ""), tuple(rows), "llrl")]


def _by_question(blocks: list[Block]) -> list[tuple[Heading, list[Block]]]:
    found: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append((block, []))
        elif found:
            found[-1][1].append(block)
    return found

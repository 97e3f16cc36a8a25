"""What the write-up is made of: content as data, without a word about how it looks.

A line is made of spans; a block is a paragraph, an answer, a derivation, a figure and so on. Two renderers show the same
blocks, one as a PDF and one as a page, so that neither says what the other does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn


@dataclass(frozen=True)
class Maths:
    """A formula in a line, in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Mono:
    """Code, a name, a command."""

    text: str


@dataclass(frozen=True)
class Strong:
    """What a reader should see first."""

    text: str


@dataclass(frozen=True)
class Missing:
    """What is not there yet, shown in red, and the command that makes it."""

    what: str
    command: str | None = None


Span = str | Maths | Mono | Strong | Missing
Line = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading: level 1 is a part, 2 a section of the handout's, 3 and 4 what is in it. `points`: what the handout gives."""

    level: int
    number: str
    title: str
    points: float | None = None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    line: Line


@dataclass(frozen=True)
class Points:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Answer:
    """What is answered to a question, sentence by sentence; at most `limit` of them where the handout has a limit.

    `runs` are the ids of the runs whose numbers it states.
    """

    sentences: tuple[Line, ...]
    limit: int | None = None
    runs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.limit is not None and len(self.sentences) > self.limit:
            raise ValueError(f"an answer has {len(self.sentences)} sentences, and the handout allows {self.limit}")


@dataclass(frozen=True)
class Step:
    """A step of a derivation: what it does, its two sides in LaTeX, whether it holds, and how that is known.

    `relation` is what stands between the sides: an equals sign where the step holds.
    """

    says: Line
    left: str
    relation: str
    right: str
    holds: bool
    how: Line = ()


@dataclass(frozen=True)
class Derivation:
    """A chain of steps that all hold."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Printed:
    """An answer that the handout prints, step by step, with the number of the first step that fails (from 0), or None."""

    says: Line
    steps: tuple[Step, ...]
    wrong: int | None


@dataclass(frozen=True)
class Figure:
    """A picture with its caption; `says` is what somebody who does not see it is told.

    Edges:   `drawn` is matplotlib's figure, or the bytes of an SVG that a run has written.
    """

    name: str
    drawn: Drawn | bytes
    caption: Line
    says: str
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with a caption; columns are aligned as `align` says, a letter each: l, r."""

    caption: Line
    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    align: str
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Code from a source file: its lines from `first` on; `added` are the numbers of lines that were handed in."""

    source: str
    first: int
    lines: tuple[str, ...]
    added: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Note:
    """A remark that a reader must know of: what stands in for what, what could not be had; `runs` as in an answer."""

    line: Line
    runs: tuple[str, ...] = ()


Block = Heading | Paragraph | Points | Answer | Derivation | Printed | Figure | Table | Listing | Note


@dataclass(frozen=True)
class Document:
    """The whole write-up."""

    title: str
    subtitle: Line
    blocks: tuple[Block, ...] = field(default=())


def line(text: str) -> Line:
    r"""A line of ours: in it $...$ is LaTeX, `...` is code, and **...** is strong, as in r"the norm of $\epsilon w$".

    Edges:   for text that is written here; what comes from elsewhere is a span of its own, and stays as it is.
    """
    found: list[Span] = []
    for part in re.split(r"(\$[^$]+\$|`[^`]+`|\*\*[^*]+\*\*)", text):
        if part.startswith("$") and len(part) > 2:
            found.append(Maths(part[1:-1]))
        elif part.startswith("`") and len(part) > 2:
            found.append(Mono(part[1:-1]))
        elif part.startswith("**") and len(part) > 4:
            found.append(Strong(part[2:-2]))
        elif part:
            found.append(part)
    return tuple(found)


def lines(block: Block) -> Iterator[Line]:
    """Every line of a block, captions and cells among them."""
    match block:
        case Paragraph(line) | Note(line):
            yield line
        case Points(lines) | Answer(lines):
            yield from lines
        case Derivation(steps):
            yield from (line for step in steps for line in (step.says, step.how))
        case Printed(says, steps):
            yield says
            yield from (line for step in steps for line in (step.says, step.how))
        case Figure(caption=caption):
            yield caption
        case Table(caption, _, rows):
            yield caption
            yield from (cell for row in rows for cell in row)
        case Heading() | Listing():
            return


def plain(spans: Sequence[Span]) -> str:
    """A line as text alone, for whoever reads no formulas."""
    return "".join(_plain(span) for span in spans)


def _plain(span: Span) -> str:
    match span:
        case str():
            return span
        case Maths(latex):
            return latex
        case Missing(what, command):
            return f"missing: {what}" + (f" ({command})" if command else "")
        case Mono(text) | Strong(text):
            return text

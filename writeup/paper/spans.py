"""Lines as plain data: every letter in them is one that a reader sees, and formulas are converted."""

from __future__ import annotations

import re
from typing import Any

from harness.report.foreign import REPLACED
from writeup.paper import mathematics
from writeup.paper.blocks import Line, Maths, Missing, Mono, Span, Strong

Laid = dict[str, Any]


def of(line: Line) -> list[Laid]:
    """A line as data."""
    return [_span(span) for span in line]


def seen(text: str) -> str:
    """A text on one line, in which nothing is hidden: what has no shape is shown as a replacement character."""
    return shapely(re.sub(r"\s*[\r\n]\s*", " ", text))


def shapely(text: str) -> str:
    """A text as it is, but for what has no shape, and tabs."""
    return "".join(c if c.isprintable() else REPLACED for c in text.expandtabs(4))


def formula(latex: str, *, display: bool = False) -> Laid:
    """A formula as data, in both conversions."""
    shown = mathematics.in_mathml(latex, display=display)
    return {"kind": "maths", "latex": latex, "typst": mathematics.in_typst(latex), "mathml": shown}


def _span(span: Span) -> Laid:
    match span:
        case str():
            return {"kind": "text", "text": seen(span)}
        case Maths(latex):
            return formula(latex)
        case Mono(text):
            return {"kind": "mono", "text": seen(text)}
        case Strong(text):
            return {"kind": "strong", "text": seen(text)}
        case Missing(what, command):
            return {"kind": "missing", "text": seen(what), "command": None if command is None else seen(command)}

"""The write-up as a page: one file with everything in it, of the same data as the PDF."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from harness.report import page
from writeup.paper import highlight
from writeup.paper.blocks import Document
from writeup.paper.laid import laid
from writeup.paper.spans import Laid
from writeup.record import Record

HERE = Path(__file__).parent


def render(document: Document, records: Sequence[Record]) -> str:
    """The page; the same document and records are the same text.

    Raises:  FormulaError, UnknownRunError as `laid`.
    """
    return of(laid(document, records))


def of(paper: Laid) -> str:
    """The page of what is laid out."""
    return page.render(
        HERE / "paper.html.j2",
        title=paper["title"],
        styles=[HERE / "paper.css"],
        paper=paper,
        mathml=Markup,  # made by latex2mathml of formulas of ours, which it escapes
        encoded=lambda svg: base64.b64encode(svg.encode()).decode(),
        highlighted=highlight.lines,
    )

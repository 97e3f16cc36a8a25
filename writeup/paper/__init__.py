"""The write-up, a3-writeup: content as data (`blocks`), put together by section (`sections`), rendered as a PDF and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.whole_file import write_whole

if TYPE_CHECKING:
    from writeup.paper.blocks import Document
    from writeup.record import Record

NAME = "a3-writeup"


def write(document: Document, records: Sequence[Record], out: Path) -> list[Path]:
    """Write the PDF and the page into a folder: each whole, and none before both are made.

    Raises:  FormulaError for a formula that cannot be shown as it is meant; UnknownRunError for a number whose run has no
             record; PaperError if typst refuses; OSError if a file cannot be written.
    """
    from writeup.paper import laid, page, pdf  # engines, which whoever puts blocks together does without

    paper = laid.laid(document, records)
    made: dict[str, bytes | str] = {"pdf": pdf.of(paper), "html": page.of(paper)}
    paths = {suffix: out / f"{NAME}.{suffix}" for suffix in made}
    for suffix, content in made.items():
        write_whole(paths[suffix], content)
    return list(paths.values())

"""The write-up as a PDF: its data and a template for typst, which knows nothing of what it says.

The pages are the same on every machine: letters are those that typst and matplotlib bring, nothing is fetched, and no
date is in the file. What none of these letters show stands as its code point.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

from writeup.paper.blocks import Document
from writeup.paper.laid import laid
from writeup.paper.spans import Laid
from writeup.record import Record

TEMPLATE = Path(__file__).with_name("paper.typ")
FALLBACK = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
NO_TEXT = {
    "name",
    "svg",
    "typst",
    "latex",
    "mathml",
    "id",
    "runs",
    "kind",
    "align",
    "placed",
}  # which is not set in letters
BREAK = "\N{ZERO WIDTH SPACE}"
LONGEST = {"line": 24, "head": 14, "rows": 14, "lines": 80}  # words that are not broken, by where they stand


def render(document: Document, records: Sequence[Record]) -> bytes:
    """The PDF; the same document and records are the same bytes.

    Raises:  FormulaError, UnknownRunError as `laid`; PaperError if typst refuses.
    """
    return of(laid(document, records))


def of(paper: Laid) -> bytes:
    """The PDF of what is laid out. Raises as `render`."""
    return b"".join(compiled(paper, format="pdf", pdf_standards="ua-1"))


def compiled(paper: Laid, **how: Any) -> list[bytes]:
    """What typst makes of it: one file, or one a page. Raises as `render`."""
    given = {"document": json.dumps(_shaped({**paper, "name": paper["title"]}))}
    try:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            sys_inputs=given,
            ignore_system_fonts=True,
            font_paths=[FALLBACK.parent],
            timestamp=0,
            **how,
        )
    except typst.TypstError as error:
        raise PaperError(f"typst does not set the write-up: {error}") from error
    return list(made) if isinstance(made, list) else [made]


class PaperError(ValueError):
    """A document that cannot be set."""


def _shaped(value: Any, longest: int = LONGEST["line"]) -> Any:
    """Data in which every letter of every text has a shape, and words that are too long for a line may be broken."""
    if isinstance(value, str):
        known = "".join(c if c.isascii() or ord(c) in _shapes() else f"[U+{ord(c):04X}]" for c in value)
        return re.sub(rf"\S{{{longest},}}", lambda word: BREAK.join(re.findall(".{1,8}", word[0])), known)
    if isinstance(value, dict):
        return {key: of if key in NO_TEXT else _shaped(of, LONGEST.get(key, longest)) for key, of in value.items()}
    return [_shaped(one, longest) for one in value] if isinstance(value, list) else value


@cache
def _shapes() -> frozenset[int]:
    return frozenset(FT2Font(str(FALLBACK)).get_charmap())

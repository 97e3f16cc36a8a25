"""The text of a notebook or a Python file: its code and its prose, cheaply, whatever it is. No code is parsed or run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_SIGNS = 3_000_000  # commas and brackets of a notebook's JSON: what its objects in memory are bounded by
MAX_TEXT = 1 << 20  # of code, and of prose


@dataclass(frozen=True)
class Text:
    """The code, cell by cell, and the prose of a notebook; of a Python file, code alone."""

    code: tuple[str, ...] = ()
    prose: str = ""


def notebook(content: str) -> Text:
    """The first MB of a notebook's code, and of its prose; of formats 3 and 4.

    Raises:  ValueError, with the reason, for what is no notebook or too large a one.
    """
    signs = sum(content.count(sign) for sign in "[{,")
    if signs > MAX_SIGNS:
        raise ValueError(f"it is made of {signs} pieces")
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError("it is no JSON that can be read" + f" ({type(error).__name__})") from None
    if not isinstance(tree, dict):
        raise ValueError("it is no notebook")  # noqa: TRY004 - of a stranger's file, not of an argument
    cells = list(_cells(tree))
    return Text(tuple(_within([text for kind, text in cells if kind == "code"])),
                "\n".join(_within([text for kind, text in cells if kind != "code"])))  # fmt: skip


def python(content: str) -> Text:
    """The first MB of a Python file."""
    return Text((content[:MAX_TEXT],))


def _cells(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell."""
    sheets = tree.get("worksheets")
    for sheet in [tree, *(sheets if isinstance(sheets, list) else ())]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else ():
            if isinstance(cell, dict):
                source = cell.get("source", cell.get("input"))
                lines = source if isinstance(source, list) else [source]
                yield str(cell.get("cell_type"))[:20], "".join(line for line in lines if isinstance(line, str))


def _within(texts: list[str]) -> Iterator[str]:
    left = MAX_TEXT
    for text in texts:
        yield text[:left]
        left -= len(text)
        if left <= 0:
            return

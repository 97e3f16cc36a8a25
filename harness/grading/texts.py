"""The text of a notebook or a Python file: its code and its prose, cheaply, whatever it is. No code is parsed or run."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.grading.names import apart, folded, shown

MAX_SIGNS = 3_000_000  # commas and brackets of a notebook's JSON: what its objects in memory are bounded by
MAX_TEXT = 1 << 20  # of code, and of prose
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Text:
    """The code, cell by cell, and the prose of a notebook; of a Python file, code alone."""

    code: tuple[str, ...] = ()
    prose: str = ""


def as_judged(files: Mapping[str, bytes], remarks: list[str]) -> dict[str, bytes]:
    """A submission's files in UTF-8, and notebooks by a name that says so, whatever a browser or an editor made of them."""
    judged: dict[str, bytes] = {}
    for name, content in files.items():
        whole = _in_utf_8(name, content, remarks)
        now = name
        if name.lower().endswith((".txt", ".json")) and _is_notebook(whole):
            stem = name[: name.rindex(".")]
            now = apart(stem if stem.lower().endswith(".ipynb") else f"{stem}.ipynb", map(folded, {*files, *judged}))
            remarks.append(f"{shown(name)} is a notebook by its content, and is taken for one.")
        judged[now] = whole
    return judged


def _in_utf_8(name: str, content: bytes, remarks: list[str]) -> bytes:
    if not content.startswith(UTF_16):
        return content
    try:
        whole = content.decode("utf-16").encode()
    except UnicodeError:
        return content
    remarks.append(f"{shown(name)} is in UTF-16, by its byte order mark, and is judged in UTF-8.")
    return whole


def _is_notebook(content: bytes) -> bool:
    head = content[:64].removeprefix(codecs.BOM_UTF8).lstrip()
    if not head.startswith(b"{") or (b'"cells"' not in content and b'"worksheets"' not in content):
        return False
    try:
        return bool(notebook(content.decode("utf-8-sig", errors="replace")).code)
    except ValueError:
        return False


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

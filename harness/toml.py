"""TOML by strangers, read as it was meant where only one thing can have been meant; what was done is told."""

from __future__ import annotations

import codecs
import re
import tomllib
from typing import Any

MAX_AMENDED = 1 << 15  # characters of a text that is not read as it stands
MAX_AGAIN = 20  # lines that say again what was said before
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
QUOTED = re.compile(
    r"""(?P<kept>'{3}.*?'{3}|'[^'\n]*'|\#[^\n]*)|(?P<basic>"{3}(?:\\.|[^\\])*?"{3}|"(?:\\.|[^"\\\n])*")""", re.DOTALL
)
BACKSLASH = re.compile(r"\\([\\\"\n])|\\")
LINE = re.compile(r"overwrite a value \(at line (\d+)")


def decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """A text in UTF-8, or in UTF-16 if its byte order mark says so, and what was done.

    Raises:  ValueError for bytes that are neither.
    """
    if content.startswith(UTF_16):
        return content.decode("utf-16"), ("it is in UTF-16, by its byte order mark",)
    return content.decode("utf-8-sig"), ()


def toml(text: str) -> tuple[dict[str, Any], list[str], list[str]]:
    """The tables in a text, keys that are there once more, and what was done.

    Edges:   a backslash between double quotes that is no escape of TOML's makes all of them stand for themselves, as in
             LaTeX. Of a line that says again what was said before, the first one is in the tables.
    Raises:  ValueError and RecursionError, as tomllib.
    """
    again: list[str] = []
    changed: list[str] = []
    text = text.replace("\r\n", "\n") + "\n"  # so that every fault is in a line
    first: tomllib.TOMLDecodeError | None = None
    while True:
        try:
            tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            first = first or error
            if (other := _otherwise(text, str(error), again, changed)) is None:
                raise first from None
            text = other
            continue
        if first is not None and not all(_has(tree, key.split(".")) for key in again):
            raise first
        return tree, again, changed


def _otherwise(text: str, said: str, again: list[str], changed: list[str]) -> str | None:
    """A text without what keeps it from being read; None where that is not plain."""
    if len(text) > MAX_AMENDED:
        return None
    if not changed and "escape" in said.lower():
        changed.append("a backslash between double quotes is read as it stands; LaTeX goes between single quotes")
        return QUOTED.sub(_as_it_stands, text)
    found = LINE.search(said)
    if found is None or len(again) >= MAX_AGAIN or (key := _key(text, int(found[1]))) is None:
        return None
    again.append(key)
    lines = text.split("\n")
    lines[int(found[1]) - 1] = ""
    return "\n".join(lines)


def _has(tree: Any, path: list[str]) -> bool:
    """Whether a key is there, written with its dots between quotes or not."""
    if not isinstance(tree, dict) or not path:
        return not path
    return any(".".join(path[:i]) in tree and _has(tree[".".join(path[:i])], path[i:]) for i in range(1, len(path) + 1))


def _as_it_stands(quoted: re.Match[str]) -> str:
    """A string of TOML whose backslashes stand for themselves, but for those before a quote, an end of line or another."""
    return quoted["kept"] or BACKSLASH.sub(lambda found: found[0] if found[1] else "\\\\", quoted["basic"])


def _key(text: str, line: int) -> str | None:
    """The dotted key that a line sets, if it is one by itself."""
    lines = text.split("\n")
    try:
        here: Any = tomllib.loads(lines[line - 1])
    except (ValueError, IndexError):
        return None
    names = []
    while isinstance(here, dict) and len(here) == 1:
        ((name, here),) = here.items()
        names.append(name)
    return ".".join(names) or None

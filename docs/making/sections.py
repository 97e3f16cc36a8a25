"""Docstrings as the project writes them, for mkdocstrings: `Shapes:`, `Units:` and so on become a list of definitions."""

from __future__ import annotations

import re
from typing import Any

import griffe

NAMES = ("Shapes", "Units", "Edges", "Raises", "Source")
START = re.compile(rf"^({'|'.join(NAMES)}):\s+", re.MULTILINE)
CODE = re.compile(r"(`+[^`]*`+)")
SPECIAL = re.compile(r"([\\*_\[\]#])")
DIMENSIONS = re.compile(r"(?<!`)(\[[^\]`]*\])(?!`)")
DOCUMENTED: dict[str, bool] = {}
"""Every name that was read, and whether it has a docstring; a constant needs none."""


class Sections(griffe.Extension):
    """Rewrites each docstring as Markdown before it is rendered."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one object's docstring, and remember whether there is one."""
        DOCUMENTED[obj.path] = obj.is_attribute or obj.docstring is not None
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(docstring: str) -> str:
    """A docstring's text with its sections as definitions, and nothing in it that Markdown would take for a sign."""
    text, *rest = START.split(docstring)
    sections = "".join(
        f"\n{name}\n:   {literal(one_line(body), dimensions=name == 'Shapes')}\n"
        for name, body in zip(rest[::2], rest[1::2], strict=True)
    )
    return literal(text.rstrip()) + "\n" + sections


def one_line(body: str) -> str:
    """A section's text without the indentation of its lines."""
    return " ".join(body.split())


def literal(text: str, *, dimensions: bool = False) -> str:
    """The text as Markdown shows it: code stays code, and shapes become it if they are `dimensions`."""
    if dimensions:
        text = DIMENSIONS.sub(r"`\1`", text)
    parts = CODE.split(text)
    return "".join(part if part.startswith("`") else escaped(part) for part in parts)


def escaped(text: str) -> str:
    """The text with what Markdown and HTML would take for signs as itself."""
    return SPECIAL.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))

"""The pages that people read, taken apart: sections, commands, and what is shown as a command's output."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.target import ROOT

README = "README.md"
DOCS = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")))
EXAMPLES = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.md")))
PAGES = (README, "CONTRIBUTING.md", "benchmarks/README.md", *DOCS, *EXAMPLES)
"""Pages whose every command runs in a test."""
FROM = re.compile(r"^<!-- from: (.*) -->\n\n((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)
SVG_TEXT = "{http://www.w3.org/2000/svg}text"
PROGRAMS = ("specimen", "tox", ".venv/bin/tox", "python", "pre-commit", ".venv/bin/pre-commit")
REMARK = re.compile(r" {2,}#.*")


@cache
def text(page: str) -> str:
    """A page as it stands on the disk."""
    return (ROOT / page).read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """A page's sections by their headings; what stands before the first has the name ""."""
    start, *rest = re.split(r"^## ", text(page), flags=re.MULTILINE)
    return {"": start} | {one.partition("\n")[0]: one.partition("\n")[2] for one in rest}


def commands(page: str, section: str) -> list[str]:
    """Every line of a section that is set as code, but for what is shown as output, which has its own test."""
    blocks = MarkdownIt("commonmark").parse(FROM.sub("", sections(page)[section]))
    lines = [line for block in blocks if block.type == "code_block" for line in block.content.splitlines()]
    return [REMARK.sub("", line) for line in lines if line.strip()]


def taken(page: str, section: str, count: int) -> list[str]:
    """The commands of a section for a test that runs them; it says how many, so that none is added unnoticed."""
    found = commands(page, section)
    assert len(found) == count, f"{page}, {section!r} gives {len(found)} commands, and a test runs {count}: {found}"
    return found


def inline(page: str) -> list[str]:
    """The commands that a page names within its sentences and tables."""
    code = [one.content for one in _within(page) if one.type == "code_inline"]
    return [one for one in code if one.partition(" ")[0] in PROGRAMS and " " in one]


def prose(page: str) -> list[str]:
    """What a page says in its sentences and tables, piece by piece, without commands."""
    pieces = [one.content for one in _within(page) if one.type in ("text", "code_inline")]
    return [one for one in pieces if one not in inline(page)]


def in_sentences(page: str, begins: str) -> list[str]:
    """Those of them that begin so."""
    return [command for command in inline(page) if command.startswith(begins)]


def in_table(page: str) -> list[str]:
    """The commands of ours that stand first in a table's rows."""
    return re.findall(r"^\| `(specimen [^`]*)`", text(page), re.MULTILINE)


def _within(page: str) -> Iterator[Token]:
    for block in MarkdownIt("commonmark").enable("table").parse(FROM.sub("", text(page))):
        yield from block.children or []


def words(command: str, program: str = "specimen") -> list[str]:
    """A command's words after the program's name."""
    first, *rest = shlex.split(command)
    assert first == program, command
    return rest


def shown() -> dict[str, list[tuple[str, list[str]]]]:
    """What pages show as the output of a command: by the command, each page with the lines there."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for page in PAGES:
        for command, block in FROM.findall(text(page)):
            found.setdefault(command, []).append((page, [line[4:].rstrip() for line in block.splitlines()]))
    for still in sorted((ROOT / "docs" / "images").glob("*.svg")):
        first, *lines = lines_of(still.read_text(encoding="utf-8"))
        found.setdefault(first.removeprefix("$ "), []).append((still.name, lines))
    return found


def lines_of(still: str) -> list[str]:
    """The lines of a terminal's still, each put together from texts by where they stand."""
    root = ElementTree.fromstring(still)  # noqa: S314 - a file of ours
    texts = [(one.attrib, one.text or "") for one in root.iter(SVG_TEXT) if "y" in one.attrib]
    widths = [float(at["textLength"]) / len(one) for at, one in texts if "textLength" in at]
    lines: dict[float, str] = {}
    for at, one in texts:
        if "textLength" in at:
            column, line = round(float(at["x"]) / max(widths)), float(at["y"])
            lines[line] = lines.get(line, "").ljust(column) + one.replace("\xa0", " ")
    return [line.rstrip() for _, line in sorted(lines.items()) if line.strip()]


def written(*parts: str, text: str) -> Path:
    """A file made in the current folder, its folders too."""
    path = Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

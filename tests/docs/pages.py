"""The pages that people read, taken apart: sections, commands, and what is shown as a command's output."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from harness.target import ROOT

README = "README.md"
DOCS = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")))
PAGES = (README, "CONTRIBUTING.md", "benchmarks/README.md", *DOCS)
"""Pages whose every command runs in a test."""
FROM = re.compile(r"^<!-- from: (.*) -->\n\n((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)
SVG_TEXT = "{http://www.w3.org/2000/svg}text"
COMMAND = re.compile(r"^ {4}((?:specimen|tox|python|pre-commit) .*?)(?: {2,}#.*)?$", re.MULTILINE)


@cache
def text(page: str) -> str:
    """A page as it stands on the disk."""
    return (ROOT / page).read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """A page's sections by their headings; what stands before the first has the name ""."""
    start, *rest = re.split(r"^## ", text(page), flags=re.MULTILINE)
    return {"": start} | {one.partition("\n")[0]: one.partition("\n")[2] for one in rest}


def commands(page: str, section: str) -> list[str]:
    """The commands of a section, but for those in what is shown as output, which has its own test."""
    return COMMAND.findall(FROM.sub("", sections(page)[section]))


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

"""The pages that people read, taken apart: sections, commands, and what is shown as a command's output."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

from harness.target import ROOT

README = "README.md"
DOCS = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")))
PAGES = (README, "CONTRIBUTING.md", "benchmarks/README.md", *DOCS)
"""Pages whose every command runs in a test."""
FROM = re.compile(r"^<!-- from: (.*) -->\n\n((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)
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
    return found


def written(*parts: str, text: str) -> Path:
    """A file made in the current folder, its folders too."""
    path = Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

"""Whose a file is, by its name, and which files are nobody's."""

from __future__ import annotations

import re
from pathlib import Path

from harness.grading.exports import named
from harness.grading.names import PART
from harness.grading.places import CODE

NOBODYS = re.compile(r"readme.*|.*\.(?:csv|log)", re.IGNORECASE | re.DOTALL)  # beside what students handed in
EXPORT = re.compile(r"assignment_\d+_export|exports?|submissions?|class", re.IGNORECASE)  # folders around a class
OF_ANYBODY = re.compile(
    r"\(\d+\)|(?<![a-z])(?:copy ?\d*|final|version ?\d*|v\d+|new|old|part ?\d*|(?:a|pa|hw|lab)0*\d+|assignments?|submission|homework|csc ?\d+h?1?)(?![a-z])",
    re.IGNORECASE,
)
NEITHER = " _-.,()[]+"


def is_nobodys(name: str) -> bool:
    """Whether a file is plainly no student's: what is read first, a list of the class, a log."""
    return NOBODYS.fullmatch(name) is not None and not named(name)


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook, or written answers, by its name: Python alone may be somebody's helper."""
    return name.lower().endswith(CODE) and not name.lower().endswith((".py", ".py.txt"))


def stem_of(name: str) -> str:
    """A file's name without its suffix, or all of .tar.gz and .ipynb.txt."""
    lower = name.lower()
    doubled = next((s for s in (".tar.gz", ".tar.bz2", ".tar.xz") if lower.endswith(s)), "")
    stem = name[: len(name) - len(doubled or Path(name).suffix)] or name
    return stem_of(stem) if stem != name and not doubled and stem.lower().endswith(CODE) else stem


def key_of(name: str) -> str:
    """What in a file's name may be a student's: not the part of the assignment, and no word of anybody."""
    return OF_ANYBODY.sub(" ", PART.sub(" ", stem_of(name).replace("_", " "))).strip(NEITHER).casefold()


def who_of(names: list[str]) -> str:
    """A student's name, of files that it stands before."""
    bare = [PART.sub("", stem_of(name)).strip(NEITHER) for name in names]
    return min((name for name in bare if name), key=len, default=stem_of(names[0]))

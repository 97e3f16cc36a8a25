"""What docs/formats.md says of runs, held to the files of a run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.docs.pages import sections

PAGE = "docs/formats.md"
DEEPER = {
    "run.json": ("recipe",),
    "record.json": ("inputs", "machine"),
    "similarity-record.json": ("inputs", "machine"),
    "training.json": ("measured",),
}
"""Objects within a file whose own fields the page has as well."""
FOREIGN = {"config.json", "tokenizer.json", "tokenizer_config.json", "open_clip_config.json"}
"""What transformers and open_clip write."""


def documented() -> set[str]:
    """Every word that the page's sections on runs and their records have in backticks."""
    found = sections(PAGE)["A run"] + sections(PAGE)["A record"]
    return set(re.findall(r"`([\w.-]+)`", found))


def unnamed(folder: Path) -> dict[str, set[str]]:
    """By the name of each JSON file of the runs in a folder, its fields that the page does not name; the name too, if not."""
    known, lacking = documented(), dict[str, set[str]]()
    for path in (*folder.rglob("*.json"), *folder.rglob("*.jsonl")):
        if path.name not in FOREIGN and path.parent.name not in ("runs", "digests"):
            text = path.read_text(encoding="utf-8")
            told = json.loads(text.partition("\n")[0] if path.suffix == ".jsonl" else text)
            lack = {path.name, *fields(told, DEEPER.get(path.name, ()))} - known
            lacking |= {path.name: lack} if lack else {}
    return lacking


def fields(told: Any, deeper: tuple[str, ...]) -> set[str]:
    """The names in an object or in the first of a list, and in some of its objects."""
    first = told[0] if isinstance(told, list) else told
    return set(first).union(*(first[name] for name in deeper))

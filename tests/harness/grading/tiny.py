"""Submissions that are judged in a second, and what their files come to without times."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from harness.grading.submission import Contents
from tests.harness.grading.class_of import make
from tests.harness.mutants import source
from tests.harness.notebooks import notebook

ITEM = "fit_linear_log"
OPTIONS = ("--seed", "7", "--examples", "2")
TIMES = (
    (re.compile(r'("(?:time_s|execution_time|time)": )[\d.]+'), r"\g<1>0"),
    (re.compile(r' time="[\d.]+"'), ' time="0"'),
    (re.compile(r'(?<=[a-z]"),"\d+\.\d",'), ',"0",'),  # after the outcome of the last question
)


def make_class(n: int, folder: Path) -> dict[str, Any]:
    """A class of n in a folder, a fit and some answers each; what must come of it."""
    return make(n, folder, items=(ITEM,))


def contents(**files: str) -> Contents:
    """What a student handed in: a notebook, answers, by the stems of their names."""
    suffix = {"answers": ".toml"}
    return Contents({f"{stem}{suffix.get(stem, '.ipynb')}": text.encode() for stem, text in files.items()})


def fit(*more: str) -> str:
    """A notebook with a fit that is right, and what stands before it."""
    return notebook(*more, source(ITEM, ()).partition("\n\ndef find_optimal_params")[0] + FIT)


FIT = "\n\ndef fit_linear_log(x, y):\n    m, c = np.polyfit(np.log10(x), np.log10(y), 1)\n    return m, c\n"


def without_times(value: Any) -> Any:
    """Plain data without what differs from run to run."""
    if isinstance(value, dict):
        return {name: without_times(one) for name, one in value.items() if name != "time_s"}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def final_files(out: Path) -> dict[str, str]:
    """Every file that a class came to, but for its journal, without times."""
    found = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and path != out / "journal.jsonl" and out / ".specimen" not in path.parents:
            text = path.read_text()
            for pattern, to in TIMES:
                text = pattern.sub(to, text)
            found[path.relative_to(out).as_posix()] = text
    return found


def records(out: Path) -> list[dict[str, Any]]:
    """What stands in a journal, what it says of how it is judged left out."""
    whole = (out / "journal.jsonl").read_text().splitlines()[1:]
    return [found["record"] for line in whole if "record" in (found := json.loads(line))]

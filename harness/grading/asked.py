"""How a class is judged: the same for everybody in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.profiles import PROFILES

ROOT = Path(__file__).resolve().parents[2]
JUDGING = ("spec", "harness", "tests/laws")


@dataclass(frozen=True)
class Asked:
    """What is the same for every submission.

    Units:   timeout_s is one law's wall clock.
    """

    seed: int
    examples: int = PROFILES["check"]
    timeout_s: float = 10.0
    isolation: str = "auto"

    def options(self) -> dict[str, Any]:
        """The same as the options of a request about code."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Asked:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@cache
def laws_digest() -> str:
    """What judges, as it was when this process first asked."""
    return code_now()


def code_now() -> str:
    """What judges, in a word, as it is now: a hash of the sources of the laws, of what they draw, of the spec and of the harness."""
    found = hashlib.sha256()
    paths = [path for folder in JUDGING for path in (ROOT / folder).rglob("*.py")]
    for path in sorted([*paths, *(ROOT / "tests").glob("*.py")]):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]

"""A run's record: what it was given, where and by what it was made, and what it wrote, so that a number can be traced to it.

A folder with results has a `record.json` beside them. Its id is the kind of the run and a hash of its inputs: settings,
data, weights and the code that makes it. The same inputs have the same id, wherever and whenever they are run.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD = "record.json"


@dataclass(frozen=True)
class Record:
    """What is known of a run.

    Units:   time_s in seconds, of the whole run, resumed parts among it; finished in UTC.
    """

    id: str
    kind: str
    inputs: dict[str, Any]
    seeds: list[int]
    machine: dict[str, str]
    versions: dict[str, str]
    command: str
    finished: str
    time_s: float
    files: dict[str, str]  # results by the name of their file, and the SHA-256 of what was written


@dataclass(frozen=True)
class Run:
    """A finished run in a folder."""

    record: Record
    folder: Path

    def content(self, name: str) -> bytes:
        """What is in one of its files.

        Raises:  AlteredError if it is not what the run wrote; OSError if it is not there.
        """
        content = (self.folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.record.files.get(name):
            raise AlteredError(f"{self.folder / name} is not what run {self.record.id} wrote")
        return content

    def read(self, name: str) -> Any:
        """The results in one of its files. Raises as `content`."""
        return json.loads(self.content(name))


class AlteredError(ValueError):
    """A result that its run did not write."""


@dataclass(frozen=True)
class Lacking:
    """A run that is not there: why, and the command that makes it."""

    kind: str
    why: str
    command: str

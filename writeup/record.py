"""A run's record: what it was given, where and by what it was made, and what it wrote, so that a number can be traced to it.

A folder with results has a `record.json` beside them. Its id is the kind of the run and a hash of its inputs: settings,
data, weights, device, the code that makes it, and torch's version. The same inputs have the same id, wherever and whenever
they are run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from harness.whole_file import write_whole
from writeup.runs.inputs import made_now
from writeup.runs.kinds import KINDS, RUNS
from writeup.runs.machine import machine, versions

DIGITS = 12


@dataclass(frozen=True)
class Record:
    """What is known of a run.

    Units:   time_s in seconds, of all that was trained or computed, one after the other, what was resumed among it;
             finished in UTC.
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

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """A record from its fields. Raises ValueError or TypeError for what is none."""
        found = cls(**fields)
        if found.kind not in KINDS or found.id != identity(found.kind, found.inputs):
            raise ValueError(f"{found.id} is not the id of what it says it was given")
        return found

    @property
    def made_by_other_code(self) -> bool:
        """Whether other code than is here now, or another torch, had a part in it."""
        now = made_now(self.inputs["code"])
        return now != {name: self.inputs[name] for name in now}


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
        """The results in one of its files.

        Raises:  as `content`; ValueError for what is no JSON, or a number that is none.
        """
        return json.loads(self.content(name), parse_constant=_refused)

    @property
    def made_by_other_code(self) -> bool:
        """Whether other code than is here now, or another torch, had a part in it."""
        return self.record.made_by_other_code


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number that a run can find")


class AlteredError(ValueError):
    """A result that its run did not write."""


@dataclass(frozen=True)
class Lacking:
    """A run that is not there: why, and the command that makes it; whether there is one that somebody has altered."""

    kind: str
    why: str
    command: str
    is_altered: bool = False


def identity(kind: str, inputs: dict[str, Any]) -> str:
    """The id of a run that is given so much."""
    told = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"{kind}-{hashlib.sha256(told.encode()).hexdigest()[:DIGITS]}"


def write(
    folder: Path,
    kind: str,
    *,
    inputs: dict[str, Any],
    seeds: Sequence[int],
    command: str,
    time_s: float,
    files: Sequence[str],
) -> Record:
    """Put a record beside the results of a run, once all of them are there.

    Raises:  OSError if one is not, or nothing can be written.
    """
    found = Record(
        id=identity(kind, inputs),
        kind=kind,
        inputs=inputs,
        seeds=list(seeds),
        machine=machine(inputs["device"]),
        versions=versions(KINDS[kind].packages),
        command=command,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        time_s=round(time_s, 1),
        files={name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    )
    write_whole(folder / KINDS[kind].record, json.dumps(asdict(found), indent=1, allow_nan=False) + "\n")
    return found


def find(folder: Path, kind: str) -> Run | Lacking:
    """The run of a kind in its folder, with all that it wrote; or in a sentence why there is none."""
    path, command = folder / KINDS[kind].record, KINDS[kind].command
    if not folder.is_dir():
        return Lacking(kind, f"there is no {folder}", command)
    try:
        run = Run(Record.from_json(json.loads(path.read_text(encoding="utf-8"))), folder)
        if run.record.kind != kind:
            return Lacking(kind, f"{folder} has a run of {run.record.kind}", command)
        for name in run.record.files:
            run.content(name)
    except FileNotFoundError as error:
        lost = Path(str(error.filename)).name
        return Lacking(kind, f"{folder} has no {lost}: its run is not complete, or older than records", command)
    except (AlteredError, OSError) as error:
        return Lacking(kind, str(error), command, is_altered=isinstance(error, AlteredError))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        return Lacking(kind, f"{path} is no record of a run: {error}", command)
    return run


def finished(runs: Path = Path(RUNS)) -> dict[str, Run | Lacking]:
    """The newest run of every kind among finished runs, in the folders where the commands put them."""
    return {kind: _newest(runs, kind) for kind in KINDS}


def _newest(runs: Path, kind: str) -> Run | Lacking:
    found = [find(folder, kind) for folder in sorted(runs.glob(KINDS[kind].folder))]
    there = sorted((one for one in found if isinstance(one, Run)), key=lambda one: one.record.finished)
    nowhere = Lacking(kind, f"there is no {runs / KINDS[kind].folder}", KINDS[kind].command)
    return [nowhere, *found, *there][-1]

"""What was judged, in a file that is only ever added to: a line of JSON a record, on the disk before anything is said of it.

The first line says how the class is judged; later ones may say otherwise of who reads it and in which formats. The seed is
in it, so nobody else may read the file. A last line that is not
whole, because something ended the writing, is no record; any other line that cannot be read is an error.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.grading.folder import JOURNAL, LOCK, FolderError, own_folder

SCHEMA = 1
MAX_HEADER = 1 << 16
START = f'{{"journal": {SCHEMA}'.encode()
Record = dict[str, Any]


class JournalError(FolderError):
    """A journal cannot be begun or gone on with; one sentence that says why, and how to go on."""


class Journal:
    """The records of a class by name. Of each only its digest, its place in the file and the sizes of its reports are kept
    in memory.

    Edges:   of two records of one name the later one counts. `again` marks one that stands until there is a better one.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], start: int) -> None:
        self.path, self.header = path, dict(header)
        self._places: dict[str, tuple[str, int, bool, dict[str, int]]] = {}
        self._out = os.open(path, os.O_WRONLY | os.O_APPEND)
        self._file = path.open("rb")
        try:
            self._index(start)
        except JournalError:
            self.close()
            raise

    def add(self, record: Record, *, again: bool = False, files: Mapping[str, int] | None = None) -> None:
        """Write a record, with the sizes of its reports by their names; when this returns it is on the disk.

        Raises:  OSError when it cannot be written; the journal is then as it was.
        """
        sizes = dict(files or {})
        self._note(record, self._append({"again": again, "files": sizes, "record": record}), again, sizes)

    def set(self, **values: Any) -> None:
        """Have something in the header be otherwise from here on."""
        if any(self.header.get(name) != value for name, value in values.items()):
            self._append({"set": values})
            self.header.update(values)

    def _append(self, value: Mapping[str, Any]) -> int:
        """Write a line; where it begins."""
        line = json.dumps(value, allow_nan=False).encode() + b"\n"
        place, written = os.fstat(self._out).st_size, 0
        try:
            while written < len(line):
                written += os.write(self._out, line[written:])
            os.fsync(self._out)
        except OSError as error:
            os.ftruncate(self._out, place)
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        return place

    def judged(self, name: str) -> frozenset[str]:
        """The digest of the contents of a submission that need not be judged again, if there are any."""
        digest, _, again, _ = self._places.get(name, ("", 0, True, {}))
        return frozenset() if again else frozenset({digest})

    def digest(self, name: str) -> str:
        """The digest of what the last record of a submission is of."""
        return self._places[name][0]

    def files(self, name: str) -> dict[str, int]:
        """The sizes of the reports that belong to the last record of a submission, by their names."""
        return self._places[name][3]

    def names(self) -> frozenset[str]:
        """Every submission of which there is a record."""
        return frozenset(self._places)

    def read(self, name: str) -> Record:
        """The last record of a submission."""
        self._file.seek(self._places[name][1])
        record: Record = json.loads(self._file.readline())["record"]
        return record

    def close(self) -> None:
        self._file.close()
        os.close(self._out)

    def _note(self, record: Record, place: int, again: bool, files: dict[str, int]) -> None:
        self._places[record["name"]] = (record["digest"], place, again, files)

    def _index(self, place: int) -> None:
        """Take note of what is there, and cut off a last line that is not whole."""
        self._file.seek(place)
        for number, line in enumerate(self._file, start=2):
            if not line.endswith(b"\n"):
                os.ftruncate(self._out, place)
                break
            try:
                found = json.loads(line)
                if "set" in found:
                    self.header.update(found["set"])
                else:
                    self._note(found["record"], place, found["again"], found["files"])
            except (ValueError, KeyError, TypeError):
                raise JournalError(
                    f"Line {number} of {self.path} cannot be read; a journal is not to be edited."
                ) from None
            place += len(line)


@contextlib.contextmanager
def opened(
    folder: Path, asked: Mapping[str, Any], default: Mapping[str, Any], *, resume: bool, command: str
) -> Iterator[Journal]:
    """The journal of a folder, which nobody else has open: a new one, or the one that is there, to go on with.

    Edges:   the header of a new one has what is asked for, and else the default. One that is gone on with keeps its own.
    Raises:  JournalError if another process has it open; if it is there and not to be gone on with, and the sentence has
             the command that does; if it was begun otherwise than is asked for, or by other code; if it is no journal.
    """
    try:
        with FileLock(own_folder(folder) / LOCK, timeout=0):
            journal = _opened(folder / JOURNAL, asked, default, command=None if resume else command)
            try:
                yield journal
            finally:
                journal.close()
    except Timeout:
        raise JournalError(
            f"{folder} is in use by another process that grades; wait for it, or give another --out."
        ) from None


def _opened(path: Path, asked: Mapping[str, Any], default: Mapping[str, Any], *, command: str | None) -> Journal:
    there, is_begun = b"", False
    if path.exists():
        with path.open("rb") as file:
            there, is_begun = file.readline(MAX_HEADER), bool(file.read(1))
    if not (there.startswith(START) if len(there) > len(START) else START.startswith(there)):
        raise JournalError(f"{path} is no journal of grades; give another --out.")
    if not there.endswith(b"\n") or not (is_begun or command is None):  # nothing is lost that could be gone on with
        return _begun(path, {**default, **{name: value for name, value in asked.items() if value is not None}})
    if command is not None:
        raise JournalError(f"{path.parent} holds grades already; to go on with them: {command}")
    try:
        header = json.loads(there)
    except ValueError:
        header = {}
    if header.get("journal") != SCHEMA:
        raise JournalError(f"The first line of {path} cannot be read; give another --out.")
    _same(header, {**asked, "laws": default["laws"], "specimen": default["specimen"]}, path)
    return Journal(path, header, len(there))


def standing(folder: Path) -> dict[str, Any]:
    """The header of the journal in a folder as it stands by now; nothing where there is none that can be read."""
    header: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError), (folder / JOURNAL).open("rb") as file:
        if (first := file.readline(MAX_HEADER)).startswith(START):
            header = json.loads(first)
            for line in file:
                if line.startswith(b'{"set"') and line.endswith(b"\n"):
                    header.update(json.loads(line)["set"])
    return header


def _begun(path: Path, header: Mapping[str, Any]) -> Journal:
    whole = {"journal": SCHEMA, **header}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        start = file.write(json.dumps(whole).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that the file itself is there after a power cut
    finally:
        os.close(folder)
    return Journal(path, whole, start)


def _same(header: Mapping[str, Any], asked: Mapping[str, Any], path: Path) -> None:
    """Demand that what is asked for is what was begun."""
    for name, value in asked.items():
        if value is None or header.get(name) == value:
            continue
        if name in ("laws", "specimen"):
            raise JournalError(
                f"The laws or the harness are not those that {path.parent} was begun with; give another --out to judge all "
                "anew, or go on with the code as it was."
            )
        told = "another" if name == "seed" else f"{header.get(name)}, not {value}"
        raise JournalError(
            f"{path.parent} was begun with {name.removesuffix('_s')} {told}; leave that option out to go on."
        )

"""What is in the files of a folder, by sha256, without reading those again that have not changed since.

A digest is trusted as long as the file's size, inode and times of change (mtime, ctime) are those it was read at. A file
that had changed within SETTLED_NS before it was read is not remembered: it could change again at the same time, to the
clock of its file system, and would then look as it had. (Git hashes such files again, for the same reason.)
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from impl.clip.folder.pictures import Picture
from impl.whole_file import write_whole

SETTLED_NS = 2 * 10**9  # the coarsest clock, FAT's
SAVE_EVERY_S = 15.0
Entry = list[int | str]


class Digests:
    """The digests of a folder's files, kept in a file of their own for each folder.

    Edges:   a file of them that is damaged counts as none, for they can be had again; one of two processes' is kept.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
        self._folder, self._path = str(folder), root / "digests" / f"{name}.json"
        self._entries, self._is_new = _read(self._path), False
        self._saved_s = time.monotonic()

    def known(self, picture: Picture) -> str | None:
        """The digest of a file that has not changed since it was read."""
        entry = self._entries.get(picture.name)
        if entry is None:
            return None
        try:
            is_same = entry[:-1] == _state(picture.path.stat())
        except OSError:
            return None
        return str(entry[-1]) if is_same else None

    def remember(self, picture: Picture, digest: str, of: os.stat_result, read_ns: int) -> None:
        """Take note of a digest; `read_ns` is when the reading began."""
        settled = max(of.st_mtime_ns, of.st_ctime_ns) < read_ns - SETTLED_NS
        if settled:
            self._entries[picture.name] = [*_state(of), digest]
        elif picture.name in self._entries:
            del self._entries[picture.name]
        self._is_new = self._is_new or settled
        if time.monotonic() - self._saved_s >= SAVE_EVERY_S:
            self.save()

    def save(self, pictures: Sequence[Picture] | None = None) -> None:
        """Write them, if there are new ones; those of other pictures than these are left out. Raises OSError."""
        if pictures is not None:
            names = {picture.name for picture in pictures}
            self._is_new |= not self._entries.keys() <= names
            self._entries = {name: entry for name, entry in self._entries.items() if name in names}
        if self._is_new:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps({"folder": self._folder, "files": self._entries}).encode())
        self._is_new, self._saved_s = False, time.monotonic()


def _state(of: os.stat_result) -> Entry:
    return [of.st_size, of.st_ino, of.st_mtime_ns, of.st_ctime_ns]


def _read(path: Path) -> dict[str, Entry]:
    try:
        files = json.loads(path.read_bytes())["files"].items()
        return {str(name): list(entry) for name, entry in files if re.fullmatch("[0-9a-f]{64}", entry[-1])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return {}

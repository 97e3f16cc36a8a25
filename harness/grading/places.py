"""A folder of an export, on the disk or in an archive: what lies in it, by name."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from harness.grading.archives import is_archive, members
from harness.grading.member import Damaged, Meter, Spent
from harness.grading.names import inside, is_junk
from harness.grading.taking import OF_A_CLASS
from harness.outcome import Unreadable

MAX_ENTRIES = 100_000  # of one folder
CODE = (".ipynb", ".toml", ".py", ".ipynb.txt", ".ipynb.json", ".ipynb.gz", ".toml.txt", ".py.txt")


@dataclass(frozen=True)
class Place:
    """What lies in a folder, in the order of names; what is hidden or made by a machine is left out.

    Edges:   `odd` is what is neither a folder nor a file, with what it is; `left` is what was left out.
    """

    path: Path
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    odd: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()

    @property
    def code(self) -> list[str]:
        """Files that may be judged."""
        return [name for name in self.files if name.lower().endswith(CODE)]

    @property
    def archives(self) -> list[str]:
        return [name for name in self.files if is_archive(name)]


Look = Callable[[Path], Place]


def on_disk(path: Path) -> Place:
    """A folder on the disk.

    Raises:  Unreadable where it cannot be listed.
    """
    try:
        with os.scandir(path) as entries:
            found = sorted(islice(entries, MAX_ENTRIES + 1), key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(f"{path} cannot be listed: {error.strerror}.") from None
    if len(found) > MAX_ENTRIES:
        raise Unreadable(f"{path} has more than {MAX_ENTRIES} entries: it is no folder of submissions.")
    left = tuple(entry.name for entry in found if is_junk(entry.name))
    found = [entry for entry in found if not is_junk(entry.name)]
    links = {entry.name: "a symbolic link, which is not followed" for entry in found if entry.is_symlink()}
    folders = [e.name for e in found if e.is_dir(follow_symlinks=False)]
    files = [e.name for e in found if e.is_file(follow_symlinks=False)]
    special = {e.name: "no regular file" for e in found if e.name not in {*links, *folders, *files}}
    return Place(path, tuple(folders), tuple(files), tuple(sorted((links | special).items())), left)


def in_archive(path: Path) -> Look:
    """The folders of an archive, looked up by the archive's path and the path in it.

    Edges:   a member whose path leads out of the archive is left out at its top.
    Raises:  Unreadable where it cannot be read to its end.
    """
    work, most, max_directory = OF_A_CLASS
    folders: dict[Path, set[str]] = defaultdict(set)
    files: dict[Path, set[str]] = defaultdict(set)
    left: dict[Path, set[str]] = defaultdict(set)
    try:
        with path.open("rb") as file:
            for member in members(file, Meter(work, most), max_directory=max_directory):
                name = inside(member.name)
                if name is None:
                    left[path].add(f"{member.name} (its path leads out of the archive)")
                    continue
                if is_junk(name):
                    above, last = _junk(name)
                    left[path / above].add(last)
                    continue
                parent, _, last = name.rpartition("/")
                files[path / parent].add(last)
                while parent:
                    parent, _, last = parent.rpartition("/")
                    folders[path / parent].add(last)
    except (Damaged, Spent) as error:
        raise Unreadable(f"{path.name} cannot be read, because {error}.") from None
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    return partial(_looked_up, dict(folders), dict(files), dict(left))


def _junk(name: str) -> tuple[str, str]:
    """The folder in which what is left out lies, and what it is called."""
    parts = name.split("/")
    at = next(i for i, part in enumerate(parts) if is_junk(part))
    return "/".join(parts[:at]), parts[at]


def _looked_up(
    folders: dict[Path, set[str]], files: dict[Path, set[str]], left: dict[Path, set[str]], path: Path
) -> Place:
    there, named, out = (tuple(sorted(of.get(path, ()))) for of in (folders, files, left))
    return Place(path, there, named, (), out)

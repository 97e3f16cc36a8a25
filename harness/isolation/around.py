"""What no subject may read where it lies in a folder that every subject may: the project, and other submissions.

Landlock can only allow. So a folder that holds what must not be read is not given as a whole but by what else is in it; and
a process that is shut in tries to read what it must not, so that no level is claimed that does not hold.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("impl", "spec", "harness", "tests", "benchmarks", "writeup", "conftest")
"""The project's own, which no foreign subject may see."""
INSTALLED = ("site-packages", "dist-packages")
NEEDED = frozenset({
    "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share", "etc", "local", "ssl", "targets", "nvvm",
    "pyvenv.cfg", "DLLs", "Lib",
})  # fmt: skip
"""What a system and Python are made of; a folder beside these, such as src, is somebody's work."""
MOST_TRIED, MOST_OF_A_FOLDER, MOST_LISTED = 20, 5, 200


def without(path: str, hidden: Sequence[str]) -> Iterator[str]:
    """A path as it really is, or, where something hidden is below it, all else that is there; no links are among it."""
    real = os.path.realpath(path)
    if not any(_is_below(one, real) for one in hidden):
        yield real
        return
    with contextlib.suppress(OSError), os.scandir(real) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.path not in hidden and not entry.is_symlink():
                yield from without(entry.path, hidden)


def hidden(path: str, subject: str, root: Path = ROOT) -> list[str]:
    """What must not be read with a folder of the system or of Python: the project, and the work that the subject is among.

    Edges:   where the project is installed among other packages, or is itself where Python is, it is its own packages, or
             all but Python's. Of a subject that is installed nothing is hidden but the project.
    Raises:  OSError, with a sentence, for a subject among files that Python needs, which cannot be told from others' work.
    """
    real = os.path.realpath(path)
    found = [str(root)]
    if real == str(root):
        names = [entry.name for entry in os.scandir(root)]
        is_hidden = _is_of_project if root.name in INSTALLED else _is_work
        found = [f"{root}/{name}" for name in names if is_hidden(name)]
    if subject and _is_below(subject, real) and not _is_installed(subject):
        found += _work(Path(real), Path(subject))
    return found


def _work(folder: Path, subject: Path) -> list[str]:
    """What is no part of the system, or of Python, in the folder of these that a subject is in."""
    top = folder
    for part in subject.relative_to(folder).parts:
        if _is_work(part):
            break
        folder /= part
    if folder == top or folder.name == "local":
        return [entry.path for entry in _listed(str(folder)) if _is_work(entry.name)]
    first = folder / subject.relative_to(folder).parts[0] if folder != subject else folder
    if not subject.parent.parent.is_relative_to(first):
        raise OSError(f"{subject} lies among files that every subject may read")
    return [str(first)]


def forbidden(given: Sequence[str], subject: str, own: Sequence[str], root: Path = ROOT) -> list[str]:
    """Files to try, each of which must not be read: some of the project's, and some that lie beside the subject and beside
    its folder.

    Edges:   `given` is what may be read, of which `own` is said by name: that is not tried.
    """
    names = [f"{name}{end}" for name in PACKAGES for end in (".py", "/__init__.py")]
    found = [root / name for name in (*names, *(() if root.name in INSTALLED else ("README.md", ".git/HEAD")))]
    if subject and not _is_installed(subject):
        found += _beside(Path(subject).parent, given)
    there = [str(path) for path in found if path.is_file() and not path.is_symlink()]
    return [path for path in there if not any(_is_below(path, one) for one in own)]


def demand_unread(paths: Sequence[str]) -> None:
    """Demand that none of these files can be read by this process.

    Raises:  OSError, with a sentence, for one that can.
    """
    for path in paths:
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            break
    else:
        return
    raise OSError(f"shut in, it reads {path}, which lies among what every subject may read")


def _beside(folder: Path, given: Sequence[str]) -> Iterator[Path]:
    """Some files in a folder and in those beside it, where nothing is given by name."""
    others = (
        entry.path
        for entry in _listed(str(folder.parent))
        if entry.is_dir(follow_symlinks=False) and not any(_is_below(path, entry.path) for path in given)
    )
    tried = (
        entry.path
        for one in itertools.chain([str(folder)], others)
        for entry in _listed(one)[:MOST_OF_A_FOLDER]
        if entry.is_file(follow_symlinks=False) and entry.path not in given
    )
    yield from map(Path, itertools.islice(tried, MOST_TRIED))


def _listed(folder: str) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return list(itertools.islice(entries, MOST_LISTED))
    return []


def _is_of_project(name: str) -> bool:
    return name.removesuffix(".py") in PACKAGES


def _is_work(name: str) -> bool:
    return name not in NEEDED and not name.startswith("cuda")


def _is_installed(path: str) -> bool:
    parts = Path(path).parts
    return any(name in parts for name in INSTALLED) or _is_below(path, os.path.realpath(sysconfig.get_path("stdlib")))


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)

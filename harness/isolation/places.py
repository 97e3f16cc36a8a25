"""What a subject may read, write and start: the system it runs on, Python and its packages, itself, and its own folder."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import stat
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.isolation.around import PACKAGES, hidden, without
from harness.isolation.landlock import DEVICE, EXECUTE, LIST, READ, READING, WRITE, WRITING

SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/passwd",
    "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/etc/fonts", "/etc/os-release", "/etc/matplotlibrc",
    "/sys/devices/system", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel",
)  # fmt: skip
"""No /home, /root, /tmp, /var or /run; nothing of /etc that is anybody's secret; of /proc no process."""
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
OF_A_GPU = ("/dev/nvidia*", "/dev/nvidia-caps", "/dev/dri", "/dev/dxg")
READ_FOR_A_GPU = ("/proc", "/sys", "/etc/vulkan", "/etc/OpenCL", "/run/nvidia-persistenced")
COMPILERS = ("cc", "gcc", "clang", "c++", "g++", "ld", "as", "ptxas", "nvcc", "ldconfig")
"""What Triton and the driver start: without these no kernel is compiled."""
MOST_BESIDE, MOST_LISTED, DEEPEST = 500, 20_000, 8
MOST_READ, MOST_READ_IN_ALL = 1 << 20, 4 << 20
"""Bytes of one file, and of all together, in which a subject may name what lies beside it."""


class Readable(NamedTuple):
    """What a subject may read besides the system: paths with all below them, and folders whose names it may list.

    Edges:   `subject` is its file, unless the project's own; what lies around that is other people's.
    """

    paths: list[str]
    folders: list[str]
    subject: str = ""


NOTHING = Readable([], [])


def rules(folder: str, readable: Readable, *, gpu: bool, whole_proc: bool) -> list[tuple[str, int]]:
    """A path and what may be done there, for `landlock.restrict`.

    Edges:   a folder of the system or of Python that the project lies in, or the subject with others, is given by what else
             is in it. `whole_proc` is for where /proc shows nothing but the subject's own processes. Who computes on a GPU reads
             all of it, for the driver does, and starts compilers.
    """
    given = dict.fromkeys((*SYSTEM, *python()))
    found = [(path, READING) for one in given for path in without(one, hidden(one, readable.subject))]
    found += [(path, READING) for path in readable.paths]
    found += [(path, LIST) for path in readable.folders]
    found += [(path, READ | WRITE) for path in DEVICES]
    found += [(folder, WRITING)]
    if whole_proc or gpu:
        found += [("/proc", READING | (WRITE if gpu else 0))]
    if gpu:
        found += [(os.path.realpath(path), READ | WRITE | DEVICE) for path in there(*OF_A_GPU)]
        found += [(os.path.realpath(path), READING) for path in READ_FOR_A_GPU]
        found += [(os.path.realpath(path), READING | EXECUTE) for path in compilers()]
    return found


def python() -> Iterator[str]:
    """Where the interpreter and its packages are."""
    yield from dict.fromkeys((sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix))
    yield from (path for path in sysconfig.get_paths().values() if "packages" in path)
    yield from (entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages", ".zip")))
    yield os.path.realpath(sys.executable)


def compilers() -> Iterator[str]:
    """The compilers that are here, with the folders that they start parts of themselves from."""
    for name in COMPILERS:
        if found := shutil.which(name):
            yield from (found, os.path.realpath(found))
    yield from there(
        "/usr/lib*/gcc*", "/usr/libexec/gcc*", "/usr/local/cuda*/bin", "/lib*/*/ld-linux*", "/lib64/ld-linux*"
    )
    yield from there(*(f"{entry}/triton/backends/*/bin" for entry in sys.path if entry.startswith("/")))


def there(*patterns: str) -> Iterator[str]:
    """What there is of absolute paths with wildcards."""
    yield from (str(path) for pattern in patterns for path in Path("/").glob(pattern.lstrip("/")))


def of_subject(
    path: Path, search: Sequence[str], *, root: Path, module: str | None, allowed: Sequence[str]
) -> Readable:
    """What a subject is made of: its file, and what it names of the Python files and packages beside it.

    Edges:   notebooks, archives and answers beside it are other people's, in folders that it names too: of these, Python
             files are what it may import. A link is followed where it stays in its folder. Of the project at `root` only
             what is `allowed`. Names of what lies beside it can be listed, for Python lists what it imports from.
    """
    folders = list(dict.fromkeys(os.path.realpath(folder) for folder in (str(path.parent), *search)))
    found, listed = {str(path), *(str(root / name) for name in allowed)}, set(folders)
    beside = _beside(folders)
    words, waiting, left = set(re.findall(rb"\w+", (module or "").encode())), [path], MOST_READ_IN_ALL
    while beside and len(found) < MOST_BESIDE and (words or (waiting and left > 0)):
        if not words:
            text = _text(waiting.pop(), min(left, MOST_READ))
            left -= len(text)
            words = set(re.findall(rb"[A-Za-z_]\w*", text))
        entries = [entry for word in sorted(beside.keys() & words) for entry in beside.pop(word)]
        words = set()
        for one in (real for entry in entries if (real := _own(entry, root.resolve()))):
            files, inner = _python_files(one) if one.is_dir() else ([one], [])
            listed.update(str(folder) for folder in inner)
            waiting += [file for file in files if str(file) not in found]
            found.update(str(file) for file in files)
    return Readable(sorted(found), sorted(listed), "" if allowed else str(path))


def _beside(folders: Sequence[str]) -> dict[bytes, list[os.DirEntry[str]]]:
    """What there is in folders, by the name that an import has for it; each folder is read once."""
    found: dict[bytes, list[os.DirEntry[str]]] = {}
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in itertools.islice(entries, MOST_LISTED):
                found.setdefault(os.fsencode(entry.name.removesuffix(".py")), []).append(entry)
    return found


def _own(entry: os.DirEntry[str], root: Path) -> Path | None:
    """Where a Python file or a folder beside a subject really is; None for any other file, for a link that leaves its
    folder, for the project, and for what the project lies in."""
    real, folder = Path(os.path.realpath(entry.path)), Path(entry.path).parent
    if not real.is_relative_to(folder) or real == folder:
        return None
    is_ours = entry.name.removesuffix(".py") in PACKAGES or not folder.is_relative_to(root)
    if (real.is_relative_to(root) and is_ours) or root.is_relative_to(real):
        return None
    with contextlib.suppress(OSError):
        mode = real.lstat().st_mode
        is_python = stat.S_ISREG(mode) and entry.name.endswith(".py") and real.suffix == ".py"
        return real if is_python or (stat.S_ISDIR(mode) and not entry.name.endswith(".py")) else None
    return None


def _python_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The Python files in a folder and the folders in it, and these folders: so many, and no deeper than packages go. No
    link is among them: where it stays inside, what it leads to is."""
    files: list[Path] = []
    folders: list[Path] = []
    waiting = [(folder, 0)]
    while waiting and len(files) + len(folders) < MOST_BESIDE:
        inner, depth = waiting.pop()
        folders.append(inner)
        with contextlib.suppress(OSError), os.scandir(inner) as entries:
            for entry in itertools.islice(entries, MOST_BESIDE):
                if entry.name.endswith(".py") and entry.is_file(follow_symlinks=False):
                    files.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False) and depth < DEEPEST and not entry.name.startswith("."):
                    waiting.append((Path(entry.path), depth + 1))
    return files, folders


def _text(path: Path, most: int) -> bytes:
    """The first bytes of a file; none of what is no file, which may be one that nobody ever writes to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    return b""

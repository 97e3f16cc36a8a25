"""What a subject may read, write and start: the system it runs on, Python and its packages, itself, and its own folder."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.isolation.landlock import DEVICE, EXECUTE, LIST, READ, READING, WRITE, WRITING

SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/passwd",
    "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/etc/fonts", "/etc/os-release", "/etc/matplotlibrc",
    "/sys/devices/system", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel",
)  # fmt: skip
"""No /home, /root, /tmp, /var or /run; nothing of /etc that is anybody's secret; of /proc no process."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
OF_A_GPU = ("/dev/nvidia*", "/dev/nvidia-caps", "/dev/dri", "/dev/dxg")
READ_FOR_A_GPU = ("/proc", "/sys", "/etc/vulkan", "/etc/OpenCL", "/run/nvidia-persistenced")
COMPILERS = ("cc", "gcc", "clang", "c++", "g++", "ld", "as", "ptxas", "nvcc", "ldconfig")
"""What Triton and the driver start: without these no kernel is compiled."""
MOST_BESIDE, MOST_READ, DEEPEST = 500, 1 << 20, 8
PACKAGES = ("impl", "spec", "harness", "tests", "benchmarks", "writeup", "conftest")
"""The project's own, which no foreign subject may see."""


class Readable(NamedTuple):
    """What a subject may read besides the system: paths with all below them, and folders whose names it may list."""

    paths: list[str]
    folders: list[str]


NOTHING = Readable([], [])


def rules(folder: str, readable: Readable, *, gpu: bool, whole_proc: bool) -> list[tuple[str, int]]:
    """A path and what may be done there, for `landlock.restrict`.

    Edges:   `whole_proc` is for where /proc shows nothing but the subject's own processes. Who computes on a GPU reads
             all of it, for the driver does, and starts compilers.
    """
    found = [(path, READING) for path in (*SYSTEM, *python(), *readable.paths)]
    found += [(path, LIST) for path in readable.folders]
    found += [(path, READ | WRITE) for path in DEVICES]
    found += [(folder, WRITING)]
    if whole_proc or gpu:
        found += [("/proc", READING | (WRITE if gpu else 0))]
    if gpu:
        found += [(path, READ | WRITE | DEVICE) for path in there(*OF_A_GPU)]
        found += [(path, READING) for path in READ_FOR_A_GPU]
        found += [(path, READING | EXECUTE) for path in compilers()]
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
             files are what it may import. Of the project at `root` only what is `allowed`. Names of what lies beside it can
             be listed, for Python lists what it imports from.
    """
    folders = [Path(folder) for folder in dict.fromkeys([str(path.parent), *search])]
    found = {str(path), *(str(root / name) for name in allowed)}
    listed = {str(folder) for folder in folders}
    words = set(re.findall(rb"\w+", (module or "").encode()))
    waiting = [path]
    while waiting and len(found) < MOST_BESIDE:
        new = _words(waiting.pop()) - words
        words |= new
        for one in _named(folders, new, root):
            files, inner = _python_files(one) if one.is_dir() else ([one], [])
            listed.update(str(folder) for folder in inner)
            waiting += [file for file in files if str(file) not in found]
            found.update(str(file) for file in files)
    return Readable(sorted(found), sorted(listed))


def _named(folders: Sequence[Path], words: set[bytes], root: Path) -> Iterator[Path]:
    """The files and folders beside a subject that have these names; never the project, nor anything it lies in."""
    root = root.resolve()
    for folder in folders:
        for name in sorted(word.decode(errors="replace") for word in words):
            for one in (folder / f"{name}.py", folder / name):
                with contextlib.suppress(OSError):
                    real = one.resolve()
                    is_ours = real.is_relative_to(root) and (
                        name in PACKAGES or not folder.resolve().is_relative_to(root)
                    )
                    if one.exists() and not is_ours and not root.is_relative_to(real):
                        yield one


def _python_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The Python files in a folder and the folders in it, and these folders: so many, and no deeper than packages go."""
    files: list[Path] = []
    folders: list[Path] = []
    waiting = [(folder, 0)]
    while waiting and len(files) + len(folders) < MOST_BESIDE:
        inner, depth = waiting.pop()
        folders.append(inner)
        with contextlib.suppress(OSError), os.scandir(inner) as entries:
            for entry in itertools.islice(entries, MOST_BESIDE):
                if entry.name.endswith(".py"):
                    files.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False) and depth < DEEPEST and not entry.name.startswith("."):
                    waiting.append((Path(entry.path), depth + 1))
    return files, folders


def _words(path: Path) -> set[bytes]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return set(re.findall(rb"[A-Za-z_]\w*", file.read(MOST_READ)))
    return set()

"""What the word SUBJECT on the command line means: a notebook, a Python file, an importable module, a file of answers."""

from __future__ import annotations

import errno
import hashlib
import importlib.machinery
import os
import re
import stat
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.outcome import Unreadable

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 64 << 20
DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
WITH_FUNCTION = re.compile(r"(.+):([^\W\d]\w*)", re.DOTALL)
OWN = ("impl",)
KINDS: dict[str, Literal["notebook", "answers"]] = {".ipynb": "notebook", ".toml": "answers"}


@dataclass(frozen=True)
class Target:
    """Where a subject's source is.

    Edges:   `allowed` names packages of this project that the subject is made of; a foreign subject has none. `function`
             is the kernel that the name asks for, as in `mykernel.py:fast_attention`.
    """

    name: str
    kind: Literal["notebook", "file", "module", "answers"]
    path: Path
    search: tuple[str, ...]
    module: str | None = None
    allowed: tuple[str, ...] = ()
    sha256: str = ""
    function: str | None = None


def resolve(name: str) -> Target:
    """The target that `name` means, with the hash of what is there now.

    Raises:  Unreadable, with one sentence, when there is nothing to read.
    """
    source, function = name, None
    if (named := WITH_FUNCTION.fullmatch(name)) and not os.path.lexists(name):
        source, function = named.groups()
    target = _resolve(source)
    if function and target.kind == "answers":
        raise Unreadable(f"{source} holds answers, no function {function}.")
    return replace(target, name=name, function=function, sha256=hashlib.sha256(target.path.read_bytes()).hexdigest())


def _resolve(name: str) -> Target:
    if not name.strip():
        raise Unreadable("The subject has no name.")
    looks_like_path = name.lower().endswith((*KINDS, ".py")) or os.sep in name
    is_there = os.path.lexists(name) and not Path(name, "__init__.py").exists()
    if not looks_like_path and not is_there and DOTTED.fullmatch(name):
        return _module(name)
    path = Path(name)
    _check_file(path)
    real = path.resolve()
    suffixes = {path.suffix.lower(), real.suffix.lower()}
    for suffix, kind in KINDS.items():
        if suffix in suffixes:
            return Target(name, kind, real, ())
    if ".py" not in suffixes:
        raise Unreadable(f"{name} is neither a notebook (.ipynb), a Python file (.py) nor a file of answers (.toml).")
    if real.is_relative_to(ROOT / "impl"):
        dotted = ".".join(real.relative_to(ROOT).with_suffix("").parts)
        return Target(name, "module", real, (str(ROOT),), dotted, OWN)
    return Target(name, "file", real, (str(real.parent),))


def _check_file(path: Path) -> None:
    try:
        about = path.stat()
    except FileNotFoundError:
        raise Unreadable(f"No such file: {path}.") from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ELOOP:
            raise Unreadable(f"{path} is a symbolic link that leads back to itself.") from None
        raise Unreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if stat.S_ISDIR(about.st_mode):
        raise Unreadable(
            f"{path} is a folder; a subject is a dotted module, a .py file, an .ipynb or a .toml of answers."
        )
    if not stat.S_ISREG(about.st_mode):
        raise Unreadable(f"{path} is not a regular file.")
    if about.st_size > MAX_BYTES:
        raise Unreadable(f"{path} has {about.st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    if not os.access(path, os.R_OK):
        raise Unreadable(f"{path} cannot be read: permission denied.")


def _module(name: str) -> Target:
    """The file of a dotted module, found without importing anything, its parents included."""
    search: list[str] | None = [str(Path.cwd()), *sys.path]
    found_in = ""
    spec = None
    for i, _ in enumerate(parts := name.split(".")):
        spec = importlib.machinery.PathFinder.find_spec(".".join(parts[: i + 1]), search)
        if spec is None:
            raise Unreadable(f"No module named {'.'.join(parts[: i + 1])}, and no file {name}.")
        if i == 0:
            found_in = _entry_of(spec, parts[0])
        search = list(spec.submodule_search_locations) if spec.submodule_search_locations is not None else []
    assert spec is not None
    if not spec.origin or not spec.origin.endswith(".py"):
        raise Unreadable(f"{name} is not a module with Python source.")
    path = Path(spec.origin).resolve()
    _check_file(path)
    own = OWN if parts[0] in OWN and path.is_relative_to(ROOT / "impl") else ()
    return Target(name, "module", path, (found_in,), name, own)


def _entry_of(spec: importlib.machinery.ModuleSpec, top: str) -> str:
    places = spec.submodule_search_locations
    if places:
        return str(Path(next(iter(places))).resolve().parent)
    return str(Path(spec.origin or ".").resolve().parent)

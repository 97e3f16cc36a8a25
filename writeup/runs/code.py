"""A digest of the code that decides what a run comes to, whatever is said about it in comments and docstrings."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = frozenset({"spec", "impl", "harness", "tests", "benchmarks", "writeup"})
DIGITS = 16


def digest(modules: Sequence[str], root: Path = ROOT) -> str:
    """A digest of some modules and of all of ours that they import, wherever in them they do.

    Edges:   `.*` after a package names all modules in it. Comments, docstrings and how code is laid out change nothing.
    Raises:  ValueError for a module that is not there.
    """
    found, waiting = dict[Path, bytes](), [path for one in modules for path in _named(root, one)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path], imported = _read(path.read_bytes())
        waiting += [file for name in imported for file in _files(root, name)]
    told = hashlib.sha256()
    for path in sorted(found):
        told.update(path.relative_to(root).as_posix().encode() + b"\0" + found[path])
    return told.hexdigest()[:DIGITS]


def _named(root: Path, name: str) -> list[Path]:
    if name.endswith(".*"):
        found = sorted(root.joinpath(*name.split(".")[:-1]).rglob("*.py"))
    else:
        found = _files(root, name) if _file(root, name) else []
    if not found:
        raise ValueError(f"{name} is no module in {root}")
    return found


def _files(root: Path, name: str) -> list[Path]:
    """The files that an import of a name runs: its own, if it is a module, and those of the packages that it is in."""
    parts = name.split(".")
    found = [_file(root, ".".join(parts[: count + 1])) for count in range(len(parts))]
    return [path for path in found if path is not None]


def _file(root: Path, name: str) -> Path | None:
    place = root.joinpath(*name.split("."))
    found = [path for path in (place.with_name(f"{place.name}.py"), place / "__init__.py") if path.is_file()]
    return found[0] if found else None


@cache
def _read(source: bytes) -> tuple[bytes, frozenset[str]]:
    """What a source says to Python, as a hash, and what of ours it imports."""
    tree = ast.parse(source)
    told = hashlib.sha256()
    for word in _words(tree):
        told.update(word.encode(errors="surrogatepass") + b"\0")
    return told.digest(), frozenset(name for node in ast.walk(tree) for name in _imported(node))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [one.name for one in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    else:
        names = []
    yield from (name for name in names if name.split(".")[0] in OURS)


def _words(node: object) -> Iterator[str]:
    """A tree in words. What is empty is left out, so that a version of Python that knows more fields says the same."""
    if isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            said = _without_docstring(node, value) if name == "body" else value
            if said is not None and said != []:
                yield f"{name}="
                yield from _words(said)
        yield ")"
    elif isinstance(node, list):
        for one in node:
            yield from _words(one)
        yield "]"
    else:
        yield repr(node)


def _without_docstring(node: ast.AST, body: object) -> object:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
        return node.body[1:]
    return body

"""What a notebook's code cannot run without: the packages that it, and what it imports of the project, import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from notebooks.make import HERE

ROOT = HERE.parent
OURS = ("harness", "impl", "spec", "writeup")


def packages(name: str) -> set[str]:
    """The packages that a notebook of that name imports, by itself or through the project."""
    found: set[str] = set()
    waiting, seen = [HERE / f"{name}.py"], set[Path]()
    while waiting:
        if (path := waiting.pop()) in seen:
            continue
        seen.add(path)
        for module in _imported(path):
            if module.partition(".")[0] in OURS:
                waiting += _files(module)
            else:
                found.add(module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def _imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, also in its functions, and whatever names in them may be modules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(module: str) -> list[Path]:
    """The files that are run when a module of ours is imported: its packages' and its own."""
    parts = module.split(".")
    names = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    candidates = [ROOT / f"{one}{end}" for one in names for end in ("/__init__.py", ".py")]
    return [one for one in candidates if one.is_file()]

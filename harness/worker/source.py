"""Where a subject's objects come from: a notebook's cells, a Python file, or an importable module."""

from __future__ import annotations

import ast
import codecs
import contextlib
import importlib
import importlib.util
import io
import itertools
import os
import re
import sys
import tokenize
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from harness.notebook.cells import names_by_text, read
from harness.notebook.definitions import Definitions
from harness.notebook.execution import Execution, Failed, NotBound
from harness.notebook.names import split
from harness.outcome import Unreadable
from harness.wire import Header
from harness.worker.signature import assigns, assigns_by_text, takes

MAX_NEIGHBOURS = 200
IMPORT = re.compile(r"^\s*(?:from|import)\b.*", re.MULTILINE)
HARNESS = os.path.realpath(Path(__file__).parents[1]) + os.sep


class LoadError(Exception):
    """The item is there by name, but what defines it does not run; one sentence."""


class Source(Protocol):
    """What a worker asks of a subject, whatever it is written in."""

    def offers(self, items: Sequence[str]) -> dict[str, list[Header]]:
        """The items that the text binds, with every place: {"cell": number or None, "line": number, "takes": how many
        arguments a class's forward takes, or None, "assigned": whether the name is given a value there}."""

    def define(self, item: str, cell: int | None, line: int) -> Any:
        """The item's object, as it is defined at a place. LoadError when its definition fails, AttributeError when there is none after all."""

    def place(self, frame: traceback.FrameSummary) -> str | None:
        """A frame's place in the subject's own code, or None for anybody else's."""

    def mentions(self, word: str) -> bool:
        """Whether the subject's text has the word, or that of what lies beside it and may be imported."""

    def uses(self, word: str) -> bool:
        """Whether the subject's text has the word, or that of what it imports from beside it."""

    def unbound(self) -> dict[str, str]:
        """Names that could not be bound, and why."""

    def remarks(self) -> list[str]:
        """What a reader of the verdict should know about how the item was defined."""


def open_source(request: Header, announce: Callable[[str], None]) -> Source:
    """The source for a `read` request.

    Raises:  Unreadable, with one sentence.
    """
    path = Path(request["path"])
    text = decode(path.read_bytes(), path.name, python=request["kind"] != "notebook")
    if request["kind"] == "notebook":
        return NotebookSource(text, path.name, path.parent, Path(request["folder"]), announce)
    return ModuleSource(
        text, path, request["module"] if request["kind"] == "module" else None, request["search"], announce
    )


def decode(raw: bytes, name: str, *, python: bool = False) -> str:
    """A subject's text; a Python file may name its own encoding, a notebook's byte order mark may say that it is in UTF-16.

    Raises:  Unreadable for what is empty or not in its encoding.
    """
    if not raw.strip():
        raise Unreadable(f"{name} is empty.")
    with contextlib.suppress(SyntaxError, UnicodeDecodeError):
        plain = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        return raw.decode(tokenize.detect_encoding(io.BytesIO(raw).readline)[0] if python else plain)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}.") from None


class NotebookSource:
    """A notebook: only what an item needs is run."""

    def __init__(self, text: str, name: str, beside: Path, folder: Path, announce: Callable[[str], None]) -> None:
        self._neighbours = beside
        self._definitions = Definitions(read(text, name))
        self._folder = folder
        self._execution = Execution(self._definitions, folder, announce)

    def offers(self, items: Sequence[str]) -> dict[str, list[Header]]:
        found: dict[str, list[Header]] = {}
        for item in items:
            places = [
                {
                    "cell": s.cell,
                    "line": s.line,
                    "certain": s.certain,
                    "takes": takes(s.node),
                    "assigned": assigns(s.node, item),
                }
                for s in self._definitions.of(item)
            ]
            broken = [
                {
                    "cell": cell.number,
                    "line": (line := cell.broken_names[item]),
                    "broken": cell.broken,
                    "assigned": assigns_by_text(cell.source.split("\n")[line - 1], item),
                }
                for cell in self._definitions.cells.values()
                if cell.broken and item in cell.broken_names
            ]
            if places or broken:
                found[item] = sorted([*places, *broken], key=lambda place: (place["cell"], place["line"]))
        return found

    def define(self, item: str, cell: int | None, line: int) -> Any:
        known = self._definitions.of(item)
        defining = [s for s in known if cell is None or (s.cell, s.line) <= (cell, line)]
        if not defining:
            spoilt = self._definitions.broken(item)
            raise LoadError(spoilt[1] if spoilt else f"no cell defines {item}")
        # as in Jupyter, a notebook may import what was handed in with it; not before, or libraries would as well
        if (beside := str(self._neighbours)) not in sys.path:
            sys.path.append(beside)
        try:
            for statement in reversed(defining):
                with contextlib.suppress(NotBound):
                    return self._execution.define(statement, item)
            return self._execution.define(defining[-1], item)
        except Failed as error:
            raise LoadError(str(error)) from None

    def place(self, frame: traceback.FrameSummary) -> str | None:
        path = Path(frame.filename)
        if path.parent != self._folder or not path.stem.startswith("cell_"):
            return None
        return f"cell {path.stem.removeprefix('cell_')}, line {frame.lineno}"

    def mentions(self, word: str) -> bool:
        own = any(word in cell.source for cell in self._definitions.cells.values())
        return own or any(word in text for text in _beside(self._neighbours).values())

    def uses(self, word: str) -> bool:
        whole = "\n".join(cell.source for cell in self._definitions.cells.values())
        return any(word in text for text in _imported(whole, self._neighbours))

    def unbound(self) -> dict[str, str]:
        return self._execution.unbound

    def remarks(self) -> list[str]:
        return self._execution.remarks


class ModuleSource:
    """A Python file or a dotted module, imported as Python imports it."""

    def __init__(
        self, text: str, path: Path, module: str | None, search: list[str], announce: Callable[[str], None]
    ) -> None:
        self._announce = announce
        self._text, self._path, self._dotted, self._search = text, path, module, search
        self._module: Any = None

    def offers(self, items: Sequence[str]) -> dict[str, list[Header]]:
        names, defined = _bound_names(self._text), _definitions(self._text)
        maybe = "import *" in self._text
        lines = self._text.split("\n")
        found: dict[str, list[Header]] = {}
        for item in [i for i in items if i in names or maybe]:
            line, node = names.get(item, (1, None))
            assigned = assigns(node, item) if node else assigns_by_text(lines[line - 1], item)
            place = {"cell": None, "line": line, "takes": takes(defined.get(item)), "assigned": assigned}
            found[item] = [place]
        return found

    def define(self, item: str, cell: int | None, line: int) -> Any:
        if self._module is None:
            self._module = self._import()
        return getattr(self._module, item)

    def place(self, frame: traceback.FrameSummary) -> str | None:
        folders = [os.path.realpath(entry) for entry in self._search]
        path = os.path.realpath(frame.filename)
        beside = any(path.startswith(folder + os.sep) for folder in folders)
        own = beside and "site-packages" not in path and not path.startswith(HARNESS)
        return f"{Path(path).name}, line {frame.lineno}" if own else None

    def mentions(self, word: str) -> bool:
        return word in self._text or any(word in text for text in _beside(self._path.parent).values())

    def uses(self, word: str) -> bool:
        return any(word in text for text in _imported(self._text, self._path.parent))

    def unbound(self) -> dict[str, str]:
        return {}

    def remarks(self) -> list[str]:
        return []

    def _import(self) -> Any:
        sys.path[:0] = self._search
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True
        self._announce(self._path.name)
        try:
            return importlib.import_module(self._dotted) if self._dotted else _from_file(self._path)
        except SyntaxError as error:
            where = f"{Path(error.filename or self._path).name}, line {error.lineno or 1}"
            raise LoadError(f"{where}: {error.msg}") from None
        except Exception as error:  # noqa: BLE001 - a stranger's code
            places = [self.place(frame) for frame in traceback.extract_tb(error.__traceback__)]
            place = next((p for p in reversed(places) if p), self._path.name)
            raise LoadError(f"{place}: {type(error).__name__}: {' '.join(str(error).split())}") from None


def _beside(folder: Path) -> dict[Path, str]:
    """The texts of the Python files in a folder, and in the folders directly in it."""
    texts = {}
    files = itertools.chain(folder.glob("*.py"), folder.glob("*/*.py"))
    for path in itertools.islice(files, MAX_NEIGHBOURS):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if path.is_file():
                texts[path] = path.read_text()
    return texts


def _imported(text: str, folder: Path) -> Iterator[str]:
    """A text, those of the files beside it whose names stand in its imports, and so on."""
    beside = _beside(folder)
    waiting = [text]
    while waiting:
        yield (text := waiting.pop())
        words = set(re.findall(r"\w+", " ".join(IMPORT.findall(text))))
        found = [p for p in beside if (p.parent.name if p.stem == "__init__" else p.stem) in words]
        waiting += [beside.pop(path) for path in found]


def _bound_names(text: str) -> dict[str, tuple[int, ast.AST | None]]:
    """The names that a module's text binds, with their last line and what stands there; by its look where it does not
    parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            statements = list(split(ast.parse(text), 0))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {name: (line, None) for name, line in names_by_text(text).items()}
        return {name: (statement.line, statement.node) for statement in statements for name in statement.binds}


def _definitions(text: str) -> dict[str, ast.ClassDef | ast.FunctionDef]:
    """The classes and functions at the top of a module's text, the last of each name."""
    with warnings.catch_warnings(), contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        warnings.simplefilter("ignore")
        return {n.name: n for n in ast.parse(text).body if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    return {}


def _from_file(path: Path) -> Any:
    name = path.stem if path.stem not in sys.modules else f"subject_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

"""Handed-in code as listings: a class or function as it stands in a notebook, with the lines that the handout asks for marked."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import nbformat

from writeup.paper.blocks import Listing, Missing, Paragraph

ROOT = Path(__file__).parents[2]
Definition = ast.ClassDef | ast.FunctionDef


def listing(notebook: str, name: str, *, asked: tuple[str, ...] = ()) -> Listing | Paragraph:
    """A top-level definition of a notebook of the project; `asked` are the methods that were to be written, the whole body
    where it is empty.

    Edges:   a notebook or definition that is not there is missing.
    Raises:  NotJSONError, ValidationError for a file that is no notebook.
    """
    path = ROOT / notebook
    if not path.is_file():
        return Paragraph((Missing(f"{notebook}, which defines {name}"),))
    for number, cell in enumerate(_cells(path), start=1):
        for node in _definitions(cell):
            if node.name == name:
                return _listing(f"{notebook}, cell {number}", cell, node, asked)
    return Paragraph((Missing(f"{name} in {notebook}"),))


@cache
def _cells(path: Path) -> tuple[str, ...]:
    """The text of each cell; nothing for one that is no code, so that they are numbered as a reader counts them."""
    read = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return tuple(cell.source if cell.cell_type == "code" else "" for cell in read.cells)


def _definitions(cell: str) -> list[Definition]:
    try:
        module = ast.parse(cell)
    except SyntaxError:  # a cell with a magic in it defines nothing that is handed in
        return []
    return [node for node in module.body if isinstance(node, Definition)]


def _listing(source: str, cell: str, node: Definition, asked: tuple[str, ...]) -> Listing:
    first, last = _first(node), node.end_lineno or node.lineno
    methods = [one for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one.name in asked]
    written: list[Definition] = [*methods] or [node]
    added = {number for one in written for number in range(_body(one), (one.end_lineno or one.lineno) + 1)}
    return Listing(source, first, tuple(cell.splitlines()[first - 1 : last]), frozenset(added))


def _first(node: Definition) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _body(node: Definition) -> int:
    """The first line of what a definition does, behind what it says of itself."""
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return first.lineno

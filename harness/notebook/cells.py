"""An .ipynb file -> its code cells, each parsed into statements or marked as broken."""

from __future__ import annotations

import ast
import difflib
import json
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from harness.notebook.names import Statement, split
from harness.outcome import Unreadable

TRANSPARENT = re.compile(r"^%%(time|capture|prun)\b.*$")  # their body runs as if it stood alone
WHOLE_CELL = re.compile(r"^%%\w+")
BOUND_BY_TEXT = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)|^(?:from\s+\S+\s+)?import\s+(.+)$", re.MULTILINE)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Units:   `number` counts all cells of the notebook, prose too, from 1, as editors show it.
    Edges:   a cell that does not parse has no statements, says why in `broken`, and lists the names that its text
             would have bound.
    """

    number: int
    source: str
    statements: tuple[Statement, ...] = ()
    broken: str | None = None
    broken_names: dict[str, int] = field(default_factory=dict)


def read(text: str, name: str) -> list[Cell]:
    """The code cells of a notebook's text, in order; nbformat 3 and 4.

    Raises:  Unreadable, with one sentence, for what is no notebook or has no code.
    """
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unreadable(f"{name} is not a notebook: its JSON is nested too deeply.") from None
    except ValueError as error:
        raise Unreadable(f"{name} is not JSON that can be read: {error}.") from None
    if not isinstance(tree, dict) or "nbformat" not in tree:
        raise Unreadable(f'{name} is JSON but not a notebook: it has no "nbformat".')
    try:
        _fill_in(tree)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing cell ids and the like change no definition
            notebook = nbformat.reads(json.dumps(tree), as_version=4)  # type: ignore[no-untyped-call]
        sources = [(i, _text(c["source"])) for i, c in enumerate(notebook["cells"], 1) if c["cell_type"] == "code"]
    except Exception as error:  # noqa: BLE001 - nbformat raises what it happens to stumble over
        raise Unreadable(
            f"{name} is not a notebook that nbformat can read ({type(error).__name__}: {error})."
        ) from None
    if not any(source.strip() for _, source in sources):
        raise Unreadable(f"{name} has no code, only {len(notebook['cells'])} cells of prose or nothing.")
    return [parse(number, source) for number, source in sources]


def _fill_in(tree: dict[str, Any]) -> None:
    """Give a notebook the fields that say nothing and that nbformat will not do without."""
    tree.setdefault("nbformat_minor", 0)
    for part in (tree, *tree.get("cells", ())):
        if part.get("metadata") is None:
            part["metadata"] = {}
        if part.get("cell_type") == "code":
            part["outputs"] = []  # no definition depends on what it once showed
            part.setdefault("execution_count", None)


def parse(number: int, source: str) -> Cell:
    """One cell's statements, at their own lines; magics stay in as calls of get_ipython() and are never taken."""
    lines = source.split("\n")
    first = 0
    while first < len(lines) and (not lines[first].strip() or TRANSPARENT.match(lines[first].strip())):
        lines[first] = ""
        first += 1
    if first < len(lines) and WHOLE_CELL.match(lines[first].strip()):
        return Cell(number, source)  # another language, or a file to be written
    plain = "\n".join(lines)
    try:
        python = TransformerManager().transform_cell(plain)  # type: ignore[no-untyped-call]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's "\d" is no concern of ours
            tree = compile(python, f"cell {number}", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        _realign(tree, plain, python)
        compile(tree, f"cell {number}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        statements = tuple(split(tree, number))
        for statement in statements:
            statement.analyse()
        return Cell(number, source, statements)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or f"{type(error).__name__}: {error}"
        return Cell(number, source, (), f"cell {number}, line {line}: {reason}", names_by_text(source))


def names_by_text(source: str) -> dict[str, int]:
    """The names that unindented lines of a text would bind, with their first line: for code that does not parse."""
    names: dict[str, int] = {}
    for match in BOUND_BY_TEXT.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        if match[3]:
            found = [part.split(" as ")[-1].strip(" ()") for part in match[3].split("#")[0].split(",")]
        else:
            found = [match[1] or match[2]]
        for name in found:
            names.setdefault(name.split(".")[0], line)
    return names


def _text(source: object) -> str:
    if isinstance(source, list):
        source = "".join(source)
    if not isinstance(source, str):
        raise TypeError(f"a cell's source is a {type(source).__name__}")
    return source


def _realign(tree: ast.AST, source: str, python: str) -> None:
    """Give the nodes the lines of `source`, where IPython joined continued magics into fewer lines."""
    before, after = source.splitlines(), python.splitlines()
    if len(before) == len(after):
        return
    line_of: dict[int, int] = {}
    for a, b, size in difflib.SequenceMatcher(None, after, before, autojunk=False).get_matching_blocks():
        line_of |= {a + i + 1: b + i + 1 for i in range(size)}
    for node in ast.walk(tree):
        for field_name in ("lineno", "end_lineno"):
            if line := getattr(node, field_name, None):
                setattr(node, field_name, line_of.get(line, line))

"""Near-duplicates of code in a class: a place to look, never an accusation.

A function is told by what its statements do, four in a row, once names, constants, comments and what it prints are left out.
What most of a class has in common is the course's, and counts for nothing; the fewer have it, the more it counts.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log

from harness.grading.texts import notebook, python

IN_A_ROW = 4  # statements
MIN_NODES = 15  # of so many statements, or of a shorter function, for it to say anything
MAX_CELL = 200_000  # characters; to parse them takes under half a second
MAX_FUNCTIONS, MAX_ROWS = 400, 400
MAX_NAME = 60
FEW = 40  # students who have a row, for each of them to be held against each
ALIKE = 0.5  # of what is rare in the smaller submission
ENOUGH = 8  # rare rows in common
MAX_PAIRS = 200


@dataclass(frozen=True)
class Pair:
    """Two students whose code is alike.

    Units:   `similarity` is the share of what is rare in the smaller of the two that the other has as well, 0 to 1.
    Edges:   `where` names functions, the most alike first: of both where they are called differently.
    """

    first: str
    second: str
    similarity: float
    where: tuple[str, ...]


def fingerprint(text: str) -> list[str]:
    """The shape of a notebook's or a Python file's functions: of each its name, and hashes of its statements in rows.

    Edges:   what does not parse has no shape; nor has what stands outside of functions. It is empty for what is no code.
    """
    try:
        cells = notebook(text).code if text.lstrip()[:1] == "{" else python(text).code
    except ValueError:
        return []
    shapes: list[str] = []
    for tree in filter(None, map(_parsed, (cell for cell in cells if len(cell) <= MAX_CELL))):
        try:
            shapes += [f"{name[:MAX_NAME]}:{rows}" for name, function in _functions(tree) if (rows := _rows(function))]
        except RecursionError:
            continue
    return shapes[:MAX_FUNCTIONS]


def _parsed(source: str) -> ast.Module | None:
    """A cell's syntax, with lines of IPython's own left out where it is none of Python's."""
    if source.lstrip().startswith("%%"):
        source = source.lstrip().partition("\n")[2] if source.lstrip().startswith(("%%time", "%%capture")) else ""
    lines = source.split("\n")
    plain = "\n".join(_plain(line) for line in lines)
    for text in (source, plain):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _plain(line: str) -> str:
    bare = line.lstrip()
    return line[: len(line) - len(bare)] + "pass" if bare.startswith(("%", "!", "?")) else line


def _functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Functions and methods with their names; one in another belongs to that."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{within}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{within}{node.name}.")
        elif isinstance(node, ast.stmt | ast.ExceptHandler):
            yield from _functions(node, within)


def _rows(function: ast.AST) -> str:
    """Hashes of a function's statements, so many in a row, one after another."""
    own = _own(function)
    steps = [step for step in (_step(statement, own) for statement in _statements(function)) if step]
    count = max(1, len(steps) - IN_A_ROW + 1)
    rows = [[token for step in steps[i : i + IN_A_ROW] for token in (*step, ";")] for i in range(min(count, MAX_ROWS))]
    return "".join(_hash(row) for row in rows if len(row) >= MIN_NODES)


def _hash(row: list[str]) -> str:
    return hashlib.blake2b(" ".join(row).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _own(function: ast.AST) -> set[str]:
    """Attributes that it sets, whose names are its writer's."""
    nodes = ast.walk(function)
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in a function, in order: of one that holds others its head alone, then those."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
            yield from _statements(child)


def _step(statement: ast.AST, own: set[str]) -> list[str]:
    """A statement as words: kinds of nodes in order, and the names of what it uses of libraries."""
    if isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and _says_only(statement.value)):
        return []
    words: list[str] = []
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Attribute) and node.attr not in own and not _is_self(node.value):
            words.append(f".{node.attr}")
        elif isinstance(node, ast.AnnAssign):  # a note of a type is no other statement
            words.append("Assign")
        else:
            words.append(type(node.value if isinstance(node, ast.Constant) else node).__name__)
        inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context | ast.stmt)]
        if isinstance(node, ast.AnnAssign):
            inner.remove(node.annotation)
        if isinstance(node, ast.arg):
            inner = []
        todo += reversed([child for child in inner if not isinstance(child, ast.ExceptHandler | ast.match_case)])
    return words


def _says_only(value: ast.expr) -> bool:
    is_print = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"
    return is_print or isinstance(value, ast.Constant)


def _is_self(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "self"


def near_duplicates(records: Iterable[tuple[str, list[str]]]) -> list[Pair]:
    """Pairs of students whose code is alike beyond what most have, the most alike first.

    Units:   of each record its name and its shape. Work grows with the class, not with its square.
    Edges:   of two students alone nothing is said: what both have may be the course's. Of many with the same code each is
             held against the first of them alone.
    """
    shapes = {name: _by_row(shape) for name, shape in records}
    having: dict[str, list[str]] = defaultdict(list)
    for name in sorted(shapes):
        for row in shapes[name]:
            having[row].append(name)
    weights = {row: _weight(len(names), len(shapes)) for row, names in having.items()}
    found = [_pair(a, b, shapes, weights) for a, b in _candidates(having, weights)]
    alike = [pair for pair in found if pair.similarity >= ALIKE]
    return sorted(alike, key=lambda pair: (-pair.similarity, pair.first, pair.second))[:MAX_PAIRS]


def _by_row(shape: list[str]) -> dict[str, str]:
    """The function of each row."""
    found: dict[str, str] = {}
    for one in shape:
        name, _, rows = one.rpartition(":")
        found |= {row: name for i in range(0, len(rows), 8) if (row := rows[i : i + 8]) not in found}
    return found


def _weight(many: int, students: int) -> float:
    """How much a row counts that so many have: 1 for one alone, nothing from half of the class on."""
    if many >= students or many > max(2, students / 2):
        return 0.0
    return 1 - log(many) / log(students)


def _candidates(having: Mapping[str, list[str]], weights: Mapping[str, float]) -> list[tuple[str, str]]:
    shared: Counter[tuple[str, str]] = Counter()
    for row, names in having.items():
        if len(names) > 1 and weights[row] > 0:
            shared.update(combinations(names, 2) if len(names) <= FEW else ((names[0], name) for name in names[1:]))
    return [pair for pair, rows in shared.items() if rows >= ENOUGH]


def _pair(a: str, b: str, shapes: Mapping[str, dict[str, str]], weights: Mapping[str, float]) -> Pair:
    both = [row for row in shapes[a] if row in shapes[b]]
    common = sum(weights[row] for row in both)
    least = min(sum(weights[row] for row in shapes[name]) for name in (a, b))
    where: Counter[str] = Counter()
    for row in both:
        if weights[row] > 0:
            first, second = shapes[a][row], shapes[b][row]
            where[first if first == second else f"{first} / {second}"] += 1
    return Pair(a, b, round(common / least, 3) if least else 0.0, tuple(name for name, _ in where.most_common(5)))

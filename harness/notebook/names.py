"""What a statement binds, what it changes, and what it loads: now, or later when a function in it is called."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

CHANGING_METHODS = {
    "add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update",
}  # fmt: skip
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
CERTAIN = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Statement:
    """One top-level statement of a cell; of an import, one alias.

    Units:   `cell` and `line` count from 1; `order` sorts statements as the notebook does.
    """

    cell: int
    index: int
    node: ast.stmt

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def order(self) -> tuple[int, int]:
        return (self.cell, self.index)

    @property
    def place(self) -> str:
        return f"cell {self.cell}, line {self.line}"

    @property
    def certain(self) -> bool:
        """Whether it binds its names whatever happens; an `if` or a loop may leave an earlier binding in force."""
        return isinstance(self.node, CERTAIN) and not self._adds_to_a_package

    @property
    def defines(self) -> bool:
        """Whether it is an import, a function or a class."""
        return isinstance(self.node, CERTAIN[:5])

    @property
    def star(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_future(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"

    @property
    def _adds_to_a_package(self) -> bool:  # `import a.b` binds a, and so does `import a.c`
        return isinstance(self.node, ast.Import) and "." in (a := self.node.names[0]).name and a.asname is None

    @cached_property
    def magic(self) -> bool:
        """Whether it is, or needs, a line of IPython's own: `!`, `%` or `?`."""
        return any(_is_magic(n) for n in ast.walk(self.node))

    @cached_property
    def binds(self) -> frozenset[str]:
        top = self._table
        names = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
        deleted = {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
        return frozenset(names - (self._augmented - self._stored) - deleted)

    @cached_property
    def changes(self) -> frozenset[str]:
        """Names whose object it alters or may rebind: `x.a = 1`, `x[0] = 1`, `x += 1`, `x.append(1)`, `setattr(x, ...)`."""
        changed = {name for node in _outside_functions(self.node) for name in _changed_by(node)}
        return frozenset(changed | self._augmented)

    @cached_property
    def loads(self) -> frozenset[str]:
        """Names needed to run it."""
        return frozenset(_loads(self._table, deferred=False) | self._augmented)

    @cached_property
    def loads_later(self) -> frozenset[str]:
        """Names needed only when a function that it defines is called."""
        return frozenset(_loads(self._table, deferred=True)) - self.loads

    def analyse(self) -> None:
        """Find all of the above now.

        Raises:  SyntaxError for what only Python's second look finds; RecursionError for what is nested too deeply.
        """
        _ = (self.binds, self.changes, self.loads, self.loads_later, self.magic)

    @cached_property
    def _stored(self) -> set[str]:
        nodes = list(_outside_functions(self.node))
        changed = {id(n.target) for n in nodes if isinstance(n, ast.AugAssign)}
        names = (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        return {n.id for n in names if id(n) not in changed}

    @cached_property
    def _augmented(self) -> set[str]:
        nodes = _outside_functions(self.node)
        return {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = ast.unparse(self.node)
            return symtable.symtable(text if "await" not in text else _without_await(self.node), "<cell>", "exec")


def split(tree: ast.Module, cell: int) -> Iterator[Statement]:
    """The statements of a parsed cell, imports split into their aliases.

    Source:  one missing module in a line of imports must not take the others with it.
    """
    index = 0
    for node in tree.body:
        if not isinstance(node, ast.Expr):
            _WithoutMagic().visit(node)
        parts: list[ast.stmt] = [node]
        if isinstance(node, ast.Import):
            parts = [ast.copy_location(ast.Import([alias]), alias) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = [ast.copy_location(ast.ImportFrom(node.module, [a], node.level), a) for a in node.names]
        for part in parts:
            yield Statement(cell, index, part)
            index += 1


class _WithoutMagic(ast.NodeTransformer):
    """Puts `pass` for shell and magic lines inside a statement, such as `except ImportError: !pip install x`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.copy_location(ast.Pass(), node) if _is_magic(node.value) else node


def _is_magic(node: ast.AST) -> bool:
    """Whether it is `get_ipython().something(...)`, which is what IPython makes of its own syntax."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    inner = node.func.value
    return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "get_ipython"


def _loads(table: symtable.SymbolTable, *, deferred: bool, inside: bool = False) -> set[str]:
    names = set()
    if inside == deferred:
        for symbol in table.get_symbols():
            is_outer = symbol.is_global() or table.get_type() == "module"
            if symbol.is_referenced() and is_outer:
                names.add(symbol.get_name())
    for child in table.get_children():
        is_function = child.get_type() == "function" and child.get_name() not in COMPREHENSIONS
        names |= _loads(child, deferred=deferred, inside=inside or is_function)
    return names


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)


def _changed_by(node: ast.AST) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
        inside = (name for part in node.body for inner in _outside_functions(part) for name in _changed_by(inner))
        if node.target.id in inside:  # for cls in (A, B): cls.forward = forward
            yield from (n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name))
    elif isinstance(node, ast.FunctionDef):  # @patch(A) def forward(self, ...)
        calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
        yield from (a.id for call in calls for a in call.args if isinstance(a, ast.Name))
    elif isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name) and function.id == "setattr" and node.args:
            targets = [ast.Attribute(node.args[0], "_", ast.Store())]
        elif isinstance(function, ast.Attribute) and function.attr in CHANGING_METHODS:
            targets = [function]
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            targets.extend(target.elts)
        is_part, root = False, target
        while isinstance(root, ast.Attribute | ast.Subscript):
            is_part, root = True, root.value
        if is_part and isinstance(root, ast.Name):
            yield root.id


def _without_await(node: ast.stmt) -> str:
    """The statement's text with top-level awaits dropped, which symtable does not allow outside a function."""

    class Drop(ast.NodeTransformer):
        def visit_Await(self, node: ast.Await) -> ast.AST:
            return self.generic_visit(node.value)

    copy: ast.AST = Drop().visit(ast.parse(ast.unparse(ast.Interactive([node])).strip() or "pass"))
    return ast.unparse(copy)

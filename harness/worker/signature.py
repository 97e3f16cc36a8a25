"""What the text of a class or function says about how it is called, and of a statement about what it assigns."""

from __future__ import annotations

import ast
import re


def takes(node: ast.AST | None) -> int | None:
    """How many arguments a function takes, or the `forward` of a class, itself not counted; None where the text does not
    say."""
    if isinstance(node, ast.FunctionDef):
        return _positional(node)
    if not isinstance(node, ast.ClassDef):
        return None
    forwards = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "forward"]
    taken = _positional(forwards[-1]) if forwards else None
    return None if taken is None else taken - 1


def assigns(node: ast.AST | None, name: str) -> bool:
    """Whether a statement sets a name to a value: outside functions and classes, and not to a function."""
    todo = [] if node is None else [node]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(one, ast.Assign | ast.AnnAssign) and not isinstance(one.value, ast.Lambda | None):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            if any(isinstance(n, ast.Name) and n.id == name for target in targets for n in ast.walk(target)):
                return True
        todo += ast.iter_child_nodes(one)
    return False


def assigns_by_text(line: str, name: str) -> bool:
    """The same by the look of a line, for code that does not parse."""
    return re.match(rf"{name}\s*(:[^=]+)?=(?!=)", line) is not None


def _positional(function: ast.FunctionDef) -> int | None:
    arguments = function.args
    return None if arguments.vararg else len(arguments.posonlyargs) + len(arguments.args)

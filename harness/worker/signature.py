"""What the text of a class or function says about how it is called."""

from __future__ import annotations

import ast


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


def _positional(function: ast.FunctionDef) -> int | None:
    arguments = function.args
    return None if arguments.vararg else len(arguments.posonlyargs) + len(arguments.args)

"""What a class's text says about how it is called."""

from __future__ import annotations

import ast


def takes(node: ast.AST | None) -> int | None:
    """How many arguments the `forward` of a class takes, itself not counted; None where the text does not say."""
    if not isinstance(node, ast.ClassDef):
        return None
    forwards = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "forward"]
    if not forwards or forwards[-1].args.vararg:
        return None
    arguments = forwards[-1].args
    return len(arguments.posonlyargs) + len(arguments.args) - 1

"""Python in colours for the page; the PDF's engine has its own."""

from __future__ import annotations

from collections.abc import Sequence

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType  # type: ignore[import-untyped]

CLASSES = (
    (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "n"), (Comment, "c"), (Name.Function, "f"), (Name.Class, "f"),
    (Name.Decorator, "d"),
)  # fmt: skip


def lines(code: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Lines of Python as pieces: the class that its colour goes by, or nothing, and the text."""
    found: list[list[tuple[str, str]]] = [[]]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for token, text in lexer.get_tokens("\n".join(code)):
        for i, part in enumerate(text.split("\n")):
            if i:
                found.append([])
            if part:
                found[-1].append((_class(token), part))
    return found


def _class(token: _TokenType) -> str:
    return next((name for kind, name in CLASSES if token in kind), "")

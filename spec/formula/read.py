"""A text read as formulas: the scanner's tokens through the grammar, into trees.

LaTeX and plain text are one language here. Where a text can be read in two ways (`1/2n`), `read` gives both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedInput
from lark.lexer import Lexer

from spec.formula.build import Below, Builder
from spec.formula.definitions import defined, put_in
from spec.formula.rules import transformed
from spec.formula.scan import scan
from spec.formula.tree import Node, Unread

BELOW: tuple[Below, ...] = ("one", "glued", "all")
GRAMMAR = Path(__file__).with_name("grammar.lark")
TEXT = {
    "NAME": "a symbol", "NUMBER": "a number", "FUNCTION": "a function", "CALL": "a function", "REDUCE": "a sum",
    "SEMI": "a semicolon", "COMMA": "a comma", "LABEL": "a label", "TOP": "a transpose",
}  # fmt: skip


class Scanned(Lexer):
    """Hands on tokens that were scanned before."""

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, tokens: Iterable[Token]) -> Iterable[Token]:  # type: ignore[override]
        return iter(tokens)


@cache
def parser() -> Lark:
    """The parser; building its tables takes a fifth of a second, once."""
    text = GRAMMAR.read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer=Scanned, keep_all_tokens=True, maybe_placeholders=False)


def read(text: str, names: Mapping[str, str]) -> list[tuple[Node, ...]]:
    """The statements of a text, in each way that it can be read; the first is the way that Python would.

    Edges:   `names` maps every spelling of a symbol to the symbol; letters that the text itself defines join them.
    Raises:  Unread, with the place, for what is no formula.
    """
    own = defined(text, names)
    names = {**names, **own}
    tokens = scan(text, names)
    if not tokens:
        raise Unread("there is nothing to read", (0, len(text)))
    try:
        tree = parser().parse(tokens)
    except UnexpectedInput as error:
        raise _unexpected(error, text) from error
    code = any(token.type in ("AT", "TURN") for token in tokens)
    try:
        readings = [put_in(transformed(tree, Builder(names, code=code, below=below)), own) for below in BELOW]
    except RecursionError:
        raise Unread("it is nested too deep", (0, len(text))) from None
    return [nodes for i, nodes in enumerate(readings) if nodes not in readings[:i]]


def read_one(text: str, names: Mapping[str, str] | Iterable[str]) -> Node:
    """The single formula that a text of ours is.

    Raises:  Unread where the text holds several, or can be read in two ways.
    """
    table = names if isinstance(names, Mapping) else {name: name for name in names}
    readings = read(text, table)
    if len(readings) != 1 or len(readings[0]) != 1:
        raise Unread("this is not one formula", (0, len(text)))
    return readings[0][0]


def _unexpected(error: UnexpectedInput, text: str) -> Unread:
    token = getattr(error, "token", None)
    if not isinstance(token, Token) or token.type == "$END" or token.start_pos is None:
        return Unread("something is missing at the end", (len(text.rstrip()), len(text.rstrip()) + 1))
    shown = str(token) or TEXT.get(token.type, token.type.lower())
    at = (token.start_pos, max(int(token.end_pos or 0), token.start_pos + 1))
    return Unread(f"{shown} cannot stand here", at)

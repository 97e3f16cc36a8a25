"""The grammar's rules, one method each: what the parser found, as formulas."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from lark import Token, Transformer, Tree

from spec.formula import words
from spec.formula.build import Builder, Call
from spec.formula.scripts import Name, Script, raised_script, with_scripts
from spec.formula.tree import Node, Unread, number, symbol

RELATIONS = {"EQ": "=", "NE": "!=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
Parts = list[Any]


def transformed(tree: Tree[Any], builder: Builder) -> tuple[Node, ...]:
    """The statements of a text that was parsed."""
    statements = Rules(builder).transform(tree)
    assert isinstance(statements, tuple)
    return statements


def span(parts: Parts) -> tuple[int, int]:
    """From the first character of some parts to the last."""
    places = [place for part in parts if (place := _place(part)) is not None]
    return (places[0][0], places[-1][1]) if places else (0, 0)


def _place(part: Any) -> tuple[int, int] | None:
    if isinstance(part, Token):
        return int(part.start_pos or 0), int(part.end_pos or 0)
    at = getattr(part, "at", None)
    return at if at is not None else None


class Rules(Transformer[Token, Any]):
    """One method for each rule of the grammar."""

    def __init__(self, builder: Builder) -> None:
        super().__init__()
        self.b = builder

    def _call_userfunc(self, tree: Tree[Any], new_children: Any = None) -> Any:
        # lark wraps what a rule raises; the reader's own refusals go through as they are
        rule = getattr(self, tree.data)
        return rule(tree.children if new_children is None else new_children)

    def start(self, parts: Parts) -> tuple[Node, ...]:
        return tuple(part for part in parts if isinstance(part, Node))

    def statement(self, parts: Parts) -> Node:
        nodes = _nodes(parts)
        return nodes[0] if len(nodes) == 1 else self.b.make("iff", nodes, span(parts))

    def either(self, parts: Parts) -> Node:
        return self._joined("either", parts)

    def both(self, parts: Parts) -> Node:
        return self._joined("both", parts)

    def _joined(self, op: str, parts: Parts) -> Node:
        nodes = _nodes(parts)
        return nodes[0] if len(nodes) == 1 else self.b.make(op, nodes, span(parts))

    def chain(self, parts: Parts) -> Node:
        flat: Parts = []
        while parts:
            if isinstance(parts[0], Token) and parts[0].type == "QUANTIFIER":
                flat.append(self.b.reduction(words.QUANTIFIERS[parts[0]], [parts[2]], [], span(parts[:4])))
                parts = parts[4:]
            else:
                flat, parts = [*flat, parts[0]], parts[1:]
        relations = " ".join(RELATIONS[part.type] for part in flat if isinstance(part, Token))
        nodes = _nodes(flat)
        return nodes[0] if len(nodes) == 1 else self.b.make("chain", nodes, span(flat), relations)

    def sum(self, parts: Parts) -> Node:
        terms, negative = [], False
        for part in parts:
            if isinstance(part, Token):
                negative = part.type == "MINUS"
            else:
                terms.append(self.b.make("neg", (part,), part.at) if negative else part)
        return terms[0] if len(terms) == 1 else self.b.make("add", terms, span(parts))

    def term(self, parts: Parts) -> Node:
        factors, sign = [], ""
        for part in parts:
            if isinstance(part, Token):
                sign = part.type
            else:
                factors.append((sign, part))
                sign = ""
        return self.b.product(factors)

    def negative(self, parts: Parts) -> Node:
        return self.b.make("neg", (parts[1],), span(parts))

    def positive(self, parts: Parts) -> Node:
        return parts[1]  # type: ignore[no-any-return]

    def power(self, parts: Parts) -> Node:
        op = "entrywise_power" if self.b.code else "loose_power"
        return parts[0] if len(parts) == 1 else self.b.make(op, (parts[0], parts[2]), span(parts))

    def reduction(self, parts: Parts) -> Node:
        return self.b.reduction(words.FUNCTIONS[parts[0]], [parts[-1]], parts[1:-1], span(parts))

    def application(self, parts: Parts) -> Node:
        return self.b.call(Call(str(parts[0]), [parts[-1]], span(parts)), parts[1:-1])

    def call(self, parts: Parts) -> Node:
        return self.b.call(Call(str(parts[0]), parts[-2], span(parts)), parts[1:-3])

    def base(self, parts: Parts) -> Node:
        return with_scripts(self.b, parts[0], parts[1:], span(parts))

    def suffix(self, parts: Parts) -> Any:
        if isinstance(parts[0], Script):
            return parts[0]
        if parts[0].type == "METHOD":
            args = parts[2] if isinstance(parts[2], list) else []
            return Script(span(parts), method=str(parts[0]), args=tuple(args))
        return Script(span(parts), mark=parts[0].type)

    def script(self, parts: Parts) -> Script:
        return replace(parts[1], at=span(parts))  # type: ignore[no-any-return]

    def raised(self, parts: Parts) -> Script:
        return raised_script(self.b, parts, span(parts), raised=True)

    def lowered(self, parts: Parts) -> Script:
        return raised_script(self.b, parts, span(parts), raised=False)

    def inner(self, parts: Parts) -> Parts:
        return parts

    def indices(self, parts: Parts) -> list[Node]:
        return _nodes(parts)

    def number(self, parts: Parts) -> Node:
        return number(Fraction(str(parts[0])), span(parts))

    def name(self, parts: Parts) -> Name:
        return Name(str(parts[0]), parts[0].type == "BOLD", span(parts))

    def identity(self, parts: Parts) -> Node:
        return Node("identity", (), None, span(parts))

    def infinity(self, parts: Parts) -> Node:
        return Node("infinity", (), "inf", span(parts))

    def list(self, parts: Parts) -> list[Node]:
        """What stands between commas; rows of more than one entry, between semicolons, as vectors."""
        rows: list[list[Node]] = [[]]
        for part in parts:
            if isinstance(part, Node):
                rows[-1].append(part)
            elif part.type == "SEMI":
                rows.append([])
        rows = [row for row in rows if row]
        if len(rows) < 2 or any(len(row) < 2 for row in rows):
            return _nodes(parts)
        return [self.b.make("vector", row, span(row)) for row in rows]

    def group(self, parts: Parts) -> Any:
        inner = parts[1] if isinstance(parts[1], list) else [parts[1]]
        at = span(parts)
        return replace(inner[0], at=at) if len(inner) == 1 else self.b.make("vector", inner, at)

    def angles(self, parts: Parts) -> Node:
        return self.b.call(Call("dot", parts[1], span(parts)), [])

    def bars(self, parts: Parts) -> Node:
        return self.b.make("bars", (parts[1],), span(parts))

    def norm(self, parts: Parts) -> Node:
        return self.b.make("norm", (parts[1],), span(parts), "2")

    def fraction(self, parts: Parts) -> Node:
        top, bottom = (part.plain(self.b) if isinstance(part, Name) else part for part in parts[1:])
        return self.b.make("divide", (top, bottom), span(parts))

    def gradient(self, parts: Parts) -> Node:
        """The gradient of f(x; w), which is linear, in x or in w."""
        f: Node = parts[-1]
        by = [i.value for s in parts[1:-1] for i in s.index or ()]
        if f.value != "f" or by not in ([], ["x"], ["w"]):
            raise Unread("a gradient is read of f(x; w) alone, in x or w", span(parts))
        if f.op == "symbol":
            return symbol("x" if by == ["w"] else "w", span(parts))
        return replace(f.args[1] if by == ["w"] else f.args[0].args[0], at=span(parts))


def _nodes(parts: Parts) -> list[Node]:
    return [part for part in parts if isinstance(part, Node)]

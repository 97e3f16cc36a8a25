"""From the parser's tree to formulas: what scripts, products and brackets mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from lark import Token, Transformer, Tree

from spec.formula import words
from spec.formula.scripts import Name, Script, raised_script, with_scripts
from spec.formula.tree import INDICES, REDUCING, Node, Unread, number

MAX_DEPTH = 60
RELATIONS = {"EQ": "=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
PRODUCTS = {"CDOT": "dot", "AT": "matmul", "SLASH": "divide"}
ARGUMENTS = {"solve": 2, "dot": 2, "matmul": 2, "pow": 2}
Parts = list[Any]


@dataclass
class Call:
    """A function's name and what it is applied to."""

    name: str
    args: Sequence[Node]
    at: tuple[int, int]


class Builder:
    """Builds the statements of a text in one way of reading it.

    Edges:   `code`: the text is in NumPy's notation, so `*` goes entry by entry; `tight`: in `a/bc` the c is below
             the line.
    """

    def __init__(self, names: Mapping[str, str], *, code: bool, tight: bool) -> None:
        self.names, self.code, self.tight = names, code, tight

    def transform(self, tree: Tree[Any]) -> tuple[Node, ...]:
        """The statements."""
        statements = Rules(self).transform(tree)
        assert isinstance(statements, tuple)
        return statements

    def make(self, op: str, args: Sequence[Node], at: tuple[int, int], value: Fraction | str | None = None) -> Node:
        node = Node(op, tuple(args), value, at)
        if node.depth > MAX_DEPTH:
            raise Unread(f"it is nested more than {MAX_DEPTH} deep", at)
        return node

    def product(self, factors: list[tuple[str, Node]]) -> Node:
        """Factors with the sign before each, "" for none, from left to right."""
        if self.tight:
            factors = self._tightened(factors)
        result = factors[0][1]
        for sign, factor in factors[1:]:
            at = (result.at[0], factor.at[1])
            op = ("star" if self.code else "asterisk") if sign == "STAR" else PRODUCTS.get(sign, "times")
            result = self.make(op, (result, factor), at)
        return result

    def _tightened(self, factors: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
        grouped: list[tuple[str, Node]] = []
        for sign, factor in factors:
            if sign == "" and grouped and grouped[-1][0] == "SLASH":
                below = grouped[-1][1]
                grouped[-1] = ("SLASH", self.make("times", (below, factor), (below.at[0], factor.at[1])))
            else:
                grouped.append((sign, factor))
        return grouped

    def call(self, call: Call, scripts: Sequence[Script]) -> Node:
        """A function applied to its arguments."""
        name, at = words.FUNCTIONS.get(call.name, call.name), call.at
        if scripts and name not in ("norm", "log", *REDUCING):
            raise Unread(f"{call.name} takes no sub- or superscript here", at)
        if name in REDUCING:
            return self.reduction(name, call.args, scripts, at)
        if name == "norm":
            return self._norm(call, scripts)
        if name == "array" and call.args[0].op == "vector":
            return call.args[0]
        if (got := len(call.args)) != (wanted := ARGUMENTS.get(name, 2 if name == "f" else 1)):
            raise Unread(f"{call.name} takes {wanted} argument{'s' * (wanted > 1)}, got {got}", at)
        if name == "f":
            x, w = call.args
            return self.make("times", (self.make("transpose", (w,), w.at), x), at, value="f")
        if name == "square":
            return self.make("entrywise_power", (call.args[0], number(2, at)), at)
        if name == "log" and scripts:
            raise Unread("a logarithm is natural here: write log(x)/log(10)", at)
        return self.make({"pow": "entrywise_power"}.get(name, name), call.args, at)

    def _norm(self, call: Call, scripts: Sequence[Script]) -> Node:
        p = scripts[0].index if scripts and scripts[0].index else call.args[1:]
        if len(call.args) > 2 or len(scripts) > 1 or len(p) > 1:
            raise Unread("norm takes a vector and its p", call.at)
        return self.make("norm", call.args[:1], call.at, norm_p(p[0] if p else None))

    def reduction(self, op: str, body: Sequence[Node], scripts: Sequence[Script], at: tuple[int, int]) -> Node:
        """A sum, a mean, a maximum or a minimum; over the indices that it names, or those that are free in its body."""
        index = [str(i.value) for s in scripts for i in s.index or () if i.op == "symbol" and i.value in INDICES]
        upper = [s.power for s in scripts if s.power is not None]
        if any(not s.index and s.power is None for s in scripts) or len(upper) > 1 or (upper and len(index) != 1):
            raise Unread("this is not what a sum can run over", at)
        if len(body) > 1:
            if index or op in ("all", "any"):
                raise Unread(f"{op} over an index takes one argument", at)
            return self.make(op, body, at)
        inner = body[0]
        if not index:
            index = sorted(inner.free())
        if not index:
            return self.make(op, (replace(inner, op="abs") if inner.op == "bars" else inner,), at)
        for name in reversed(index):
            inner = self.make(op, (inner, *upper), at, value=name)
        return inner


def norm_p(p: Node | None) -> str:
    """Which norm is meant; without a subscript, the 2-norm."""
    if p is None:
        return "2"
    shown = str(p.value) if p.op in ("number", "infinity") else ""
    if shown not in ("1", "2", "inf"):
        raise Unread("a norm is 1, 2 or inf", p.at)
    return shown


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
        return parts[0] if len(parts) == 1 else self.b.make("entrywise_power", (parts[0], parts[2]), span(parts))

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
        return _nodes(parts)

    def group(self, parts: Parts) -> Any:
        inner = parts[1] if isinstance(parts[1], list) else [parts[1]]
        at = span(parts)
        return replace(inner[0], at=at) if len(inner) == 1 else self.b.make("vector", inner, at)

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
        return replace(f.args[1] if by == ["w"] else f.args[0].args[0], at=span(parts))


def _nodes(parts: Parts) -> list[Node]:
    return [part for part in parts if isinstance(part, Node)]

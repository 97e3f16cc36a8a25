"""From the parser's tree to formulas: what scripts, products and brackets mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from spec.formula import words
from spec.formula.scripts import Script
from spec.formula.tree import INDICES, REDUCING, Node, Unread, number, symbol

MAX_DEPTH = 60
Below = Literal["one", "glued", "all"]
PRODUCTS = {"CDOT": "dot", "AT": "matmul", "SLASH": "divide", "LEFT_DIVIDE": "solve"}
ARGUMENTS = {"solve": 2, "dot": 2, "matmul": 2, "pow": 2}


@dataclass
class Call:
    """A function's name and what it is applied to."""

    name: str
    args: Sequence[Node]
    at: tuple[int, int]


class Builder:
    """Builds the statements of a text in one way of reading it.

    Edges:   `code`: the text is in NumPy's notation, so `*` goes entry by entry. `below` tells what stands below the
             line in `a/bc`: b alone, what is glued to it, or every factor that follows.
    """

    def __init__(self, names: Mapping[str, str], *, code: bool, below: Below) -> None:
        self.names, self.code, self.below = names, code, below

    def make(self, op: str, args: Sequence[Node], at: tuple[int, int], value: Fraction | str | None = None) -> Node:
        node = Node(op, tuple(args), value, at)
        if node.depth > MAX_DEPTH:
            raise Unread(f"it is nested more than {MAX_DEPTH} deep", at)
        return node

    def product(self, factors: list[tuple[str, Node]]) -> Node:
        """Factors with the sign before each, "" for none, from left to right."""
        if self.below != "one":
            factors = self._tightened(factors)
        result = factors[0][1]
        for sign, factor in factors[1:]:
            at = (result.at[0], factor.at[1])
            if factor.op == "infinity" and result.op == "norm" and not sign:  # ||w||\infty, as the handout prints it
                result = self.make("norm", result.args, at, "inf")
                continue
            op = ("star" if self.code else "asterisk") if sign == "STAR" else PRODUCTS.get(sign, "times")
            result = self.make(op, (result, factor), at)
        return result

    def _tightened(self, factors: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
        grouped: list[tuple[str, Node]] = []
        for sign, factor in factors:
            is_below = sign == "" and bool(grouped) and grouped[-1][0] == "SLASH"
            if is_below and (self.below == "all" or grouped[-1][1].at[1] == factor.at[0]):
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
        if name == "f":
            return self._output(call)
        if name == "eye" and len(call.args) == 2 and call.args[0] == call.args[1]:
            call = Call(name, call.args[:1], at)
        if (got := len(call.args)) != (wanted := ARGUMENTS.get(name, 1)):
            raise Unread(f"{call.name} takes {wanted} argument{'s' * (wanted > 1)}, got {got}", at)
        if name == "log" and scripts:
            raise Unread("a logarithm is natural here: write log(x)/log(10)", at)
        return self._plain_call(name, call.args, at)

    def _plain_call(self, name: str, args: Sequence[Node], at: tuple[int, int]) -> Node:
        if name == "square":
            return self.make("entrywise_power", (args[0], number(2, at)), at)
        if name == "turn" and not self.code:  # in a text without .T and @ it is the transpose on paper
            name = "transpose"
        if name == "array" and args[0].op == "vector":
            return args[0]
        return self.make({"pow": "entrywise_power"}.get(name, name), args, at)

    def _output(self, call: Call) -> Node:
        """The classifier's output f(x; w) = w^T x; f(x) is short for it."""
        if len(call.args) not in (1, 2):
            raise Unread(f"f takes x and w, got {len(call.args)} arguments", call.at)
        x, w = (*call.args, symbol("w", call.at))[:2]
        return self.make("times", (self.make("transpose", (w,), w.at), x), call.at, value="f")

    def _norm(self, call: Call, scripts: Sequence[Script]) -> Node:
        p = scripts[0].index if scripts and scripts[0].index else call.args[1:]
        if len(call.args) > 2 or len(scripts) > 1 or len(p) > 1:
            raise Unread("norm takes a vector and its p", call.at)
        return self.make("norm", call.args[:1], call.at, norm_p(p[0] if p else None))

    def reduction(self, op: str, body: Sequence[Node], scripts: Sequence[Script], at: tuple[int, int]) -> Node:
        """A sum, a mean, a maximum or a minimum; over the indices that it names, or those that are free in its body."""
        index = [str(i.value) for s in scripts for i in s.index or () if i.op == "symbol" and i.value in INDICES]
        if any(i.op != "symbol" and i.value != 1 for s in scripts for i in s.index or ()):
            raise Unread("an index starts at 1 here", at)
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
        outside: list[Node] = []
        while op in ("max", "min") and inner.op in ("times", "asterisk", "star") and not inner.args[1].free():
            outside, inner = [inner.args[1], *outside], inner.args[0]  # max |w_i| (...) is a maximum times something
        for name in reversed(index):
            inner = self.make(op, (inner, *upper), at, value=name)
        for factor in outside:
            inner = self.make("times", (inner, factor), at)
        return inner


def norm_p(p: Node | None) -> str:
    """Which norm is meant; without a subscript, the 2-norm."""
    if p is None:
        return "2"
    shown = str(p.value) if p.op in ("number", "infinity") else ""
    if shown not in ("1", "2", "inf"):
        raise Unread("a norm is 1, 2 or inf", p.at)
    return shown

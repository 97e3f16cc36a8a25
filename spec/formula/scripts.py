"""What stands around a symbol: w^T, w_i, w^*, w_ridge, x', [v]_i, |w|_2^2, X.T, I_d."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

from lark import Token

from spec.formula import words
from spec.formula.tree import INDICES, Node, Unread, symbol

At = tuple[int, int]


class Making(Protocol):
    """What of a builder is used here."""

    names: Mapping[str, str]

    def make(self, op: str, args: Sequence[Node], at: At, value: Fraction | str | None = None) -> Node: ...


@dataclass(frozen=True)
class Script:
    """A sub- or superscript, or what else follows a symbol; one of the fields says which."""

    at: At
    mark: str = ""  # TOP, STAR, PRIME, TURN
    label: str = ""
    power: Node | None = None
    index: tuple[Node, ...] | None = None
    method: str = ""
    args: tuple[Node, ...] = ()
    also: tuple[Script, ...] = ()


@dataclass(frozen=True)
class Name:
    """A symbol as it was written, before what follows it says which one it is."""

    word: str
    bold: bool
    at: At

    def plain(self, b: Making) -> Node:
        return self.resolved(b, "", self.at)

    def resolved(self, b: Making, decoration: str, at: At) -> Node:
        """The symbol of this name, with a decoration such as ' or _ridge if there is one of that name.

        Raises:  Unread when the question has no such symbol.
        """
        if self.word in INDICES and self.word not in b.names:
            return symbol(self.word, self.at)
        styled = ["bold " + self.word] if self.bold else []
        canonical = words.GREEK.get(self.word, self.word)
        for candidate in [*styled, self.word, canonical]:
            if candidate + decoration in b.names:
                return symbol(b.names[candidate + decoration], at)
        shown = canonical + (decoration if decoration in ("'", "") else decoration.replace("_", " "))
        raise Unread(f"{shown} is not a symbol of this question", at)


def raised_script(b: Making, parts: list[Any], at: At, *, raised: bool) -> Script:
    """The script that some tokens and formulas say."""
    flat = list(_flat(parts))
    tokens = [part for part in flat if isinstance(part, Token)]
    scripts = [Script(at, mark=token.type) for token in tokens if token.type in ("TOP", "STAR", "PRIME")]
    scripts += [Script(at, label=str(token)) for token in tokens if token.type == "LABEL"]
    nodes = [node for part in flat if (node := _node_of(b, part)) is not None]
    if nodes and raised:
        negative = any(token.type == "MINUS" for token in tokens)
        scripts.append(Script(at, power=_exponent(b, nodes[0], negative=negative)))
    elif nodes:
        scripts.append(Script(at, index=tuple(_split(nodes))))
    if not scripts:
        raise Unread("this script says nothing", at)
    return Script(at, also=tuple(scripts)) if len(scripts) > 1 else scripts[0]


def _flat(parts: list[Any]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, list):
            yield from _flat(part)
        else:
            yield part


def _node_of(b: Making, part: Any) -> Node | None:
    """The formula that a token in a script is."""
    if isinstance(part, Node):
        return part
    if part.type == "NUMBER":
        return Node("number", (), Fraction(str(part)), _at(part))
    if part.type in ("NAME", "BOLD"):
        return Name(str(part), bold=False, at=_at(part)).plain(b)
    return Node("infinity", (), "inf", _at(part)) if part.type == "INF" else None


def _exponent(b: Making, node: Node, *, negative: bool) -> Node:
    """An exponent; -1 as one number, so that a power of a matrix is seen to be its inverse."""
    if node.op == "neg" and node.args[0].op == "number":
        return Node("number", (), -Fraction(str(node.args[0].value)), node.at)
    if negative and node.op == "number":
        return Node("number", (), -Fraction(str(node.value)), node.at)
    return b.make("neg", (node,), node.at) if negative else node


def _at(token: Token) -> At:
    return int(token.start_pos or 0), int(token.end_pos or 0)


def _split(nodes: Sequence[Node]) -> list[Node]:
    """The indices i and j out of ij, the size out of d x d; the 1 of i=1 left out."""
    found = []
    for node in nodes:
        found += _split(node.args) if node.op in ("times", "dot") else [node]
    return found


def with_scripts(b: Making, atom: Any, scripts: Sequence[Script], at: At) -> Node:
    """An atom with all that follows it."""
    every = [one for script in scripts for one in (script.also or (script,))]
    if isinstance(atom, Name):
        atom, every = _named(b, atom, every)
    for before, script in itertools.pairwise([Script(at), *_subscripts_first(every)]):
        if before.power is not None and script.power is not None:
            raise Unread("a power of a power needs brackets", script.at)
        atom = _applied(b, atom, script, (atom.at[0], script.at[1]))
    return atom  # type: ignore[no-any-return]


def _subscripts_first(scripts: Sequence[Script]) -> list[Script]:
    """x^2_i as x_i^2: a subscript belongs to the symbol, however it was typed."""
    ordered: list[Script] = []
    for script in scripts:
        raised = ordered and script.index is not None and (ordered[-1].power is not None or ordered[-1].mark == "TOP")
        if raised:
            ordered.insert(-1, script)
        else:
            ordered.append(script)
    return ordered


def _named(b: Making, name: Name, scripts: list[Script]) -> tuple[Node, list[Script]]:
    """The symbol that a name with its marks and labels is, and the scripts that are left: those that do something."""
    primes = [s for s in scripts if s.mark == "PRIME"]
    prime = "'" * len(primes)
    if len(primes) == 1 and name.word + prime not in b.names and _may_be_an_array(name):  # X'X, as statisticians write
        scripts = [replace(s, mark="TOP") if s.mark == "PRIME" else s for s in scripts]
        prime = ""
    label = next((f"_{s.label}" for s in scripts if s.label), "")
    scripts = _subscripts_first(scripts)
    rest = [s for s in scripts if s.mark not in ("PRIME", "STAR") and not s.label]
    end = max([name.at[1], *(s.at[1] for s in scripts if s not in rest)])
    base = words.GREEK.get(name.word, name.word)
    for i, script in enumerate(rest):
        if script.index and len(script.index) == 1 and script.index[0].op == "number":
            numbered = f"{base}_{script.index[0].value}"
            if numbered in b.names:
                return symbol(b.names[numbered], (name.at[0], script.at[1])), rest[:i] + rest[i + 1 :]
    if rest and rest[0].index and f"{name.word}[]" in b.names:  # x_i of the data, where x alone is the input
        return symbol(b.names[f"{name.word}[]"], name.at), rest
    return name.resolved(b, prime + label, (name.at[0], end)), rest


def _may_be_an_array(name: Name) -> bool:
    """Whether a transpose of it means anything; Greek letters, and n and d, are numbers."""
    return name.word not in words.GREEK and name.word not in ("n", "d")


def _applied(b: Making, base: Node, script: Script, at: At) -> Node:
    if script.mark == "TOP" and base.op == "vector":  # [1, 1]^T is a column written in a row
        return base
    if script.mark == "TOP":
        return b.make("transpose", (base,), at)
    if script.mark == "TURN":
        return b.make("turn", (base,), at)
    if script.power is not None:
        if script.power.op == "symbol" and script.power.value == "t":
            raise Unread("a power of t; the transpose is ^T", script.at)
        return b.make("power", (base, script.power), at)
    if script.index is not None:
        return _indexed(b, base, script, at)
    if script.method:
        return _method(b, base, script, at)
    raise Unread("this mark belongs to a symbol", script.at)


def _indexed(b: Making, base: Node, script: Script, at: At) -> Node:
    index = script.index or ()
    if base.op in ("norm", "bars"):
        shown = str(index[0].value) if len(index) == 1 else ""
        if shown not in ("1", "2", "inf"):
            raise Unread("a norm is 1, 2 or inf", script.at)
        return b.make("norm", base.args, at, shown)
    if base.op == "identity":
        if len(index) > 2 or len({str(one.value) for one in index}) != 1:
            raise Unread("the identity is square", script.at)
        return b.make("eye", index[:1], at)
    for one in index:
        whole = one.op == "number" and Fraction(str(one.value)).denominator == 1
        if not whole and not (one.op == "symbol" and one.value in INDICES):
            raise Unread("an index is a whole number, or i, j, k", one.at)
    return b.make("index", (base, *index), at)


def _method(b: Making, base: Node, script: Script, at: At) -> Node:
    op = words.FUNCTIONS[script.method]
    if len(script.args) != (op == "dot"):
        raise Unread(f".{script.method} takes {'one argument' if op == 'dot' else 'none'}", script.at)
    return b.make("matmul" if op == "dot" else op, (base, *script.args), at, "2" if op == "norm" else None)

"""Symbols of a writer's own: in `M = X^T X + 2 n lam I; w = M^-1 X^T t` the M is put into what follows or precedes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from spec.formula import words
from spec.formula.build import MAX_DEPTH
from spec.formula.tree import INDICES, Node, Unread

MAX_DEFINED = 4
MAX_NODES = 3_000
RESERVED = (*INDICES, "I", "T", "f")
LEFT_SIDE = re.compile(
    r"(?<![\\A-Za-z_^'])(?:\\(?:mathbf|boldsymbol|bm|mathcal)\s*\{\s*([A-Za-z])\s*\}|([A-Za-z])|\\([a-z]+)|([α-ω]))\s*:?=(?!=)"
)


def defined(text: str, names: Mapping[str, str]) -> dict[str, str]:
    """The letters that a text gives a meaning by an equation, and the question does not, each with its name."""
    found = {}
    for left in LEFT_SIDE.finditer(text):
        word = str(left.group(left.lastindex or 0))
        name = words.GREEK.get(word, word)
        is_letter = len(word) == 1 or word in words.GREEK
        if is_letter and name not in RESERVED and not {word, name, f"bold {word}"} & names.keys():
            found[name] = name
    return found if len(found) <= MAX_DEFINED else {}


def put_in(statements: Sequence[Node], own: Mapping[str, str]) -> tuple[Node, ...]:
    """The statements that are no definitions, with what is defined put in for its symbol.

    Raises:  Unread for a symbol that is defined and not used, twice, or by itself, and for what grows too large.
    """
    meanings: dict[str, Node] = {}
    rest = []
    for node in statements:
        name = _name(node, own)
        if name is None:
            rest.append(node)
        elif name in meanings:
            raise Unread(f"{name} is defined twice", node.at)
        else:
            meanings[name] = node.args[1]
    for name, meaning in meanings.items():
        if not any(name in node.symbols() for node in (*rest, *meanings.values())):
            raise Unread(f"{name} is not a symbol of this question", meaning.at)
    filling = _Filling(meanings)
    return tuple(filling.filled(node) for node in rest)


def _name(node: Node, own: Mapping[str, str]) -> str | None:
    """What a statement defines."""
    is_equation = node.op == "chain" and node.value == "=" and node.args[0].op == "symbol"
    return str(node.args[0].value) if is_equation and node.args[0].value in own else None


class _Filling:
    """Puts meanings in, and counts what comes out: definitions in definitions grow fast."""

    def __init__(self, meanings: Mapping[str, Node]) -> None:
        self.meanings = meanings
        self.nodes = 0

    def filled(self, node: Node, within: tuple[str, ...] = ()) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise Unread("with what is defined put in it grows too large", node.at)
        name = str(node.value) if node.op == "symbol" else ""
        if name in within:
            raise Unread(f"{name} is defined by itself", node.at)
        if name in self.meanings:
            return self.filled(self.meanings[name], (*within, name))
        result = replace(node, args=tuple(self.filled(arg, within) for arg in node.args))
        if result.depth > MAX_DEPTH:
            raise Unread(f"with what is defined put in it is nested more than {MAX_DEPTH} deep", node.at)
        return result

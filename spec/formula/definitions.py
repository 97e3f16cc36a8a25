"""Symbols of a writer's own: in `M = X^T X + 2 n lam I; w = M^-1 X^T t` the M is put into what follows or precedes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from spec.formula import words
from spec.formula.build import MAX_DEPTH
from spec.formula.tree import INDICES, Node, Unread

MAX_DEFINED = 4
MAX_NODES = 3_000
RESERVED = (*INDICES, "I", "T", "f")
LEFT_SIDE = re.compile(
    r"(?<![\\A-Za-z_^'{])(?:\\(?:mathbf|boldsymbol|bm|mathcal)\s*\{\s*([A-Za-z])\s*\}|\\([A-Za-z]+)|([A-Za-zα-ω][A-Za-z0-9_]*))\s*:?=(?!=)"
)
COMPONENT = re.compile(r"([A-Za-z]+)_?\d+")


def defined(text: str, names: Mapping[str, str]) -> dict[str, str]:
    """What a text gives a meaning by an equation, and the question does not: letters, and whole words that are used again.

    Raises:  Unread for more than four of them.
    """
    found: dict[str, str] = {}
    for left in LEFT_SIDE.finditer(text):
        word = str(left.group(left.lastindex or 0))
        if _may_be_defined(word, text, names):
            found[words.GREEK.get(word, word)] = words.GREEK.get(word, word)
            if len(found) > MAX_DEFINED:
                raise Unread(f"at most {MAX_DEFINED} symbols may be defined", left.span())
    return found


def _may_be_defined(word: str, text: str, names: Mapping[str, str]) -> bool:
    name = words.GREEK.get(word, word)
    if name in RESERVED or {word, name, f"bold {word}"} & names.keys():
        return False
    component = COMPONENT.fullmatch(word)
    if component and f"{component.group(1)}[i]" in names:
        return False  # w1 and w_1 are entries of w
    if len(word) == 1 or word in words.GREEK:
        return True
    used = re.findall(rf"(?<![A-Za-z0-9_\\]){re.escape(word)}(?![A-Za-z0-9_])", text)
    return len(used) > 1 and word not in words.FUNCTIONS and word not in words.CONNECTIVES


def put_in(statements: Sequence[Node], own: Mapping[str, str]) -> tuple[Node, ...]:
    """The statements that are no definitions, with what is defined put in for its symbol.

    Raises:  Unread for a symbol that is defined and not used, twice, or by itself, and for what grows too large.
    """
    meanings: dict[str, Node] = {}
    places: dict[str, tuple[int, int]] = {}
    rest = []
    for node in _apart(statements, own):
        name = _name(node, own)
        if name is None:
            rest.append(node)
        elif name in meanings:
            raise Unread(f"{name} is defined twice", node.at)
        else:
            meanings[name], places[name] = node.args[1], node.args[0].at
    for name, place in places.items():
        if not any(name in node.symbols() for node in (*rest, *meanings.values())):
            raise Unread(f"{name} is not a symbol of this question", place)
    filling = _Filling(meanings)
    return tuple(filling.filled(node) for node in rest)


def _apart(statements: Sequence[Node], own: Mapping[str, str]) -> Iterator[Node]:
    """Statements, with definitions that an "and" joins to others, as in "where S = ... and b = ...", by themselves."""
    for node in statements:
        if node.op == "both" and any(_name(arg, own) for arg in node.args):
            yield from node.args
        else:
            yield node


def _name(node: Node, own: Mapping[str, str]) -> str | None:
    """What a statement defines."""
    if node.op != "chain" or node.args[0].op != "symbol" or node.args[0].value not in own:
        return None
    if node.value != "=":
        raise Unread(f"{node.args[0].value} is defined by one equation", node.at)
    return str(node.args[0].value)


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

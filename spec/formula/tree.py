"""What a formula is once it has been read: a tree of operations, each knowing its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

INDICES = ("i", "j", "k")
REDUCING = ("sum", "mean", "max", "min", "all", "any")


class Unread(Exception):
    """A text that is no formula, with the place where that shows.

    Units:   `start` and `end` count characters of the text.
    """

    def __init__(self, message: str, at: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message)
        self.message = message
        self.start, self.end = at


@dataclass(frozen=True)
class Node:
    """An operation on formulas, or a number or a symbol.

    Units:   `at` is the first character of its text and the one after its last.
    Edges:   `value` is a number's value, a symbol's name, the index that a sum runs over, or the p of a norm.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Fraction | str | None = None
    at: tuple[int, int] = field(default=(0, 0), compare=False)
    depth: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((arg.depth for arg in self.args), default=0))

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def free(self) -> set[str]:
        """The indices in it that nothing runs over."""
        if self.op == "index":
            inner = {str(i.value) for i in self.args[1:] if i.op == "symbol"}
            return inner | self.args[0].free()
        bound = {str(self.value)} if self.op in REDUCING else set()
        return set().union(*(arg.free() for arg in self.args)) - bound

    def symbols(self) -> dict[str, tuple[int, int]]:
        """The names in it, each with the place where it is met first."""
        found: dict[str, tuple[int, int]] = {}
        for node in self.walk():
            if node.op == "symbol" and node.value not in INDICES:
                found.setdefault(str(node.value), node.at)
        return found


def number(value: Fraction | int, at: tuple[int, int] = (0, 0)) -> Node:
    """A number."""
    return Node("number", (), Fraction(value), at)


def symbol(name: str, at: tuple[int, int] = (0, 0)) -> Node:
    """A name."""
    return Node("symbol", (), name, at)

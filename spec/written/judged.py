"""What came of one statement of a written answer."""

from __future__ import annotations

from dataclasses import dataclass

from spec.formula.array import Array
from spec.formula.domain import Values
from spec.formula.tree import Unread


class Unsolved(Unread):
    """A statement that is true, and not yet the answer; beside an answer it does no harm."""


@dataclass(frozen=True)
class Judged:
    """What came of one statement of an answer.

    Edges:   of a wrong one, `values` are the smallest numbers found at which it fails; `actual` is None where it has no
             value there; `at` is the place in the text where that shows; `sides` are those of the true condition, and
             what they come to there.
    """

    part: str
    right: bool
    read_as: str
    message: str = ""
    values: Values | None = None
    expected: Array | bool | None = None
    actual: Array | bool | None = None
    at: tuple[int, int] | None = None
    remark: str = ""
    sides: tuple[tuple[str, Array], ...] = ()


@dataclass(frozen=True)
class Failing:
    """A point at which a statement is not true."""

    values: Values
    expected: Array | bool
    actual: Array | bool | None
    message: str = ""
    at: tuple[int, int] | None = None

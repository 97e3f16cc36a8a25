"""What a claim is: a chain of steps, each of which sympy must bring to zero and exact numbers must bear out.

A step states what the thing on its left comes to. The left is made by an operation on what is given or has been shown
(a derivative, a solution, a limit, a substitution); the right is what the claim says. Nothing is taken on sympy's word
alone: the two sides are worked out on fractions at random points, by arithmetic that knows nothing of sympy, and
derivatives are held to those of the explicit components.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from spec.claims.explicit import EXPLICIT
from spec.claims.signs import plainly_positive
from spec.formula.domain import Values

Holds = Callable[[Values], bool]
Cases = Sequence[Mapping[Any, Any]]
Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Step:
    """One equality of a chain: `left` was worked out, `right` is stated.

    Edges:   `by` set: the left is a function, and the right is its derivative in `by`, a symbol or a column.
             `where`: an assumption that sympy's symbols cannot carry, as a test of values.
             `positive`: the right is plainly positive, which is what the step is for.
             `cases`: all that there are, as what each puts in for the symbols; sympy takes them one by one.
             `sizes`: n and d of the explicit components; fewer where those of an inverse grow too long.
    """

    says: str
    left: Any
    right: Any
    by: Any = None
    where: Holds | None = None
    positive: bool = False
    sizes: Sizes = EXPLICIT
    cases: Cases = ({},)

    def __post_init__(self) -> None:
        for name in ("left", "right"):
            side = getattr(self, name)
            if isinstance(side, sympy.MatrixBase):  # one that can be changed is no part of sympy's trees
                object.__setattr__(self, name, side.as_immutable())


@dataclass(frozen=True)
class Printed:
    """An answer that the handout prints, step by step in its order, each held to what is true.

    Edges:   `where` it goes wrong is worked out and not entered: at the first step that fails.
    """

    says: str
    steps: tuple[Step, ...]


@dataclass
class Claim:
    """A statement of the written part, with the chain that derives it.

    Edges:   `forms` are closed forms that the chain has shown, by the names under which answers are held to them:
             sympy's expressions, or formulas (`spec.formula.tree.Node`) of what sympy has no word for.
    """

    question: str
    statement: str
    steps: list[Step] = field(default_factory=list)
    forms: dict[str, Any] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)

    def equal(
        self, says: str, left: Any, right: Any, *,
        where: Holds | None = None, form: str | None = None, sizes: Sizes = EXPLICIT, cases: Cases = ({},),
    ) -> Any:  # fmt: skip
        """State what `left` comes to; gives `right`, to go on with, and exports it under `form`."""
        self.steps.append(Step(says, left, right, where=where, sizes=sizes, cases=cases))
        if form is not None:
            self.forms[form] = right
        return right

    def derivative(self, says: str, of: Any, by: Any, right: Any, *, where: Holds | None = None) -> Any:
        """State the derivative of a scalar in `by`, a symbol or a column; gives `right`."""
        self.steps.append(Step(says, of, right, by=by, where=where))
        return right

    def positive(self, says: str, left: Any, right: Any, *, unless_zero: Any = None) -> Any:
        """State that `left` is positive, by writing it as terms of which each is plainly not negative, and one positive.

        Edges:   `unless_zero`: a column v, not zero, so that v^T v is positive.
        Raises:  ValueError if the right is not such a sum: the step would prove nothing.
        """
        if not plainly_positive(right, unless_zero):
            raise ValueError(f"{right} is not plainly positive")
        self.steps.append(Step(says, left, right, positive=True))
        return right

    def answered(self, says: str, *steps: tuple[str, Any, Any] | Step, where: Holds | None = None) -> None:
        """Enter an answer that the handout prints, step by step; `where` goes for the steps that are not `Step`s."""
        entered = (step if isinstance(step, Step) else Step(*step, where=where) for step in steps)
        self.printed.append(Printed(says, tuple(entered)))


def column(name: str, length: int, **assumptions: bool) -> Any:
    """An explicit column of symbols, name_1 ... name_length, real unless said otherwise."""
    return sympy.Matrix([sympy.Symbol(f"{name}_{i + 1}", **{"real": True, **assumptions}) for i in range(length)])


def sign_cases(symbols: Sequence[Any]) -> list[dict[Any, Any]]:
    """Every way in which numbers can be positive, 0 or negative, but for all of them 0."""
    signed = [
        (sympy.Symbol(f"{s}_", positive=True), sympy.S.Zero, -sympy.Symbol(f"{s}_", positive=True)) for s in symbols
    ]
    return [dict(zip(symbols, case, strict=True)) for case in itertools.product(*signed) if any(case)]


def total(terms: Sequence[Any]) -> Any:
    """The sum of some expressions."""
    return sympy.Add(*terms)

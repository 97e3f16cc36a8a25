"""What a claim is: a chain of steps, each of which sympy must bring to zero and exact numbers must bear out.

A step states what the thing on its left comes to: an expression, a derivative, a limit or the root of an equation. The
right is what the claim says. Nothing is taken on sympy's word alone: the two sides are worked out on fractions at random
points, by arithmetic that knows nothing of sympy; derivatives are held to difference quotients, limits to values far
out, and roots are put back into their equations.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import sympy

from spec.claims.explicit import EXPLICIT
from spec.claims.signs import plainly_positive
from spec.formula.domain import Values

Holds = Callable[[Values], bool]
Cases = Sequence[Mapping[Any, Any]]
Sizes = tuple[tuple[int, int], ...]
Rewritten = Callable[[Any], Any]
Kind = Literal["equal", "derivative", "limit", "root", "expectation"]
Chances = Mapping[Any, tuple[Any, Any]]
UNCHANGED: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Step:
    """One equality of a chain: `left` was worked out, `right` is stated.

    Edges:   `by` set: the left is a function, and the right is its derivative in `by`, a symbol or a column; with
             `towards` as well (0 or infinity), its limit; as a `root`, where in `by` it is 0.
             `put`: what symbols are written in, so that their values are in range: all points are drawn by that.
             `simpler`: how sympy is to rewrite both sides before it compares them, after derivatives were taken.
             `power`: a limit is held to the value at 10 to this power, or to minus it for 0.
             `where`: an assumption that sympy's symbols cannot carry, as a test of values.
             `chances`: the left is a polynomial in independent random variables, and the right its expectation; the mean
             and the mean square of each.
             `positive`: the right is plainly positive, which is what the step is for, if `unless_zero` is not 0.
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
    towards: Any = None
    power: int = 200
    root: bool = False
    put: Mapping[Any, Any] = field(default_factory=dict)
    simpler: Rewritten | None = None
    unless_zero: Any = None
    chances: Chances = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What the right is of the left."""
        if self.chances:
            return "expectation"
        if self.by is None:
            return "equal"
        return "root" if self.root else "derivative" if self.towards is None else "limit"

    @property
    def is_same(self) -> bool:
        """Whether sympy had made both sides the same before there was anything to check."""
        return self.kind == "equal" and bool(self.left == self.right)

    def rewritten(self, e: Any) -> Any:
        """An expression as sympy is to compare it."""
        return self.simpler(e) if self.simpler else e.subs(self.put) if self.put else e

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
             `letters`: what those stand for that the handout does not have. `notes`: what numbers say besides.
    """

    question: str
    statement: str
    letters: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    steps: list[Step] = field(default_factory=list)
    printed: list[Printed] = field(default_factory=list)
    _exported: dict[str, Any] = field(default_factory=dict, init=False)

    @property
    def forms(self) -> Mapping[str, Any]:
        """What was exported, to be read."""
        return MappingProxyType(self._exported)

    def export(self, name: str, form: Any, *, like: Sequence[Any] = ()) -> None:
        """Make a closed form of what a step has shown.

        Edges:   of a formula that sympy has no word for, `like` are its components, each of which has to be a side.
        Raises:  ValueError unless it is a side of a step of the chain, or its name is taken.
        """
        sides = [side for step in self.steps for side in (step.left, step.right)]
        if not all(any(wanted is side or wanted == side for side in sides) for wanted in like or (form,)):
            raise ValueError(f"{name} is no side of a step")
        if name in self._exported:
            raise ValueError(f"{name} is exported twice")
        self._exported[name] = form

    def _stated(self, step: Step, form: str | None = None) -> Any:
        self.steps.append(step)
        if form is not None:
            self.export(form, step.right)
        return step.right

    def equal(
        self, says: str, left: Any, right: Any, *,
        where: Holds | None = None, form: str | None = None, sizes: Sizes = EXPLICIT, cases: Cases = ({},),
        simpler: Rewritten | None = None,
    ) -> Any:  # fmt: skip
        """State what `left` comes to; gives `right`, to go on with, and exports it under `form`."""
        return self._stated(Step(says, left, right, where=where, sizes=sizes, cases=cases, simpler=simpler), form)

    def derivative(
        self, says: str, of: Any, by: Any, right: Any, *,
        where: Holds | None = None, form: str | None = None, positive: bool = False,
        put: Mapping[Any, Any] = UNCHANGED, simpler: Rewritten | None = None,
    ) -> Any:  # fmt: skip
        """State the derivative of a scalar in `by`, a symbol or a column, or of a column in a symbol; gives `right`.

        Raises:  ValueError if it is to be `positive`, and plainly is not.
        """
        if positive:
            _assert_positive(right)
        return self._stated(
            Step(says, of, right, by=by, where=where, positive=positive, put=put, simpler=simpler), form
        )

    def expectation(
        self, says: str, of: Any, chances: Chances, right: Any, *,
        where: Holds | None = None, form: str | None = None, positive: bool = False,
    ) -> Any:  # fmt: skip
        """State the expectation of a polynomial in independent random variables; gives `right`.

        Edges:   of a variable to a power above 2 nothing is known.
        Raises:  ValueError if it is to be `positive`, and plainly is not.
        """
        if positive:
            _assert_positive(right)
        return self._stated(Step(says, of, right, chances=chances, where=where, positive=positive), form)

    def limit(
        self, says: str, of: Any, variable: Any, towards: Any, right: Any, *, form: str | None = None, power: int = 200
    ) -> Any:
        """State the limit of `of` as `variable` tends to 0 from above, or to infinity; gives `right`.

        Raises:  ValueError for another place.
        """
        if towards not in (0, sympy.oo):
            raise ValueError(f"no limit towards {towards}")
        return self._stated(Step(says, of, right, by=variable, towards=towards, power=power), form)

    def solution(
        self, says: str, equation: Any, unknown: Any, right: Any, *,
        where: Holds | None = None, form: str | None = None, cases: Cases = ({},),
        put: Mapping[Any, Any] = UNCHANGED, simpler: Rewritten | None = None,
    ) -> Any:  # fmt: skip
        """State where in `unknown` the left side of an equation whose right side is 0 is that; gives `right`.

        Edges:   says nothing of other roots.
        """
        step = Step(
            says, equation, right, by=unknown, root=True, where=where, cases=cases, put=put, simpler=simpler
        )  # fmt: skip
        return self._stated(step, form)

    def positive(self, says: str, left: Any, right: Any, *, unless_zero: Any = None) -> Any:
        """State that `left` is positive, by writing it as terms of which each is plainly not negative, and one positive.

        Edges:   `unless_zero`: a column v, not zero, so that v^T v is positive.
        Raises:  ValueError if the right is not such a sum: the step would prove nothing.
        """
        _assert_positive(right, unless_zero)
        return self._stated(Step(says, left, right, positive=True, unless_zero=unless_zero))

    def answered(self, says: str, *steps: tuple[str, Any, Any] | Step, where: Holds | None = None) -> None:
        """Enter an answer that the handout prints, step by step; `where` goes for the steps that are not `Step`s."""
        entered = (step if isinstance(step, Step) else Step(*step, where=where) for step in steps)
        self.printed.append(Printed(says, tuple(entered)))


def _assert_positive(right: Any, unless_zero: Any = None) -> None:
    if not plainly_positive(right, unless_zero):
        raise ValueError(f"{right} is not plainly positive")


def column(name: str, length: int, **assumptions: bool) -> Any:
    """An explicit column of symbols, name_1 ... name_length, real unless said otherwise."""
    return sympy.Matrix([sympy.Symbol(f"{name}_{i + 1}", **{"real": True, **assumptions}) for i in range(length)])


def sign_cases(symbols: Sequence[Any]) -> list[dict[Any, Any]]:
    """Every way in which numbers can be positive, 0 or negative, but for all of them 0."""
    signed = [
        (sympy.Symbol(f"{s}_", positive=True), sympy.S.Zero, -sympy.Symbol(f"{s}_", positive=True)) for s in symbols
    ]
    return [dict(zip(symbols, case, strict=True)) for case in itertools.product(*signed) if any(case)]


def total(terms: Iterable[Any]) -> Any:
    """The sum of some expressions."""
    return sympy.Add(*terms)

"""Whether a claim holds: every step brought to zero by sympy, and borne out by exact numbers at random points."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from spec.claims.claim import Claim, Holds, Printed, Step
from spec.claims.explicit import SIZES, explicit_derivative, is_sized
from spec.claims.symbolic import shown
from spec.claims.translate import formula
from spec.formula.array import Array
from spec.formula.domain import DRAWN, Symbol, Values, at, random_values, small_values
from spec.formula.number import TooLarge
from spec.formula.tree import Node, number
from spec.formula.value import NoValue, same, value

__all__ = ["SIZES", "Checked", "Proof", "Refuted", "check", "prove"]
Symbols = list[tuple[Symbol, Any]]
POINTS = 8
DRAWS = 20 * POINTS


@dataclass(frozen=True)
class Refuted:
    """Numbers at which the two sides of a step differ.

    Edges:   `left` or `right` is None where that side has no value there.
    """

    values: Values
    left: Array | None
    right: Array | None


@dataclass(frozen=True)
class Checked:
    """What came of a step: how sympy brought it to zero, at how many points it was borne out, where it fails."""

    step: Step
    how: str
    points: int
    refuted: Refuted | None

    @property
    def holds(self) -> bool:
        """Whether sympy showed it and no number speaks against it."""
        return self.how != "" and self.points >= POINTS and self.refuted is None


@dataclass(frozen=True)
class Proof:
    """A claim with what came of its steps, and of the answers that the handout prints."""

    claim: Claim
    steps: list[Checked]
    printed: list[tuple[Printed, list[Checked]]]

    @property
    def holds(self) -> bool:
        """Whether the claim is proved; what became of the printed answers does not count."""
        return bool(self.steps) and all(checked.holds for checked in self.steps)


def prove(claim: Claim, seed: int = 0) -> Proof:
    """Check every step of a claim, and of the printed answers to it."""
    rng = random.Random(seed)  # noqa: S311 - points of a proof are no secret
    printed = [(answer, [check(step, rng) for step in answer.steps]) for answer in claim.printed]
    return Proof(claim, [check(step, rng) for step in claim.steps], printed)


def check(step: Step, rng: random.Random) -> Checked:
    """Check one step: by numbers first, which are quick to refute it, then by sympy."""
    points, refuted = borne_out(step, rng)
    if refuted is not None:
        return Checked(step, "", points, smallest(step) or refuted)
    return Checked(step, shown(step), points, None)


def borne_out(step: Step, rng: random.Random) -> tuple[int, Refuted | None]:
    """At how many points both sides have the same value, of the formulas of a step the fewest; or where they differ.

    Edges:   points at which neither side has a value, or one outgrows what is worked out, are not counted; others are drawn.
    """
    fewest: list[int] = []
    for left, right, symbols in _sides(step):
        points = 0
        for i in range(DRAWS):
            n, d = DRAWN[i % len(DRAWN)]
            values = random_values([s for s, _ in symbols], n, d, rng, _allowed(symbols, step))
            same_value, refuted = _compare(left, right, values)
            if refuted is not None:
                return points, refuted
            if (points := points + same_value) == POINTS:
                break
        for changed in _with_a_zero(symbols, step, rng):
            if (refuted := _compare(left, right, changed)[1]) is not None:
                return points, refuted
        fewest.append(points)
    return min(fewest, default=0), None


def _with_a_zero(symbols: Symbols, step: Step, rng: random.Random) -> Iterator[Values]:
    """Points at which one symbol is 0, for each that may be: chance need not come by the one place where a sign changes."""
    allowed = _allowed(symbols, step)
    for symbol in (s for s, _ in symbols if s.kind == "real"):
        n, d = DRAWN[0]
        values = random_values([s for s, _ in symbols], n, d, rng, allowed)
        zeros = replace(values[symbol.name], numbers=tuple(Fraction(0) for _ in values[symbol.name].numbers))
        changed = values | {symbol.name: zeros}
        if allowed(changed):
            yield changed


def smallest(step: Step) -> Refuted | None:
    """The smallest numbers at which the two sides of a step differ."""
    for left, right, symbols in _sides(step):
        allowed = _allowed(symbols, step)
        for values in small_values([s for s, _ in symbols]):
            if allowed(values) and (refuted := _compare(left, right, values)[1]):
                return refuted
    return None


def _compare(left: Node, right: Node, values: Values) -> tuple[bool, Refuted | None]:
    """Whether two formulas have one value at a point; and what they have instead.

    Edges:   nothing to say where neither has a value, or it takes numbers that are too large.
    """
    point = at(values)
    try:
        a, b = (_value(side, point) for side in (left, right))
    except TooLarge:
        return False, None
    if a is None or b is None:
        return False, None if a is b else Refuted(values, a, b)
    return (True, None) if same(a, b, point) else (False, Refuted(values, a, b))


def _value(side: Node, point: Any) -> Array | None:
    try:
        return value(side, point)
    except NoValue:
        return None


def _sides(step: Step) -> Iterator[tuple[Node, Node, Symbols]]:
    """Both sides as formulas: in general dimension, or for a derivative in explicit components."""
    if step.by is None:
        left, right = step.left, step.right
        yield _formula(left, right), _formula(right, left), symbols_of(left, right)
        return
    for n, d in step.sizes if is_sized(step.left, step.right) else step.sizes[:1]:
        for a, b in zip(*explicit_derivative(step.left, step.by, step.right, n, d), strict=True):
            yield _formula(a, b), _formula(b, a), symbols_of(a, b)


def _formula(side: Any, other: Any) -> Node:
    """A side as a formula; of a matrix of zeros, whose size formulas have no word for, 0 times the other side."""
    if isinstance(side, sympy.matrices.expressions.special.ZeroMatrix):
        return Node("times", (number(0), _translated(other)))
    return _translated(side)


@lru_cache(maxsize=4096)
def _translated(side: Any) -> Node:
    """A side as a formula, which is worked out once for all changes of the other one."""
    return formula(side)


def symbols_of(*expressions: Any) -> Symbols:
    """The symbols of some expressions as formulas have them, each with sympy's own."""
    found: dict[str, tuple[Symbol, Any]] = {}
    for e in expressions:
        for atom in sorted(sympy.sympify(e).atoms(sympy.Symbol, sympy.MatrixSymbol), key=str):
            if isinstance(atom, sympy.MatrixSymbol):
                shape = tuple(str(axis) if axis.is_Symbol else int(axis) for axis in atom.shape if axis != 1)
                found[atom.name] = (Symbol(atom.name, shape), atom)
            elif str(atom) not in SIZES and str(atom) not in found:
                counts = atom.is_integer and atom.is_positive
                kind = "count" if counts else "positive" if atom.is_positive else "real"
                found[str(atom)] = (Symbol(str(atom), (), kind), atom)  # type: ignore[arg-type]
    return list(found.values())


def _allowed(symbols: Symbols, step: Step) -> Holds:
    """Whether values are such as sympy's assumptions and the step's own permit."""
    nonzero = [s.name for s, atom in symbols if getattr(atom, "is_nonzero", False)]
    nonnegative = [s.name for s, atom in symbols if getattr(atom, "is_nonnegative", False)]

    def allowed(values: Values) -> bool:
        return (
            all(values[name].numbers[0] != 0 for name in nonzero)
            and all(values[name].numbers[0] >= 0 for name in nonnegative)
            and (step.where is None or step.where(values))
        )

    return allowed

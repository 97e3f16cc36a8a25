"""What values the symbols of a question may have: points drawn at random, and small ones in order of their size."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from spec.formula.array import Array, scalar
from spec.formula.value import Point

Kind = Literal["real", "positive", "count", "label"]
Values = Mapping[str, Array]
DRAWN = ((2, 3), (3, 2), (4, 3), (2, 4))  # never n = d: a formula that mixes the two up must show it
SMALL = ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2))
ROUNDS = ((0, 40), (40, 400), (400, 4000))
TRIES = 200


@dataclass(frozen=True)
class Symbol:
    """A symbol of a question.

    Shapes:  `shape` in the sizes "n" and "d", or whole numbers; () for a number.
    Edges:   a count is 1, 2, 3, ...; a label is -1 or 1.
    """

    name: str
    shape: tuple[str | int, ...] = ()
    kind: Kind = "real"
    means: str = ""

    def sized(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape in numbers."""
        return tuple(sizes[axis] if isinstance(axis, str) else axis for axis in self.shape)


def random_values(
    symbols: Sequence[Symbol], n: int, d: int, rng: random.Random, holds: Callable[[Values], bool] = lambda _: True,
    *, all_small: bool = False,
) -> dict[str, Array]:  # fmt: skip
    """Values drawn from fractions, half of the time, or always, from small whole numbers with zeros among them.

    Raises:  ValueError if `holds` is met by none of 200 draws.
    """
    for _ in range(TRIES):
        small = all_small or rng.random() < 0.5
        values = {s.name: _drawn(s, n, d, rng, small=small) for s in symbols} | sizes(n, d)
        if holds(values):
            return values
    raise ValueError(f"no point of {TRIES} meets the assumptions")


def stretched(symbols: Sequence[Symbol], values: Values, power: int) -> dict[str, Array]:
    """Values times 2^power, so that what is right only up to a size, or from one on, is seen; labels stay, and counts whole."""
    free = {s.name for s in symbols if s.kind in ("real", "positive") or (s.kind == "count" and power > 0)}
    factor = Fraction(2) ** power
    return {k: replace(a, numbers=tuple(x * factor for x in a.numbers)) if k in free else a for k, a in values.items()}  # type: ignore[operator]


def sizes(n: int, d: int) -> dict[str, Array]:
    """The sizes themselves, which formulas may name."""
    return {"n": scalar(n), "d": scalar(d)}


def _drawn(symbol: Symbol, n: int, d: int, rng: random.Random, *, small: bool) -> Array:
    shape = symbol.sized({"n": n, "d": d})
    return Array(shape, tuple(_number(symbol.kind, rng, small=small) for _ in range(math.prod(shape))))


def _number(kind: Kind, rng: random.Random, *, small: bool) -> Fraction:
    if kind == "label":
        return Fraction(rng.choice((-1, 1)))
    if kind == "count":
        return Fraction(rng.randint(1, 9 if small else 10 ** rng.randint(1, 12)))
    if small:
        return Fraction(rng.randint(1, 3) if kind == "positive" else rng.randint(-2, 2))
    x = Fraction(rng.randint(1, 1 << 20), rng.randint(1, 1 << 10))
    return x if kind == "positive" or rng.random() < 0.5 else -x


def small_values(
    symbols: Sequence[Symbol], *, n: int | None = None, d: int | None = None
) -> Iterator[dict[str, Array]]:
    """Values in order of their size: few rows and columns first, small numbers first; a few of each size, then more."""
    fitting = [(r, c) for r, c in (*SMALL, (n or 1, d or 1)) if r == (n or r) and c == (d or c)]
    for start, stop in ROUNDS:
        for rows, columns in dict.fromkeys(fitting):
            yield from itertools.islice(_of_size(symbols, rows, columns), start, stop)


def _of_size(symbols: Sequence[Symbol], n: int, d: int) -> Iterator[dict[str, Array]]:
    shapes = [s.sized({"n": n, "d": d}) for s in symbols]
    counts = [math.prod(shape) for shape in shapes]
    kinds: list[Kind] = [s.kind for s, count in zip(symbols, counts, strict=True) for _ in range(count)]
    for numbers in _small_numbers(kinds):
        rest = iter(numbers)
        values = {
            s.name: Array(shape, tuple(itertools.islice(rest, count)))
            for s, shape, count in zip(symbols, shapes, counts, strict=True)
        }
        yield values | sizes(n, d)


def _small_numbers(kinds: Sequence[Kind]) -> Iterator[tuple[Fraction, ...]]:
    """Every choice of small numbers, those of the least total size first."""
    steps = [_ladder(kind) for kind in kinds]
    for total in range(6 * len(kinds) + 1):
        for rungs in _rungs(len(kinds), total, [len(ladder) - 1 for ladder in steps]):
            yield tuple(ladder[rung] for ladder, rung in zip(steps, rungs, strict=True))


def _rungs(places: int, total: int, highest: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if places == 0:
        if total == 0:
            yield ()
        return
    for first in range(min(total, highest[0]) + 1):
        for rest in _rungs(places - 1, total - first, highest[1:]):
            yield (first, *rest)


def _ladder(kind: Kind) -> tuple[Fraction, ...]:
    if kind == "label":
        return (Fraction(1), Fraction(-1))
    if kind in ("positive", "count"):
        return tuple(Fraction(x) for x in (1, 2, 3, 4))
    return tuple(Fraction(x) for x in ("1", "-1", "2", "0", "-2", "3", "1/2"))


def at(values: Values, deadline: float = float("inf")) -> Point:
    """A point at which formulas can be worked out."""
    return Point(values, deadline)

"""A counterexample as something to look at: matrices, tokens and curves, what was expected beside what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.outcome import Counterexample
from harness.report.picture import curve, symbols
from harness.report.picture.curve import Chart
from harness.report.picture.grid import CAUSAL, MASK, Grid, left_out, pair, single, view
from harness.report.picture.numbers import NUMERIC, apart, differing, shown

MAX_INPUTS = 8


@dataclass(frozen=True)
class Picture:
    """What is drawn of a counterexample.

    Edges:   `inputs` are what the subject was given, `named` those of it that are not drawn, with their shapes.
    """

    told: tuple[str, ...]
    grids: tuple[Grid, ...]
    chart: Chart | None
    inputs: tuple[Grid, ...]
    named: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not (self.told or self.grids or self.chart or self.inputs or self.named)


def picture(seen: Counterexample, item: str | None) -> Picture:
    """The picture of what was seen of an item; None is a written answer."""
    found = curve.chart(seen, item)
    told, grids = _compared(seen, item)
    arrays = {name: np.asarray(a) for name, a in seen.arrays.items()}
    drawn = dict(sorted(arrays.items(), key=lambda one: "." in one[0])[:MAX_INPUTS])  # what was given before parameters
    named = tuple(f"{name} {list(a.shape)}" for name, a in arrays.items() if name not in drawn)
    inputs = tuple(_input(name, a, item) for name, a in drawn.items() if a.size)
    empty = tuple(f"{name} {list(a.shape)}" for name, a in drawn.items() if not a.size)
    return Picture((*told, *(found.told if found else ())), grids, found, inputs, (*empty, *named))


def _input(name: str, array: np.ndarray, item: str | None) -> Grid:
    if symbols.are_tokens(item, array):
        return symbols.plain(name, array)
    return single(name, array, view(array.shape, None))


def _compared(seen: Counterexample, item: str | None) -> tuple[tuple[str, ...], tuple[Grid, ...]]:
    """Both arrays, the slice and the part of it where they differ most."""
    expected, actual = (None if a is None else np.asarray(a) for a in (seen.expected, seen.actual))
    if expected is None and actual is None:
        return (), ()
    if expected is None or actual is None or expected.shape != actual.shape:
        return _unlike(seen, expected, actual)
    differs = differing(expected, actual) if seen.differs is None else np.asarray(seen.differs)
    if symbols.are_tokens(item, expected):
        return symbols.compared(seen.sides, expected, actual, differs)
    at = seen.at if seen.at is not None else _first(differs)
    told = tuple(_said(seen, item, expected, actual, differs, at))
    if not expected.ndim or not expected.size:
        return told, ()
    part = view(expected.shape, at)
    is_causal = item in CAUSAL and seen.of == "weights" and expected.shape[-1] == expected.shape[-2]
    more = (*left_out(_label(seen, item), expected.shape, part, differs), *((MASK,) if is_causal else ()))
    grids = pair(_label(seen, item), seen.sides, (expected, actual), differs, part, at, is_causal=is_causal)
    return (*told, *more), grids


def _label(seen: Counterexample, item: str | None) -> str:
    """The name of what is compared; a written answer's is what it was read as, which stands elsewhere."""
    return "" if item is None else seen.of


def _unlike(seen: Counterexample, *arrays: np.ndarray | None) -> tuple[tuple[str, ...], tuple[Grid, ...]]:
    """Arrays that cannot be held against each other, each by itself."""
    there = [(side, a) for side, a in zip(seen.sides, arrays, strict=True) if a is not None]
    told = tuple(f"{side}: shape {list(a.shape)}{'' if a.ndim else f', {shown(a[()])}'}." for side, a in there)
    return told, tuple(single(side, a, view(a.shape, None)) for side, a in there if a.ndim and a.size)


def _said(
    seen: Counterexample, item: str | None, expected: np.ndarray, actual: np.ndarray, differs: np.ndarray,
    at: tuple[int, ...] | None,
) -> Iterator[str]:  # fmt: skip
    """Where the largest difference is, how large, and how many there are."""
    if at is None or not expected.size:
        return
    where = (_label(seen, item).replace("grad ", "the gradient of ") or "the value") + (f"{list(at)}" if at else "")
    e, a = expected[at], actual[at]
    texts = apart(e, a)
    gap = ""
    if expected.dtype.kind in NUMERIC and np.isfinite(float(a)) and np.isfinite(float(e)):
        gap = f", {abs(float(a) - float(e)):.3g} apart"
    first, second = seen.sides
    largest = "The largest difference is" if expected.ndim and int(differs.sum()) > 1 else "The difference is"
    yield f"{largest} at {where}: {first} {texts[0]}, {second} {texts[1]}{gap}."
    if expected.ndim:
        n = int(differs.sum())
        yield f"{n} of {expected.size} entries {'differs' if n == 1 else 'differ'} by more than is allowed."


def _first(differs: np.ndarray) -> tuple[int, ...] | None:
    found = np.argwhere(differs)
    return tuple(int(i) for i in found[0]) if len(found) else None

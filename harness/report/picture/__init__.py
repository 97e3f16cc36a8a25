"""A counterexample as something to look at: matrices, tokens and curves, what was expected beside what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from harness.outcome import Counterexample
from harness.report import foreign
from harness.report.picture import curve, symbols
from harness.report.picture.curve import Chart
from harness.report.picture.grid import ASIDE, CAUSAL, Grid, left_out, pair, single, view
from harness.report.picture.numbers import apart, are_no_numbers, differing, distance, is_finite, shown

MAX_INPUTS = 10
LOOKED_AT = f"A dot ({ASIDE}) is where the law does not look."
PERMITS = "In the mask, yes is where a query may attend to a key."


class Compared(NamedTuple):
    """Two arrays beside each other, and what is to be said of them."""

    told: tuple[str, ...]
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Picture:
    """What is drawn of a counterexample.

    Edges:   `inputs` are what the subject was given, `named` those of it that are not drawn, with their shapes.
    """

    chart: Chart | None
    compared: tuple[Compared, ...]
    inputs: tuple[Grid, ...]
    named: tuple[str, ...]

    @property
    def has_cells(self) -> bool:
        return bool(self.inputs) or any(one.grids for one in self.compared)

    @property
    def is_blank(self) -> bool:
        return not (self.chart or self.compared or self.inputs or self.named)


def picture(seen: Counterexample, item: str | None) -> Picture:
    """The picture of what was seen of an item; None is a written answer."""
    arrays = {foreign.line(name): np.asarray(a) for name, a in seen.arrays.items()}
    seen = replace(seen, arrays=arrays, of=foreign.line(seen.of))
    mask = _mask(seen)
    given = [one for one in arrays.items() if not (mask and one[0] == "mask")]
    drawn = dict(sorted(given, key=lambda one: "." in one[0])[:MAX_INPUTS])  # what was given before parameters
    named = tuple(f"{name} {list(a.shape)}" for name, a in given if name not in drawn or not a.size)
    inputs = tuple(_input(name, a, item) for name, a in drawn.items() if a.size)
    compared = tuple(one for one in (mask, _compared(seen, item), _weights(seen, item)) if one)
    return Picture(curve.chart(seen, item), compared, inputs, named)


def _input(name: str, array: np.ndarray, item: str | None) -> Grid:
    if symbols.are_tokens(item, array):
        return symbols.plain(name, array)
    return single(name, array, view(array.shape, None))


def _compared(seen: Counterexample, item: str | None) -> Compared | None:
    """Both arrays, the slice and the part of it where they differ most.

    Edges:   of two numbers the message says all, and of an answer's one entry, whatever it stands in.
    """
    expected, actual = (None if a is None else np.asarray(a) for a in (seen.expected, seen.actual))
    if item is None and expected is not None and actual is not None and expected.size == actual.size == 1:
        return None
    if expected is None or actual is None or expected.shape != actual.shape:
        there = [(side, a) for side, a in zip(seen.sides, (expected, actual), strict=True) if a is not None and a.size]
        return Compared((), tuple(single(side, a, view(a.shape, None)) for side, a in there)) if there else None
    if not expected.size or not expected.ndim:
        return None
    differs = differing(expected, actual) if seen.differs is None else np.asarray(seen.differs)
    if symbols.are_tokens(item, expected) and symbols.are_tokens(item, actual):
        return Compared(*symbols.compared(seen.sides, expected, actual, differs))
    at = seen.at if seen.at is not None else _first(differs)
    name = "" if item is None else seen.of
    looked_at = None if seen.looked_at is None or np.all(seen.looked_at) else np.asarray(seen.looked_at)
    return _side_by_side(name, seen.sides, (expected, actual), differs, at, item, looked_at)


def _mask(seen: Counterexample) -> Compared | None:
    """The mask that a kernel was given, of the batch entry, head and query where it is most wrong."""
    mask = np.asarray(seen.arrays.get("mask", 0))
    if mask.dtype.kind != "b" or not mask.ndim or not mask.size:
        return None
    place = (0,) * mask.ndim
    if seen.of in ("out", "grad q") and seen.at is not None:
        there = ((0,) * mask.ndim + (*seen.at[:-1], 0))[-mask.ndim :]
        place = tuple(min(i, n - 1) for i, n in zip(there, mask.shape, strict=True))
    return Compared((PERMITS,), (single("mask", mask, view(mask.shape, place)),))


def _weights(seen: Counterexample, item: str | None) -> Compared | None:
    """The weights beside what they led to, where they are wrong; of an output, that they are not."""
    if seen.weights is None:
        return None
    expected, found, differs = (np.asarray(a) for a in seen.weights)
    if not differs.any():
        return None if seen.of.startswith("grad ") else Compared(("The weights of attention are right.",), ())
    with np.errstate(all="ignore"):
        error = np.where(differs & np.isfinite(found), np.abs(found - expected), 0.0)
    worst = int(np.where(differs & ~np.isfinite(found), np.inf, error).argmax())
    at = tuple(int(i) for i in np.unravel_index(worst, error.shape))
    return _side_by_side("weights", ("expected", "found"), (expected, found), differs, at, item)


def _side_by_side(
    name: str, sides: tuple[str, str], arrays: tuple[np.ndarray, np.ndarray], differs: np.ndarray,
    at: tuple[int, ...] | None, item: str | None, looked_at: np.ndarray | None = None,
) -> Compared:  # fmt: skip
    shape = arrays[0].shape
    part = view(shape, at)
    is_causal = item in CAUSAL and name == "weights" and len(shape) > 1 and shape[-1] == shape[-2]
    told = [*_said(name, sides, arrays, differs, at, looked_at), *left_out(shape, part, differs)]
    if looked_at is not None and not part.of(looked_at).all():
        told.append(LOOKED_AT)
    grids = pair(name, sides, arrays, differs, part, at, is_causal=is_causal, looked_at=looked_at)
    return Compared(tuple(told), grids)


def _said(
    name: str, sides: tuple[str, str], arrays: tuple[np.ndarray, np.ndarray], differs: np.ndarray,
    at: tuple[int, ...] | None, looked_at: np.ndarray | None,
) -> Iterator[str]:  # fmt: skip
    """How many entries differ, and where and how large the largest difference is; or that they are no numbers."""
    if at is None:
        return
    expected, actual = (a[at] for a in arrays)
    where = f"{name.replace('grad ', 'the gradient of ')}{list(at) if at else ''}"
    n, size = int(differs.sum()), differs.size if looked_at is None else int(looked_at.sum())
    if are_no_numbers(expected, actual):
        said = f"{'is' if n == 1 else 'are'} wrong"
        yield f"{n} of {size} entries {said}: at {where}, {' and '.join(sides)}, is {shown(actual)}, which is no finite number."
        return
    told = [f"{side} {text}" for side, text in zip(sides, apart(expected, actual), strict=True)]
    told += [text for text in [distance(expected, actual)] if text]
    largest = "the largest difference is " if n > 1 and is_finite(expected) and is_finite(actual) else ""
    yield f"{n} of {size} entries {'differs' if n == 1 else 'differ'}: {largest}at {where}, {', '.join(told)}."


def _first(differs: np.ndarray) -> tuple[int, ...] | None:
    found = np.argwhere(differs)
    return tuple(int(i) for i in found[0]) if len(found) else None

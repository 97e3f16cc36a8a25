"""Arrays as grids of cells: the slice and the part of it that tell most, each number with a tint by its size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from harness.report.picture.numbers import NUMERIC, apart, are_no_numbers, shown

MAX_ROWS, MAX_COLUMNS = 10, 8
LEVELS = 8
AXES = {
    "weights": ("query", "key"), "mask": ("query", "key"), "similarity": ("text", "picture"),
    "logits": ("position", "token"), "context": ("query", "unit"), "queries": ("query", "unit"), "keys": ("key", "unit"), "values": ("key", "unit"),
    "q": ("query", "unit"), "k": ("key", "unit"), "v": ("key", "unit"), "out": ("query", "unit"),
    "encodings": ("position", "unit"), "annotations": ("position", "unit"), "input_ids": ("sentence", "place"),
    "attention_mask": ("sentence", "place"), "token_type_ids": ("sentence", "place"),
}  # fmt: skip
CAUSAL = frozenset({"CausalScaledDotAttention", "DecoderOnlyTransformer"})
ASIDE = "\N{MIDDLE DOT}"  # where a law does not look


class Cell(NamedTuple):
    """A cell's text, and what it is: its tint, whether it differs, whether it is the worst."""

    text: str
    kind: str


@dataclass(frozen=True)
class Grid:
    """A matrix with its labels.

    Edges:   a vector is one row, and has no word for its rows.
    """

    caption: str
    rows_are: str
    columns_are: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


class View(NamedTuple):
    """Which part of an array is shown: a slice of its last two axes, and rows and columns of that."""

    lead: tuple[int, ...]
    rows: range
    columns: range

    def of(self, array: np.ndarray) -> np.ndarray:
        """The part [rows, columns]."""
        matrix = np.atleast_2d(array[self.lead])
        return np.asarray(matrix[self.rows.start : self.rows.stop, self.columns.start : self.columns.stop])


def view(shape: tuple[int, ...], at: tuple[int, ...] | None) -> View:
    """The part round an entry, or the first part."""
    place = at if at is not None else (0,) * len(shape)
    tall, wide = (*(1, 1), *shape)[-2:]
    row, column = (*(0, 0), *place)[-2:]
    return View(place[:-2], stretch(row, tall, MAX_ROWS), stretch(column, wide, MAX_COLUMNS))


def stretch(place: int, size: int, most: int) -> range:
    """So many places of a row, or all, round one of them."""
    start = max(0, min(place - most // 2, size - most))
    return range(start, min(size, start + most))


def left_out(shape: tuple[int, ...], part: View, differs: np.ndarray) -> Iterator[str]:
    """What of an array is not shown, in sentences."""
    yield from _shown(shape, part)
    slices = math.prod(shape[:-2])
    if slices > 1:
        others = int(differs.reshape(slices, -1).any(axis=1).sum()) - bool(differs[part.lead].any())
        yield f"{others or 'None'} of the other {slices - 1} {'differs' if others == 1 else 'differ'} as well."


def _shown(shape: tuple[int, ...], part: View) -> Iterator[str]:
    tall, wide = (*(1, 1), *shape)[-2:]
    cut = [
        f"{what} {shown_are.start} to {shown_are.stop - 1} of {size}"
        for what, shown_are, size in (("rows", part.rows, tall), ("columns", part.columns, wide))
        if len(shown_are) < size
    ]
    slices = math.prod(shape[:-2])
    if slices > 1:
        of = f"{' x '.join(map(str, shape[:-2]))} such matrices"
        yield f"Shown is one of {of}{', ' if cut else ''}{' and '.join(cut)}."
    elif cut:
        yield f"Shown are {' and '.join(cut)}."


def pair(
    name: str, sides: tuple[str, str], arrays: tuple[np.ndarray, np.ndarray], differs: np.ndarray, part: View,
    at: tuple[int, ...] | None, *, is_causal: bool = False, looked_at: np.ndarray | None = None,
) -> tuple[Grid, Grid]:  # fmt: skip
    """Two arrays of one shape side by side, tinted by one scale, that of the first.

    Edges:   what a law does not look at is a dot; what is no number on both sides is not marked, for it does not differ.
    """
    first, second = (part.of(a) for a in arrays)
    seen = np.ones(first.shape, dtype=bool) if looked_at is None else part.of(looked_at)
    marked, most = part.of(differs), _most(first[seen]) or _most(second[seen])
    worst = (*(0, 0), *at)[-2:] if at is not None else None

    def cell(i: int, j: int, side: int) -> Cell:
        if not seen[i, j]:
            return Cell(ASIDE, "")
        a, b = first[i, j], second[i, j]
        is_worst, is_later = (part.rows[i], part.columns[j]) == worst, is_causal and part.columns[j] > part.rows[i]
        words = [_tint((a, b)[side], most), "d" if marked[i, j] and not are_no_numbers(a, b) else "",
                 "w" if is_worst else "", "later" if is_later else ""]  # fmt: skip
        text = apart(a, b)[side] if marked[i, j] else shown((a, b)[side])
        return Cell(text, " ".join(filter(None, words)))

    def grid(side: int) -> Grid:
        cells = [[cell(i, j, side) for j in range(first.shape[1])] for i in range(first.shape[0])]
        return _labelled(f"{sides[side]} {_indexed(name, part)}".strip(), name, arrays[0].ndim, part, cells)

    return grid(0), grid(1)


def single(name: str, array: np.ndarray, part: View) -> Grid:
    """One array by itself, with its shape."""
    matrix = part.of(array)
    most = _most(matrix)
    cells = [[Cell(shown(value), _tint(value, most)) for value in row] for row in matrix]
    whole = array.size == matrix.size
    caption = f"{name} {list(array.shape)}" if array.ndim else name
    return _labelled(caption if whole else f"{caption}, a part of it", name, array.ndim, part, cells)


def _labelled(caption: str, name: str, rank: int, part: View, cells: list[list[Cell]]) -> Grid:
    rows_are, columns_are = AXES.get(name.removeprefix("grad "), ("row", "column")) if rank > 1 else ("", "")
    if name == "logits" and rank == 2:
        rows_are, columns_are = "sentence", "class"
    labels = [str(i) if rank > 1 else "" for i in part.rows]
    columns = tuple(str(j) for j in part.columns) if rank else ("",)
    return Grid(caption, rows_are, columns_are, columns, tuple(zip(labels, map(tuple, cells), strict=True)))


def _indexed(name: str, part: View) -> str:
    said = name.replace("grad ", "gradient of ")
    return f"{said}{list(part.lead)}" if part.lead else said


def _most(matrix: np.ndarray) -> float:
    """The largest size of a finite number among these."""
    if matrix.dtype.kind not in "iuf":
        return 0.0
    sizes = np.abs(matrix[np.isfinite(matrix)].astype(np.float64))
    return float(sizes.max(initial=0))


def _tint(value: Any, most: float) -> str:
    """A cell's tint: p and a level above zero, n and a level below, m and x for yes and no, o for what is no number."""
    if isinstance(value, bool | np.bool_):
        return "m" if value else "x"
    if np.asarray(value).dtype.kind not in NUMERIC:
        return ""
    if not math.isfinite(value):
        return "o"
    if not most:
        return ""
    level = min(LEVELS, math.ceil(min(abs(float(value)) / most, 1.0) * LEVELS))
    return f"{'n' if value < 0 else 'p'}{level}" if level else ""

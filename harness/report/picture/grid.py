"""Arrays as grids of cells: the slice and the part of it that tell most, each number with a tint by its size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from harness.report.picture.numbers import NUMERIC, apart, shown

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
MASK = "Hatched are later keys, to which a query may not attend."


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
    return View(place[:-2], _round(row, tall, MAX_ROWS), _round(column, wide, MAX_COLUMNS))


def _round(place: int, size: int, most: int) -> range:
    start = max(0, min(place - most // 2, size - most))
    return range(start, min(size, start + most))


def left_out(name: str, shape: tuple[int, ...], part: View, differs: np.ndarray) -> Iterator[str]:
    """What of an array is not shown, in sentences."""
    tall, wide = (*(1, 1), *shape)[-2:]
    cut = [
        f"{what} {shown_are.start} to {shown_are.stop - 1} of {size}"
        for what, shown_are, size in (("rows", part.rows, tall), ("columns", part.columns, wide))
        if len(shown_are) < size
    ]
    slices = math.prod(shape[:-2])
    if slices > 1 or cut:
        where = f"{name or 'it'}{list(part.lead)}" if part.lead else name or "it"
        of = f" of {' x '.join(map(str, shape[:-2]))} such matrices" if slices > 1 else ""
        yield f"Shown is {where}{of}{', ' if cut else ''}{' and '.join(cut)}."
    if slices > 1:
        others = int(differs.reshape(slices, -1).any(axis=1).sum()) - bool(differs[part.lead].any())
        yield f"{others or 'None'} of the other {slices - 1} {'differs' if others == 1 else 'differ'} as well."


def pair(
    name: str, sides: tuple[str, str], arrays: tuple[np.ndarray, np.ndarray], differs: np.ndarray, part: View,
    at: tuple[int, ...] | None, *, is_causal: bool = False,
) -> tuple[Grid, Grid]:  # fmt: skip
    """Two arrays of one shape side by side, tinted by one scale, that of the first."""
    first, second = (part.of(a) for a in arrays)
    marked, most = part.of(differs), _most(first) or _most(second)
    texts = [[apart(a, b) if d else (shown(a), shown(b)) for a, b, d in zip(*three, strict=True)]
             for three in zip(first, second, marked, strict=True)]  # fmt: skip
    worst = (*(0, 0), *at)[-2:] if at is not None else None

    def kinds(matrix: np.ndarray, i: int, j: int) -> str:
        row, column = part.rows[i], part.columns[j]
        words = [_tint(matrix[i, j], most), "d" if marked[i, j] else "", "w" if (row, column) == worst else ""]
        return " ".join(filter(None, [*words, "later" if is_causal and column > row else ""]))

    def grid(side: int, matrix: np.ndarray) -> Grid:
        cells = [[Cell(texts[i][j][side], kinds(matrix, i, j)) for j in range(matrix.shape[1])]
                 for i in range(matrix.shape[0])]  # fmt: skip
        return _labelled(f"{sides[side]} {_indexed(name, part)}".strip(), name, arrays[0].ndim, part, cells)

    return grid(0, first), grid(1, second)


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
    sizes = np.abs(matrix[np.isfinite(matrix)])
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

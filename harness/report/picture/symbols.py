"""Tokens of section 3 as the symbols that they stand for."""

from __future__ import annotations

import string

import numpy as np

from harness.report.picture.grid import Cell, Grid
from harness.report.picture.numbers import shown
from spec.contracts.decoder_tensors import EOP, EOS, SOS

ITEMS = frozenset({"generate_tensors_for_training_decoder_nmt", "DecoderOnlyTransformer", "TransformerDecoder",
                   "TransformerEncoder"})  # fmt: skip
NAMES = dict(enumerate(f"-{string.ascii_lowercase}")) | {SOS: "SOS", EOS: "EOS", EOP: "EOP"}
OF_TENSORS = "generate_tensors_for_training_decoder_nmt"
MAX_WORDS, MAX_PLACES = 4, 24
LEGEND = "Letters are the tokens 1 to 26, - is 0; SOS, EOS and EOP are 27, 28 and 29."


def are_tokens(item: str | None, array: np.ndarray) -> bool:
    """Whether an array of an item holds tokens of the course's vocabulary."""
    if array.ndim != 2 or not array.size or item not in ITEMS:
        return False
    return array.dtype.kind in "iu" or (item == OF_TENSORS and array.dtype.kind == "f")


def plain(name: str, array: np.ndarray) -> Grid:
    """Words of tokens, a row a word."""
    rows = tuple((str(i), _cells(array[i], None)) for i in range(min(len(array), MAX_WORDS)))
    return Grid(f"{name} {list(array.shape)}", "word", "place", _places(array), rows)


def compared(
    sides: tuple[str, str], expected: np.ndarray, actual: np.ndarray, differs: np.ndarray
) -> tuple[tuple[str, ...], tuple[Grid, ...]]:
    """The words that differ, what was expected over what was found, place by place."""
    wrong = np.flatnonzero(differs.any(axis=1))
    told = [
        f"{len(wrong)} of {len(expected)} words {'differs' if len(wrong) == 1 else 'differ'}, in the places that are marked."
    ]
    if len(wrong) > MAX_WORDS:
        told.append(f"The first {MAX_WORDS} of them are shown.")
    if expected.shape[1] > MAX_PLACES:
        told.append(f"The first {MAX_PLACES} of {expected.shape[1]} places are shown.")
    grids = tuple(
        Grid(f"word {i}", "", "place", _places(expected),
             ((sides[0], _cells(expected[i], differs[i])), (sides[1], _cells(actual[i], differs[i]))))
        for i in wrong[:MAX_WORDS]
    )  # fmt: skip
    return (*told, LEGEND), grids


def _places(array: np.ndarray) -> tuple[str, ...]:
    return tuple(map(str, range(min(array.shape[1], MAX_PLACES))))


def _cells(word: np.ndarray, differs: np.ndarray | None) -> tuple[Cell, ...]:
    marks = np.zeros(len(word), dtype=bool) if differs is None else differs
    return tuple(Cell(_symbol(t), "d" if m else "") for t, m in zip(word[:MAX_PLACES], marks[:MAX_PLACES], strict=True))


def _symbol(token: float) -> str:
    is_whole = np.isfinite(token) and float(token).is_integer()
    return NAMES.get(int(token), str(int(token))) if is_whole else shown(token)

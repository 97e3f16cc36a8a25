"""Tokens of section 3 as the symbols that they stand for."""

from __future__ import annotations

import string

import numpy as np

from harness.report.picture.grid import Cell, Grid, stretch
from harness.report.picture.numbers import shown
from spec.contracts.decoder_tensors import EOP, EOS, SOS

ITEMS = frozenset({"generate_tensors_for_training_decoder_nmt", "DecoderOnlyTransformer", "TransformerDecoder",
                   "TransformerEncoder"})  # fmt: skip
NAMES = dict(enumerate(f"-{string.ascii_lowercase}")) | {SOS: "SOS", EOS: "EOS", EOP: "EOP"}
OF_TENSORS = "generate_tensors_for_training_decoder_nmt"
MAX_WORDS, MAX_PLACES = 4, 24
LEGEND = "Letters are the tokens 1 to 26, - is 0; SOS, EOS and EOP are 27, 28 and 29."


def are_tokens(item: str | None, array: np.ndarray) -> bool:
    """Whether an array of an item holds tokens of the course's vocabulary: words of them, or one of each word."""
    if array.ndim not in (1, 2) or not array.size or item not in ITEMS or (array.ndim == 1 and item != OF_TENSORS):
        return False
    return array.dtype.kind in "iu" or (item == OF_TENSORS and array.dtype.kind == "f")


def plain(name: str, array: np.ndarray) -> Grid:
    """Words of tokens, a row a word; one of each word in a row."""
    places = range(min(array.shape[-1], MAX_PLACES))
    if array.ndim == 1:
        return Grid(f"{name} {list(array.shape)}", "", "word", _labels(places), (("", _cells(array, None, places)),))
    rows = tuple((str(i), _cells(array[i], None, places)) for i in range(min(len(array), MAX_WORDS)))
    return Grid(f"{name} {list(array.shape)}", "word", "place", _labels(places), rows)


def compared(
    sides: tuple[str, str], expected: np.ndarray, actual: np.ndarray, differs: np.ndarray
) -> tuple[tuple[str, ...], tuple[Grid, ...]]:
    """The words that differ, what was expected over what was found, place by place."""
    wrong = np.flatnonzero(differs if differs.ndim == 1 else differs.any(axis=1))
    verb = "differs" if len(wrong) == 1 else "differ"
    told = [f"{len(wrong)} of {len(expected)} words {verb}, in the places that are marked."]
    shown = wrong[:MAX_WORDS]
    at = np.atleast_1d(differs if differs.ndim == 1 else differs[shown].any(axis=0))
    places = stretch(int(at.argmax()), len(at), MAX_PLACES)
    if expected.ndim == 1:
        told = [f"{len(wrong)} of {len(expected)} tokens {verb}, one of each word, in the places that are marked."]
    elif len(wrong) > MAX_WORDS:
        told.append(f"The first {MAX_WORDS} of them are shown.")
    if len(places) < len(at):
        told.append(f"Shown are {'places' if expected.ndim > 1 else 'words'} {places[0]} to {places[-1]} of {len(at)}.")
    both = (expected, actual)
    if expected.ndim == 1:
        rows = tuple((side, _cells(a, differs, places)) for side, a in zip(sides, both, strict=True))
        return (*told, LEGEND), (Grid("one token of each word", "", "word", _labels(places), rows),)
    grids = tuple(
        Grid(f"word {i}", "", "place", _labels(places),
             tuple((side, _cells(a[i], differs[i], places)) for side, a in zip(sides, both, strict=True)))
        for i in shown
    )  # fmt: skip
    return (*told, LEGEND), grids


def _labels(places: range) -> tuple[str, ...]:
    return tuple(map(str, places))


def _cells(word: np.ndarray, differs: np.ndarray | None, places: range) -> tuple[Cell, ...]:
    return tuple(Cell(_symbol(word[i]), "d" if differs is not None and differs[i] else "") for i in places)


def _symbol(token: float) -> str:
    is_whole = np.isfinite(token) and float(token).is_integer()
    return NAMES.get(int(token), str(int(token))) if is_whole else shown(token)

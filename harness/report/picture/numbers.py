"""Numbers as short texts, and whether two of them are one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from harness.report import foreign

NUMERIC = "biuf"
DIGITS = 3
MAX_TEXT = 24


def shown(value: Any, digits: int = DIGITS) -> str:
    """A number as it stands in a cell; what is none, by its name."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
        return f"{float(value) + 0.0:.{digits}g}"
    return foreign.line(str(value), at_most=MAX_TEXT)


def apart(a: Any, b: Any) -> tuple[str, str]:
    """Two values with so many digits that they do not read the same, if they are not."""
    for digits in range(DIGITS, 18):
        texts = shown(a, digits), shown(b, digits)
        if texts[0] != texts[1]:
            break
    return texts


def differing(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays of one shape are not the same, NaN equal to NaN."""
    if a.dtype.kind in NUMERIC and b.dtype.kind in NUMERIC:
        return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))
    return np.asarray(a.astype(str) != b.astype(str))

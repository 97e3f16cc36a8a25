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


def distance(a: Any, b: Any) -> str:
    """How far two numbers are apart; nothing where that is no finite number, or they are none."""
    kinds = {np.asarray(a).dtype.kind, np.asarray(b).dtype.kind}
    if kinds <= set("iu"):
        return f"{abs(int(a) - int(b))} apart"
    if not kinds <= set("iuf"):
        return ""
    apart = abs(float(a) - float(b))
    return f"{apart:.3g} apart" if math.isfinite(apart) else ""


def is_finite(value: Any) -> bool:
    """Whether something is a finite number, as a truth is."""
    return np.asarray(value).dtype.kind in NUMERIC and bool(np.isfinite(value))


def are_no_numbers(a: Any, b: Any) -> bool:
    """Whether two are numbers of which neither is finite, and the same: that they are none is then what is wrong."""
    if any(np.asarray(one).dtype.kind not in NUMERIC or np.isfinite(one) for one in (a, b)):
        return False
    return bool(a == b or (np.isnan(a) and np.isnan(b)))


def differing(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays of one shape are not the same, NaN equal to NaN."""
    if a.dtype.kind in NUMERIC and b.dtype.kind in NUMERIC:
        return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))
    texts = np.frompyfunc(str, 1, 1)
    return np.asarray(texts(a) != texts(b), dtype=bool)

"""What a report may hold, field by field: a value of another kind is one sentence that names the file and the place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN_CHARACTERS = 40
LEAST, GREATEST = 1e-30, 1e30  # far outside all that is measured, and quotients of quotients still have room


class Unusable(ValueError):
    """Why something cannot be compared, in one sentence."""


def printable(text: str) -> str:
    """A foreign text without what would move a cursor or turn the direction of writing."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def mapping(value: Any, where: str) -> dict[str, Any]:
    """An object.

    Raises:  Unusable if it is something else.
    """
    if not isinstance(value, dict):
        raise Unusable(f"{where} is {_named(value)}, expected an object.")
    return value


def text(value: Any, where: str) -> str:
    """A text that is not empty, printable.

    Raises:  Unusable if it is something else.
    """
    if not isinstance(value, str) or not value:
        raise Unusable(f"{where} is {_named(value)}, expected a text.")
    return printable(value)


def optional_text(value: Any, where: str) -> str | None:
    """A text, or None.

    Raises:  Unusable if it is something else.
    """
    return None if value is None else text(value, where)


def positive(value: Any, where: str) -> float:
    """A finite number above 0, of a size that something measured can have.

    Raises:  Unusable if it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable(f"{where} is {_named(value)}, expected a number above 0.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and number > 0):
        raise Unusable(f"{where} is {number:g}, expected a finite number above 0.")
    if not LEAST <= number <= GREATEST:
        raise Unusable(f"{where} is {number:g}, expected a number from {LEAST:g} to {GREATEST:g}.")
    return number


def optional_positive(value: Any, where: str) -> float | None:
    """A finite number above 0; None for null and for 0, which says that there is none.

    Raises:  Unusable if it is something else.
    """
    is_none = value is None or (value == 0 and not isinstance(value, bool))
    return None if is_none else positive(value, where)


def times(value: Any, where: str) -> NDArray[np.float64]:
    """A list of seconds, each finite and above 0.

    Shapes:  [rounds], at least 1.
    Raises:  Unusable if it is something else; the first that is wrong is named.
    """
    if not isinstance(value, list) or not value:
        raise Unusable(f"{where} is {_named(value)}, expected a list of times in seconds.")
    if set(map(type, value)) == {float}:  # the usual one, quickly
        numbers = np.array(value)
        if ((numbers >= LEAST) & (numbers <= GREATEST)).all():
            return numbers
    return np.array([positive(one, f"{where}[{i}]") for i, one in enumerate(value)])


def _named(value: Any) -> str:
    """A value in a sentence: short, and never the whole of a list."""
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "an object"
    if value is None or isinstance(value, bool):
        return {None: "null or missing", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value) if len(value) <= SHOWN_CHARACTERS else f"a text of {len(value)} characters"
    return f"the number {value:g}" if isinstance(value, float) else "a whole number"

"""Names and captions as they can be drawn: in lines of a width, cut where they are too long, and with no signs of mathematics."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from writeup.figures import frame

MORE = "…"
SIZE = 100.0  # points, that letters are measured at


def wrapped(text: str, width: float, lines: int = 3, *, bold: bool = False) -> str:
    """A text in a few lines, broken between words where there are any.

    Units:   `width` in ems, the size of the letters.
    Edges:   a dollar sign would begin a formula, so it is escaped; what cannot be printed, or is not in the font, is shown
             by its number.
    """
    known = _known(bold)
    rest = "".join(one if one.isprintable() and ord(one) in known else _number(one) for one in " ".join(text.split()))
    rows: list[str] = []
    while rest and len(rows) < lines:
        fits = _fitting(rest, width, bold)
        if fits < len(rest) and len(rows) == lines - 1:
            rest = rest[: _fitting(rest, width - _em(MORE, bold), bold)].rstrip() + MORE
            fits = len(rest)
        elif fits < len(rest):
            fits = rest.rfind(" ", 1, fits + 1) if " " in rest[1 : fits + 1] else fits
        rows.append(rest[:fits])
        rest = rest[fits:].lstrip()
    return "\n".join(rows).replace("$", r"\$")


def _number(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def _fitting(text: str, width: float, bold: bool) -> int:
    """How many letters fit into a width; one at least."""
    used = 0.0
    for place, letter in enumerate(text):
        used += _em(letter, bold)
        if used > width:
            return max(1, place)
    return len(text)


@cache
def _em(letter: str, bold: bool) -> float:
    """How wide a letter is."""
    font = _font(bold)
    font.set_size(SIZE, 72)
    return float(font.load_char(ord(letter), LoadFlags.NO_HINTING).linearHoriAdvance) / 2**16 / SIZE


@cache
def _known(bold: bool) -> frozenset[int]:
    """The letters that there are."""
    return frozenset(_font(bold).get_charmap())


@cache
def _font(bold: bool) -> FT2Font:
    return get_font(findfont(FontProperties(family=frame.STYLE["font.family"], weight="bold" if bold else "normal")))

"""Names and captions as they can be drawn: in lines of a width, cut where they are too long, and with no signs of mathematics."""

from __future__ import annotations

import textwrap


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """A text in a few lines.

    Edges:   a dollar sign would begin a formula, so it is escaped; what cannot be printed is shown by its number.
    """
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in " ".join(text.split()))
    parts = textwrap.wrap(plain, width, max_lines=lines, placeholder="…", break_long_words=True) or [""]
    return "\n".join(parts).replace("$", r"\$")

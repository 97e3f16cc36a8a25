"""Commands as somebody would type them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path


def typed(*words: str, **options: object) -> str:
    """A command as somebody would type it; options that are None or False were not given.

    Edges:   a path is told from where one is, or from home.
    """
    said = ["specimen", *words]
    for name, value in options.items():
        if value is None or value is False:
            continue
        said += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return told(said)


def told(words: Sequence[object]) -> str:
    """Words of a command in a line.

    Edges:   as `typed`.
    """
    return " ".join(near(word) for word in words)


def near(word: object) -> str:
    """A word for a shell; a path as one would type it here."""
    text = str(word)
    if Path(text).is_absolute():
        for place, short in ((Path.cwd(), ""), (Path.home(), "~/")):
            if Path(text).is_relative_to(place):
                return short + shlex.quote(str(Path(text).relative_to(place)))
    return shlex.quote(text)

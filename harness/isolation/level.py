"""Which level of isolation is asked for, which is reached, and what each is called."""

from __future__ import annotations

from dataclasses import dataclass

NAMES = {0: "separate process", 1: "Landlock and seccomp", 2: "namespaces, Landlock and seccomp"}
HIGHEST = max(NAMES)
WORDS = ("auto", "require", "none", *map(str, NAMES))


class Unreached(Exception):
    """A level that was asked for is not to be had here; the message says why."""


@dataclass(frozen=True)
class Asked:
    """What `--isolation` asks for: a level at least, and at most.

    Edges:   nothing between the two is refused, and the report says which it was.
    """

    least: int = 0
    most: int = HIGHEST

    def demand(self, reached: int, why_not: str) -> None:
        """Refuse what is less than was asked for.

        Raises:  Unreached.
        """
        if reached < self.least:
            reason = f": {why_not}" if why_not else ""
            raise Unreached(f"isolation {self.least} ({NAMES[self.least]}) is not to be had here{reason}")


AUTO = Asked()
"""The highest level that works."""


def asked(word: str) -> Asked:
    """What a word asks for: the highest level that works (auto), that and no less than 1 (require), none, or just one.

    Raises:  ValueError for another word.
    """
    if word not in WORDS:
        raise ValueError(f"isolation is one of {', '.join(WORDS)}; got {word!r}")
    if word in ("auto", "require"):
        return Asked(least=int(word == "require"))
    level = 0 if word == "none" else int(word)
    return Asked(level, level)


def described(level: int, why_not_higher: str = "") -> str:
    """A level in words, with what kept it from being higher."""
    reason = f"; not {level + 1}: {why_not_higher}" if why_not_higher else ""
    return f"isolation {level} ({NAMES[level]}{reason})"

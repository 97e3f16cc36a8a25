"""Pig Latin of a word: the handout's three rules, and what the course's data do with clusters (C6)."""

from __future__ import annotations

from spec.contracts.contract import Case, Contract, Form, without_oracle

VOWELS = "aeiou"


def pig_latin(word: str) -> str:
    """A word of a to z and dashes in Pig Latin, part by part.

    Source:  handout 3.1; C6.
    """
    return "-".join(_part(part) for part in word.split("-"))


def moved(part: str) -> int:
    """How many letters a part without dashes moves behind itself: those before its first vowel, which y is unless it
    is first, and the u of qu is not; none if there is no vowel, and none if y is first."""
    if part[:1] == "y":
        return 0
    for place, letter in enumerate(part):
        is_qu = letter == "u" and part[place - 1 : place] == "q"
        if (letter in VOWELS or letter == "y") and not is_qu:
            return place
    return 0


def _part(part: str) -> str:
    if not part:
        return ""
    if part[0] in VOWELS:
        return part + "way"
    return part[moved(part) :] + part[: moved(part)] + "ay"


def case(word: str) -> Case:
    """A call."""
    return Case((), {}, {}, extra=(word,))


CONTRACT = Contract(
    item="pig_latin",
    question="pig-latin",
    signature="pig_latin(word) -> translation",
    parameters=dict,
    outputs=lambda case: {"translation": (Form((), kind="text"),)},
    oracle=without_oracle,
    describe=lambda case: f"word {case.extra[0]!r}",
    probe=lambda _: case("cat"),
    is_function=True,
)

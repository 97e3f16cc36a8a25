"""English to Pig Latin by rule: what the models of section 3 are to learn, and what their errors are sorted by."""

import re

from impl.nmt.vocabulary import check

ONSET = re.compile(r"(?:qu|[^aeiouy])*")  # what stands before the first vowel


def pig_latin(word: str) -> str:
    """A word in Pig Latin, each of its parts between dashes by itself.

    Edges:   an empty part stays empty; qu is one consonant, also in squ; y moves nothing as a first letter, and is a
             vowel elsewhere; a part with no vowel moves nothing (mrs, mrsay).
    Raises:  ValueError if the word holds anything but a to z and dashes.
    Source:  handout 3.1; the rule for clusters is the data's (C6).
    """
    check(word)
    return "-".join(map(_part, word.split("-")))


def rule(word: str) -> str:
    """Which rule a word is for: "dash" if it has one, "vowel", "consonant", or "cluster" if several letters move."""
    if "-" in word:
        return "dash"
    if word[:1] in tuple("aeiou"):
        return "vowel"
    return "cluster" if len(_onset(word)) > 1 else "consonant"


def _part(part: str) -> str:
    if not part:
        return ""
    if part[0] in "aeiou":
        return f"{part}way"
    onset = _onset(part)
    return f"{part[len(onset) :]}{onset}ay"


def _onset(part: str) -> str:
    """The letters that move: those before the first vowel, unless there is none, or y comes first."""
    onset = ONSET.match(part)
    return onset.group() if onset and not part.startswith("y") and onset.end() < len(part) else ""

"""Questions that are answered by choosing: by letter, or in the handout's words and a few that mean the same.

What is not wholly understood is not guessed at: an answer in other words is unread, with what can be chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from spec.closed_forms import CHOICES as TRUTHS
from spec.formula.tree import Unread

MAX_LENGTH = 2_000
FILLER = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "it",
        "its",
        "it's",
        "answer",
        "option",
        "point",
        "choice",
        "choose",
        "i",
        "we",
        "would",
        "pick",
        "my",
        "as",
        "to",
        "be",
        "of",
        "for",
        "with",
        "use",
        "seek",
        "regime",
        "potential",
        "way",
        "accelerate",
        "training",
        "and",
        "in",
        "dominated",
        "most",
        "efficient",
        "best",
        "that",
        "at",
        "letter",
        "(a)",
        "then",
        "by",
        "will",
        "should",
    ]
)
REASON = re.compile(r"\b(?:because|since|,? which is|due to)\b", re.IGNORECASE)
STYLE = re.compile(r"\\(?:text|mathrm|mathbf|textbf|textit|boxed)\s*\{([^{}]*)\}|[$*`\"'()\[\]{}]|\\")


class Choice(Protocol):
    """A question with options."""

    @property
    def question(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def asks(self) -> str: ...
    @property
    def right(self) -> str: ...
    def matches(self, text: str) -> bool: ...
    def read(self, text: str) -> str: ...
    def shown(self, chosen: str) -> str: ...
    def against(self, chosen: str) -> str: ...
    def help(self) -> list[str]: ...


@dataclass(frozen=True)
class OneOf:
    """One option out of several.

    Edges:   `options` in the handout's words; `words` are others that mean the same, without filler words.
    """

    question: str
    part: str
    asks: str
    options: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]

    @property
    def right(self) -> str:
        return TRUTHS[self.question][0]

    def matches(self, text: str) -> bool:
        try:
            self.read(text)
        except Unread:
            return False
        return True

    def read(self, text: str) -> str:
        """The option that a text chooses.

        Raises:  Unread for one that is in no words of ours, or chooses two.
        """
        said = _words(text)
        if re.match(r"\s*A\s+[a-z]", text) and said[1:2] and said[1] not in {"or", "not", *FILLER}:
            said = said[1:]  # an article, as in: A larger model
        letters, rest = self._letters(said)
        phrased = {letter for letter in self.options if rest and rest in self._phrases(letter)}
        chosen = letters | phrased
        if len(chosen) != 1 or (rest and not phrased):
            raise Unread(f"choose one of {'; '.join(self.help())}", (0, len(text)))
        return chosen.pop()

    def _letters(self, said: list[str]) -> tuple[set[str], list[str]]:
        """The letters among the words, and the other words without fillers; a small a is a letter only at the end."""
        letters = {word for word in said if len(word) == 1 and word in self.options}
        if said and len(said[-1]) == 1 and said[-1].upper() in self.options:
            letters.add(said[-1].upper())
        rest = [word.lower() for word in said if word not in letters and word.lower() not in FILLER]
        return letters, [word for word in rest if word.upper() not in letters]

    def _phrases(self, letter: str) -> list[list[str]]:
        phrases = (_words(phrase.lower()) for phrase in (self.options[letter], *self.words[letter]))
        return [[word for word in phrase if word not in FILLER] for phrase in phrases]

    def shown(self, chosen: str) -> str:
        words = self.options[chosen]
        return chosen if words == chosen else f"{chosen}: {words}"

    def against(self, chosen: str) -> str:
        return TRUTHS[self.question][1][chosen]

    def help(self) -> list[str]:
        return [self.shown(letter) for letter in self.options]


@dataclass(frozen=True)
class Blanks:
    """Two points, each with a regime and a remedy: four blanks, each with two options."""

    question: str
    part: str
    asks: str

    @property
    def right(self) -> str:
        return TRUTHS[self.question][0]

    def matches(self, text: str) -> bool:
        try:
            self.read(text)
        except Unread:
            return False
        return True

    def read(self, text: str) -> str:
        """Four letters: A's regime and remedy, B's regime and remedy.

        Raises:  Unread when a blank is left, filled twice, or filled with something else.
        """
        points = re.search(
            r"\b(?:point\s+)?A\b\s*[:=,.\-]?(.*?)(?:\bpoint\s+)?\bB\b\s*[:=,.\-]?(.*)", _plain(text), re.DOTALL
        )
        if points is None:
            raise Unread("say what holds of A, then of B: A: regime, remedy; B: regime, remedy", (0, len(text)))
        return "".join(self._point(said, name, text) for said, name in zip(points.groups(), "AB", strict=True))

    def _point(self, said: str, name: str, text: str) -> str:
        left, chosen = " ".join(_words(said)).lower(), ""
        for blank in BLANKS:
            found = [letter for letter, pattern in blank.items() if re.search(pattern, left)]
            if len(found) != 1:
                raise Unread(
                    f"point {name}: choose one of {' / '.join(BLANK_WORDS[letter] for letter in blank)}", (0, len(text))
                )
            chosen += found[0]
            left = re.sub(blank[found[0]], " ", left)
        if unknown := [word for word in left.split() if word not in FILLER]:
            raise Unread(f"point {name}: {' '.join(unknown)} is none of the options", (0, len(text)))
        return chosen

    def shown(self, chosen: str) -> str:
        words = [BLANK_WORDS[letter] for letter in chosen]
        return f"A: {words[0]}, {words[1]}; B: {words[2]}, {words[3]}"

    def against(self, chosen: str) -> str:
        evidence = TRUTHS[self.question][1]
        pairs = zip("AABB", chosen, self.right, strict=True)
        wrong = dict.fromkeys(name for name, got, wanted in pairs if got != wanted)
        return " ".join(evidence[name] for name in wrong)

    def help(self) -> list[str]:
        regimes, remedies = (" / ".join(BLANK_WORDS[letter] for letter in blank) for blank in BLANKS)
        return [f"A: {regimes}, {remedies}", f"B: {regimes}, {remedies}"]


BLANK_WORDS = {
    "n": "noise dominated", "c": "curvature dominated",
    "h": "use higher order optimizers", "p": "seek parallel compute",
}  # fmt: skip
BLANKS = (
    {"n": r"\bnoise(?:[ -]dominated)?\b", "c": r"\bcurvature(?:[ -]dominated)?\b"},
    {
        "h": r"\b(?:higher|second)[ -]?order (?:optimizers?|optimisers?|methods?|optimization|optimisation)\b",
        "p": r"\b(?:more )?parallel (?:compute|computing|computation)\b",
    },
)


def _plain(text: str) -> str:
    """A text without styles; what follows a because is for a person."""
    if len(text) > MAX_LENGTH:
        raise Unread(f"it has {len(text)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, len(text)))
    for at, sign in enumerate(text):
        if not sign.isascii():
            name = unicodedata.name(sign, "a character without a name")
            raise Unread(
                f"{sign if sign.isprintable() else ''} ({name}) is in none of the options".strip(), (at, at + 1)
            )
    text = REASON.split(text, maxsplit=1)[0]
    return STYLE.sub(lambda found: f" {found.group(1) or ''} ", text)


def _words(text: str) -> list[str]:
    return re.sub(r"[.,:;!\-/]+(?=\s|$)", " ", _plain(text)).replace(",", " ").split()


YES_NO = {"yes": "yes", "no": "no"}
YES_WORDS = {
    "yes": ("more robust", "yes more robust", "it does", "yes it does", "does"),
    "no": (
        "not more robust",
        "no not more robust",
        "it does not",
        "no it does not",
        "no effect",
        "unchanged",
        "does not",
    ),
}
ALL: tuple[Choice, ...] = (
    OneOf("1.2.3", "robust", "does weight decay make the model more robust under FGM?", YES_NO, YES_WORDS),
    OneOf("1.2.4", "robust", "does weight decay make the model more robust under FGSM?", YES_NO, YES_WORDS),
    OneOf(
        "2.1.1", "direction", "how the best rate changes as the batch size increases",
        {"grows": "grows", "shrinks": "shrinks", "unchanged": "unchanged"},
        {
            "grows": ("increases", "increase", "grow", "grows saturates", "increases saturates", "goes up", "larger"),
            "shrinks": ("decreases", "decrease", "falls", "shrink", "goes down", "smaller"),
            "unchanged": ("stays same", "does not change", "constant", "same"),
        },
    ),
    OneOf(
        "2.1.2a", "point", "the point with the most efficient batch size",
        {"A": "A", "B": "B", "C": "C"},
        {"A": (), "B": (), "C": ("knee", "critical batch size", "critical batch")},
    ),
    Blanks("2.1.2b", "blanks", "the regime of A and of B, and what to do at each"),
    OneOf(
        "2.2", "option", "the best use of more compute",
        {
            "A": "Train the same model with the same batch size for more steps",
            "B": "Train the same model with a larger batch size for the same number of steps",
            "C": "Increase the model size",
        },
        {
            "A": ("more steps", "train longer", "train for more steps", "train same model for more steps"),
            "B": (
                "larger batch size", "increase batch size", "larger batch", "bigger batch size",
                "train same model with larger batch size",
                "train same model with larger batch size after tuning learning rate for same number steps",
            ),
            "C": ("larger model", "bigger model", "increase size model", "larger model size", "train larger model"),
        },
    ),
)  # fmt: skip
CHOICES: dict[str, Choice] = {choice.question: choice for choice in ALL}

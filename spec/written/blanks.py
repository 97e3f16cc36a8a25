"""2.1.2b: two points, each with a regime and a remedy to fill in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spec.closed_forms import CHOICES as TRUTHS
from spec.formula.tree import Unread
from spec.written.choice import FILLER, styled, words_of

POINT = re.compile(r"\b(?:[Pp]oint\s+)?(?:([AB])\b|([ab])(?=\s*[:=]))\s*[:=,.\-]*")


@dataclass(frozen=True)
class Blanks:
    """Two points, each with a regime and a remedy: four blanks, each with two options."""

    question: str
    part: str
    asks: str

    @property
    def right(self) -> str:
        return TRUTHS[self.question][0]

    def read(self, text: str) -> str:
        """Four letters: A's regime and remedy, B's regime and remedy.

        Raises:  Unread when a blank is left, filled twice, or filled with something else.
        """
        said_of = styled(text)
        heads = list(POINT.finditer(said_of))
        names = [(head.group(1) or head.group(2)).upper() for head in heads]
        before = [
            word for word in words_of(said_of[: heads[0].start()] if heads else said_of) if word.lower() not in FILLER
        ]
        if sorted(names) != ["A", "B"] or before:
            raise Unread("say what holds of A, then of B: A: regime, remedy; B: regime, remedy", (0, len(text)))
        ends = [heads[1].start(), len(said_of)]
        said = {n: said_of[head.end() : end] for n, head, end in zip(names, heads, ends, strict=True)}
        return "".join(self._point(said[name], name, text) for name in "AB")

    def _point(self, said: str, name: str, text: str) -> str:
        left, chosen = " ".join(words_of(said)).lower(), ""
        for blank in BLANKS:
            found = [letter for letter, pattern in blank.items() if re.search(pattern, left)]
            if len(found) != 1:
                raise Unread(
                    f"point {name}: choose one of {' / '.join(BLANK_WORDS[letter] for letter in blank)}", (0, len(text))
                )
            chosen += found[0]
            left = re.sub(blank[found[0]], " ", left, count=1)
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

    def example(self) -> str:
        return self.shown(self.right[2:] + self.right[:2])

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
        "h": r"\b(?:higher|second)[ -]?order(?: (?:optimizers?|optimisers?|methods?|optimization|optimisation))?\b",
        "p": r"\b(?:more )?parallel (?:compute|computing|computation)\b|\bparallelism\b",
    },
)

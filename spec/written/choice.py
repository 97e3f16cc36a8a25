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
FILLER = frozenset((
    "the", "an", "is", "it", "its", "it's", "answer", "option", "point", "my", "as", "to", "be", "of", "for", "with", "use",
    "i", "we", "would", "pick", "choice", "choose", "seek", "regime", "potential", "way", "accelerate", "training", "and",
    "in", "dominated", "most", "efficient", "best", "that", "at", "letter", "then", "by", "will", "should",
    "so", "thus", "hence", "therefore", "here", "are", "s",
))  # fmt: skip
REASON = re.compile(r"\b(?:because|since|due to)\b(?:[^.;\n]|\.(?=\d))*", re.IGNORECASE)
QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
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
    def read(self, text: str) -> str: ...
    def shown(self, chosen: str) -> str: ...
    def against(self, chosen: str) -> str: ...
    def help(self) -> list[str]: ...
    def example(self) -> str: ...


def matches(choice: Choice, text: str) -> bool:
    """Whether a text chooses, rightly or wrongly."""
    try:
        choice.read(text)
    except Unread:
        return False
    return True


@dataclass(frozen=True)
class OneOf:
    """One option out of several.

    Edges:   `options` in the handout's words; `words` are others that mean the same, without filler words. `asides` are
             clauses that choose nothing, such as "as the batch size grows", and are left out.
    """

    question: str
    part: str
    asks: str
    options: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    asides: str = r"(?!)"

    @property
    def right(self) -> str:
        return TRUTHS[self.question][0]

    def read(self, text: str) -> str:
        """The option that a text chooses.

        Raises:  Unread for one that is in no words of ours, or chooses two.
        """
        said = words_of(re.sub(self.asides, " ", plain(text), flags=re.IGNORECASE))
        if said[:1] in (["a"], ["A"]) and said[1:2] in (["larger"], ["bigger"]):
            said = said[1:]  # an article
        said = [word for i, word in enumerate(said) if not (word == "a" and 0 < i < len(said) - 1)]
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
        own = words_of(self.options[letter].lower())
        phrases = [own, *(words_of(phrase.lower()) for phrase in self.words[letter])]
        said_first = [own + phrase for phrase in phrases[1:]]  # yes, it does
        return [[word for word in phrase if word not in FILLER] for phrase in (*phrases, *said_first)]

    def shown(self, chosen: str) -> str:
        words = self.options[chosen]
        return chosen if words == chosen else f"{chosen}: {words}"

    def against(self, chosen: str) -> str:
        return TRUTHS[self.question][1][chosen]

    def help(self) -> list[str]:
        return [self.shown(letter) for letter in self.options]

    def example(self) -> str:
        return next(letter for letter in self.options if letter != self.right)


def plain(text: str) -> str:
    """A text without styles and arrows; what follows a because, to the end of its sentence, is for a person."""
    return REASON.sub(" ", styled(text)).replace("->", " ").replace("=>", " ")


def styled(text: str) -> str:
    """A text without styles.

    Raises:  Unread for letters that look like others, and for texts over 2000 characters.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(f"it has {len(text)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, len(text)))
    text = text.translate(QUOTES)
    for at, sign in enumerate(text):
        if not sign.isascii():
            name = unicodedata.name(sign, "a character without a name")
            shown = f"{sign} ({name})" if sign.isprintable() else name
            raise Unread(f"{shown} is in none of the options", (at, at + 1))
    return STYLE.sub(lambda found: f" {found.group(1) or ''} ", text)


def words_of(text: str) -> list[str]:
    """The words of a text, without the punctuation after them."""
    return re.sub(r"[.,:;!\-/]+(?=\s|$)", " ", plain(text)).replace(",", " ").split()

"""Greedy decoding: many words at once, keys and values kept.

Sources are padded on the right to the longest of them. A padded position is never attended to, and a word's positions
are its own, so that a word is translated as if it were alone.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from impl.nmt.vocabulary import EOS, encode, text

COURSE_LIMIT = 20  # characters; the notebook's decoder stops there
AT_ONCE = 128  # words of about one length, which end at about the same time


class Decoding(Protocol):
    """Some words on their way, and what is kept of what they have read and said."""

    def advance(self, last: Tensor | None, step: int) -> Tensor:
        """Logits [words, vocab] for the token after those given: the last ones [words], and how many were said before."""
        ...

    def drop(self, going_on: Tensor) -> None:
        """Keep some of the words only, by their rows."""
        ...


class Translator(Protocol):
    """What can be decoded."""

    def begin(self, sources: list[list[int]], limit: int) -> Decoding:
        """Read the sources, with room for `limit` tokens of each."""
        ...


def course_limit(_: str) -> int:
    """The limit of the course's interface: 20 characters for any word."""
    return COURSE_LIMIT


def growing_limit(word: str) -> int:
    """A limit that no Pig Latin of a word reaches: a one-letter part, such as "a", grows fourfold."""
    return 4 * len(word) + 4


@torch.inference_mode()
def translate(translator: Translator, words: Sequence[str], limit: Callable[[str], int] = course_limit) -> list[str]:
    """Every word's most likely characters, one after the other, until its EOS or its limit.

    Edges:   no words, no translations; SOS and EOP, if a model puts them into a word, are written out in capitals.
    Raises:  ValueError that names the first character outside the vocabulary.
    """
    sources = [encode(word) for word in words]
    found = [""] * len(words)
    by_length = sorted(range(len(words)), key=lambda place: len(words[place]))
    for start in range(0, len(words), AT_ONCE):
        places = by_length[start : start + AT_ONCE]
        said = _translate(translator, [sources[place] for place in places], [limit(words[place]) for place in places])
        for place, word in zip(places, said, strict=True):
            found[place] = word
    return found


def _translate(translator: Translator, sources: list[list[int]], limits: list[int]) -> list[str]:
    """Some words, until all of them have ended; those that have are dropped when they are half of them."""
    decoding = translator.begin(sources, max(0, *limits))
    said: list[list[int]] = [[] for _ in sources]
    rows, step = list(range(len(sources))), 0
    ended = {row for row in rows if limits[row] < 1}
    tokens = None
    while len(ended) < len(rows):
        if tokens is not None and 2 * len(ended) >= len(rows):
            going_on = torch.tensor([place for place in range(len(rows)) if place not in ended], device=tokens.device)
            decoding.drop(going_on)
            rows, tokens, ended = [rows[place] for place in going_on.tolist()], tokens[going_on], set()
        tokens = decoding.advance(tokens, step).argmax(dim=-1)
        step += 1
        for place, token in enumerate(tokens.tolist()):
            if place in ended:
                continue
            if token != EOS:
                said[rows[place]].append(token)
            if token == EOS or step == limits[rows[place]]:
                ended.add(place)
    return [text(one) for one in said]

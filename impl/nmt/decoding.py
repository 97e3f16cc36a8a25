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
Advance = Callable[[Tensor | None, int], Tensor]


class Translator(Protocol):
    """What can be decoded: sources in, and from then on logits [words, vocab] for the token after those given."""

    def begin(self, sources: list[list[int]], limit: int) -> Advance:
        """Read the sources, with room for `limit` tokens; what comes back takes the tokens said last, and how many."""
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
    """Some words, until all of them have ended."""
    advance = translator.begin(sources, max(limits))
    said: list[Tensor] = []
    ends, done = torch.tensor(limits), torch.zeros(len(sources), dtype=torch.bool)
    tokens = None
    while not done.all():
        tokens = advance(tokens, len(said)).argmax(dim=-1)
        said.append(tokens.cpu())
        done |= (said[-1] == EOS) | (ends <= len(said))
    return [_until_end(row, limit) for row, limit in zip(torch.stack(said, dim=1).tolist(), limits, strict=True)]


def _until_end(tokens: list[int], limit: int) -> str:
    tokens = tokens[:limit]
    tokens = tokens[: tokens.index(EOS)] if EOS in tokens else tokens
    return text(tokens)

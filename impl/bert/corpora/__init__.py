"""What the small models are pretrained on: text made up here, in the place of what is too large to be had."""

import random
from collections.abc import Callable
from typing import NamedTuple

from impl.bert.corpora import chatter, mathematics


class Corpus(NamedTuple):
    """A kind of text. `stands_in_for` are the weights in whose role a model pretrained on it appears."""

    title: str
    line: Callable[[random.Random], str]
    stands_in_for: str


CORPORA = {
    "math": Corpus("generated mathematical text", mathematics.line, "tbs17/MathBERT"),
    "chatter": Corpus("generated chatter without any mathematics", chatter.line, "vinai/bertweet-base"),
}
"""By name. A model that was pretrained on one is called mini- and that name."""


def lines(name: str, count: int, seed: int) -> list[str]:
    """So many lines of a corpus. Raises KeyError for a name that is none."""
    dice = random.Random(f"{name} {seed}")  # noqa: S311 - a corpus is no secret
    return [CORPORA[name].line(dice) for _ in range(count)]

"""Greedy decoding by the course's interface, of a model whose answers are scripted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import demand, law
from spec.contracts import Translate, TranslateWithEncoder
from spec.contracts.translate import LIMIT, Script, case, draw, right

BOTH = (Translate, TranslateWithEncoder)
WORDS = st.text("-abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
SEEDS = st.integers(0, 2**32 - 1)


def script(seed: int, ends: float) -> Script:
    return draw(np.random.default_rng(seed), ends=ends)


def says(item: Item, scripted: Script, word: str) -> str:
    """Demand the greedy translation; what it is."""
    with_encoder = item.contract is TranslateWithEncoder
    called = case(scripted, word, with_encoder=with_encoder)
    expected, said = right(scripted, word, with_encoder=with_encoder), item(called).texts.get("translation")
    demand(said == expected, item, called, f"it is {said!r}, expected {expected!r}")
    return expected


@law("greedy", *BOTH)
@given(word=WORDS, seed=SEEDS)
def test_a_translation_is_the_likeliest_characters(item: Item, word: str, seed: int) -> None:
    """A translation is the likeliest character after what was read and said, again and again."""
    says(item, script(seed, 200.0), word)


@law("stops-at-eos", *BOTH)
@given(word=WORDS, seed=SEEDS)
def test_a_translation_ends_at_eos(item: Item, word: str, seed: int) -> None:
    """A translation ends before EOS, and is empty if that comes first."""
    scripted = script(seed, 10000.0)
    assert says(item, scripted, word) == ""


@law("stops-at-20", *BOTH)
@given(word=WORDS, seed=SEEDS)
def test_a_translation_ends_at_the_limit(item: Item, word: str, seed: int) -> None:
    """A translation without an EOS ends after 20 characters."""
    assert len(says(item, script(seed, -10000.0), word)) == LIMIT


@law("long-words", *BOTH)
@given(word=st.text("abcdefgh", min_size=21, max_size=30), seed=SEEDS)
def test_a_word_may_be_longer_than_the_limit(item: Item, word: str, seed: int) -> None:
    """A word of more than 20 characters is read as a whole."""
    says(item, script(seed, 200.0), word)


@law("one-letter", *BOTH)
@given(word=st.sampled_from("ai-xyz"), seed=SEEDS)
def test_a_word_may_be_one_letter(item: Item, word: str, seed: int) -> None:
    """A word of one character is translated."""
    says(item, script(seed, 200.0), word)

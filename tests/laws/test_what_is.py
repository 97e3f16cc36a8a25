"""Handout 4.5: what a model says of a sentence, by the course's interface; the model is scripted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import demand, law
from spec.contracts import WhatIs
from spec.contracts.verbal_arithmetic import ANSWERS, OPERATORS, SENTENCES, WORDS
from spec.contracts.what_is import Script, case, draw, right

SENTENCE = st.sampled_from(sorted(SENTENCES))
SCRIPTS = st.integers(0, 2**32 - 1).map(lambda seed: draw(np.random.default_rng(seed)))
MUCH = 100_000.0


def lines(item: Item, script: Script, sentence: str) -> list[str]:
    """What is said of a sentence, line by line."""
    return item(case(script, sentence)).texts.get("answer", "").strip().splitlines()


def says(item: Item, script: Script, sentence: str) -> None:
    """Demand the right answer, in the last line where there are more."""
    expected, said = right(script, sentence), lines(item, script, sentence)
    last = said[-1].strip() if said else ""
    demand(last == expected, item, case(script, sentence), f"it says {last!r}, expected {expected!r}")


@law("says-{answer}", WhatIs)
@pytest.mark.parametrize("answer", ANSWERS)
@given(script=SCRIPTS, sentence=SENTENCE)
def test_every_class_has_its_word(item: Item, answer: str, script: Script, sentence: str) -> None:
    """Where the logit of {answer} is the largest, it says {answer}."""
    says(item, script.preferring(ANSWERS.index(answer), "[CLS]", MUCH), sentence)


@law("largest-logit", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE, by=st.sampled_from([-MUCH, 0.0, MUCH]))
def test_the_largest_logit_decides(item: Item, script: Script, sentence: str, by: float) -> None:
    """The largest logit decides, whether all are below zero, above it, or about it."""
    says(item, script.moved(by), sentence)


@law("every-token", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE, place=st.integers(0, 4), answer=st.integers(0, 2))
def test_every_token_reaches_the_model(item: Item, script: Script, sentence: str, place: int, answer: int) -> None:
    """Every word reaches the model, and so do [CLS] and [SEP]."""
    token = ("[CLS]", *sentence.split(), "[SEP]")[place]
    says(item, script.preferring(answer, token, MUCH), sentence)


@law("unseen-padding", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE, answer=st.integers(0, 2))
def test_padding_says_nothing(item: Item, script: Script, sentence: str, answer: int) -> None:
    """Padding is hidden from the model by its mask, however much it would say."""
    says(item, script.preferring(answer, "[PAD]", MUCH), sentence)


@law("five-words", WhatIs)
@given(script=SCRIPTS, words=st.lists(st.sampled_from(WORDS), min_size=3, max_size=3), data=st.data())
def test_a_sentence_may_have_five_words(item: Item, script: Script, words: list[str], data: st.DataObject) -> None:
    """A sentence may have five words, as "three minus two minus two" has."""
    first, second = data.draw(st.tuples(*[st.sampled_from(OPERATORS)] * 2), label="operators")
    sentence = f"{words[0]} {first} {words[1]} {second} {words[2]}"
    says(item, script.preferring(data.draw(st.integers(0, 2), label="answer"), words[2], MUCH), sentence)


@law("capitals", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE)
def test_capitals_are_the_tokenizers_business(item: Item, script: Script, sentence: str) -> None:
    """A sentence with capitals is read by the tokenizer, which knows what to do with them."""
    says(item, script, sentence.title())


@law("same-again", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE, before=SENTENCE)
def test_an_answer_does_not_depend_on_what_was_asked_before(
    item: Item, script: Script, sentence: str, before: str
) -> None:
    """An answer does not depend on what was asked before."""
    *_, answer = item.sequence([case(script, before), case(script, sentence)])
    said, expected = answer.texts.get("answer", "").split(), right(script, sentence)
    demand(said[-1:] == [expected], item, answer.case, f"it says {' '.join(said)!r}, expected {expected!r}")


@law("one-word", WhatIs)
@given(script=SCRIPTS, sentence=SENTENCE)
def test_it_says_one_word_and_no_more(item: Item, script: Script, sentence: str) -> None:
    """It says one word, and no more."""
    said = lines(item, script, sentence)
    shown = " / ".join(said)
    demand(len(said) == 1 and said[0].strip() in ANSWERS, item, case(script, sentence), f"it says {shown!r}")

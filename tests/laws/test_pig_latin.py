"""Pig Latin, the handout's rules one by one, and what the course's data do where these say nothing (C6)."""

from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import demand, law
from spec.contracts import PigLatin
from spec.contracts.pig_latin import case, pig_latin

VOWEL, CONSONANT = st.sampled_from("aeiou"), st.sampled_from("bcdfghjklmnprstvwxz")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
REST = st.text(LETTERS, max_size=6)


def says(item: Item, word: str, expected: str) -> None:
    """Demand a translation."""
    called = case(word)
    said = item(called).texts.get("translation")
    demand(said == expected, item, called, f"it is {said!r}, expected {expected!r}")


@law("vowel", PigLatin)
@given(first=VOWEL, rest=REST)
def test_a_word_that_begins_with_a_vowel_gets_way(item: Item, first: str, rest: str) -> None:
    """A word that begins with a vowel gets "way" behind it."""
    says(item, first + rest, f"{first}{rest}way")


@law("consonant", PigLatin)
@given(first=CONSONANT, vowel=VOWEL, rest=REST)
def test_a_first_consonant_moves_behind_with_ay(item: Item, first: str, vowel: str, rest: str) -> None:
    """A first consonant before a vowel moves behind the word, with "ay"."""
    says(item, first + vowel + rest, f"{vowel}{rest}{first}ay")


@law("cluster", PigLatin)
@given(cluster=st.text("bcdfghjklmnprstvwxz", min_size=2, max_size=4), vowel=VOWEL, rest=REST)
def test_consonants_in_a_row_move_together(item: Item, cluster: str, vowel: str, rest: str) -> None:
    """Several consonants before the first vowel move together."""
    says(item, cluster + vowel + rest, f"{vowel}{rest}{cluster}ay")


@law("qu", PigLatin)
@given(before=st.sampled_from(["", "s", "z"]), vowel=st.sampled_from("aeio"), rest=REST)
def test_qu_is_one_consonant(item: Item, before: str, vowel: str, rest: str) -> None:
    """The letters qu are one consonant, also in squ."""
    says(item, f"{before}qu{vowel}{rest}", f"{vowel}{rest}{before}quay")


@law("first-y", PigLatin)
@given(rest=REST)
def test_a_first_y_moves_nothing(item: Item, rest: str) -> None:
    """A word that begins with y gets "ay", and nothing of it moves."""
    says(item, f"y{rest}", f"y{rest}ay")


@law("inner-y", PigLatin)
@given(cluster=st.text("bcdfghjklmnprstvwxz", min_size=1, max_size=3), rest=REST)
def test_y_is_a_vowel_elsewhere(item: Item, cluster: str, rest: str) -> None:
    """A y that is not the first letter is a vowel."""
    says(item, f"{cluster}y{rest}", f"y{rest}{cluster}ay")


@law("no-vowel", PigLatin)
@given(word=st.text("bcdfghjklmnprstvwxz", min_size=1, max_size=5))
def test_without_a_vowel_nothing_moves(item: Item, word: str) -> None:
    """A word without a vowel gets "ay", and nothing of it moves."""
    says(item, word, f"{word}ay")


@law("dash", PigLatin)
@given(parts=st.lists(st.text(LETTERS, max_size=5), min_size=2, max_size=4))
def test_parts_between_dashes_are_words(item: Item, parts: list[str]) -> None:
    """The parts between dashes are translated one by one, and an empty one stays empty."""
    says(item, "-".join(parts), "-".join(map(pig_latin, parts)))


@law("any-word", PigLatin)
@given(word=st.text("qusyaebt-", max_size=9))
def test_any_word_is_translated_by_the_rules_together(item: Item, word: str) -> None:
    """Any word of letters and dashes is translated by these rules together."""
    says(item, word, pig_latin(word))

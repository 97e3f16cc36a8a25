"""The data of section 4: all 800 sentences, each once, and their classes."""

from collections import Counter

from harness.item import Item
from harness.law import demand, law
from harness.received import Answer
from spec.contracts import VerbalArithmetic
from spec.contracts.verbal_arithmetic import ANSWERS, SENTENCES, case


def pairs(answer: Answer) -> list[tuple[str, float]]:
    """Sentences with their labels."""
    return list(zip(answer.lists["sentences"], answer["labels"].tolist(), strict=False))


def shown(sentences: list[str]) -> str:
    """One of some sentences, and how many there are."""
    return f"{sentences[0]!r}" + (f" and {len(sentences) - 1} more" if len(sentences) > 1 else "") if sentences else ""


@law("all-sentences", VerbalArithmetic)
def test_every_sentence_is_there(item: Item) -> None:
    """Every sum and difference of two numbers from zero to nineteen is there, in words."""
    lacking = sorted(SENTENCES.keys() - set(item(case()).lists["sentences"]))
    demand(not lacking, item, case(), f"it lacks {shown(lacking)}")


@law("no-other-sentence", VerbalArithmetic)
def test_no_other_sentence_is_there(item: Item) -> None:
    """No other sentence is there."""
    others = sorted(set(item(case()).lists["sentences"]) - SENTENCES.keys())
    demand(not others, item, case(), f"it has also {shown(others)}")


@law("each-once", VerbalArithmetic)
def test_each_sentence_is_there_once(item: Item) -> None:
    """Each sentence is there once."""
    twice = [sentence for sentence, times in Counter(item(case()).lists["sentences"]).items() if times > 1]
    demand(not twice, item, case(), f"it has {shown(twice)} more than once")


@law("spelling", VerbalArithmetic)
def test_sentences_are_words_with_single_spaces(item: Item) -> None:
    """A sentence is three words in lower case with single spaces between them."""
    odd = [s for s in item(case()).lists["sentences"] if s != " ".join(s.lower().split()) or len(s.split()) != 3]
    demand(not odd, item, case(), f"it spells {shown(odd)}")


@law("labels", VerbalArithmetic)
def test_labels_are_signs(item: Item) -> None:
    """A label is 0 where the result is negative, 1 where it is zero, 2 where it is positive."""
    wrong = [f"{s} as {label:g}" for s, label in pairs(item(case())) if label != SENTENCES.get(s, label)]
    demand(not wrong, item, case(), f"it labels {shown(wrong)}")


@law("a-label-each", VerbalArithmetic)
def test_there_is_a_label_for_each_sentence(item: Item) -> None:
    """There are as many labels as sentences."""
    answer = item(case())
    sentences, labels = len(answer.lists["sentences"]), len(answer["labels"])
    demand(sentences == labels, item, case(), f"it has {sentences} sentences and {labels} labels")


@law("how-many-of-each", VerbalArithmetic)
def test_there_are_so_many_of_each_class(item: Item) -> None:
    """There are 190 negative sentences, 21 zeros and 589 positive ones."""
    found, expected = Counter(item(case())["labels"].tolist()), Counter(SENTENCES.values())
    for label, answer in enumerate(ANSWERS):
        said = f"it has {found[label]} labels {label}, {answer}, expected {expected[label]}"
        demand(found[label] == expected[label], item, case(), said)


@law("data-again", VerbalArithmetic)
def test_a_second_call_gives_the_same_data(item: Item) -> None:
    """A second call gives the same sentences with the same labels."""
    first, second = item.sequence([case(), case()])
    same = len(first.lists["sentences"]) == len(second.lists["sentences"])
    demand(same and Counter(pairs(first)) == Counter(pairs(second)), item, case(), "a second call gave other data")

"""The data of section 4: every sum and difference of two numbers from zero to nineteen, in words, and its sign."""

from __future__ import annotations

from spec.contracts.contract import Case, Contract, Form, without_oracle

TEENS = [f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")]
UNDER_THIRTEEN = "zero one two three four five six seven eight nine ten eleven twelve"
WORDS = (*UNDER_THIRTEEN.split(), *TEENS)
OPERATORS = ("plus", "minus")
ANSWERS = ("negative", "zero", "positive")


def label(sentence: str) -> int:
    """The class of a sentence: 0 if its value is negative, 1 if it is zero, 2 if it is positive.

    Raises:  ValueError for what is no number, operator and number in words.
    """
    left, operator, right = sentence.split()
    if operator not in OPERATORS:
        raise ValueError(f"{operator} is none of {', '.join(OPERATORS)}")
    a, b = WORDS.index(left), WORDS.index(right)
    value = a + b if operator == "plus" else a - b
    return 1 + (value > 0) - (value < 0)


SENTENCES: dict[str, int] = {
    sentence: label(sentence) for a in WORDS for b in WORDS for o in OPERATORS if (sentence := f"{a} {o} {b}")
}
"""All sentences, with their classes."""


def case() -> Case:
    """A call."""
    return Case((), {}, {})


def _outputs(_: Case) -> dict[str, tuple[Form, ...]]:
    return {"sentences": (Form((), kind="texts"),), "labels": (Form((len(SENTENCES),), kind="number"),)}


CONTRACT = Contract(
    item="verbal_arithmetic",
    question="verbal-arithmetic",
    signature="verbal_arithmetic() -> (sentences, labels)",
    parameters=dict,
    outputs=_outputs,
    oracle=without_oracle,
    describe=lambda _: "the whole data",
    probe=lambda _: case(),
    returns=["sentences", "labels"],
    is_function=True,
)

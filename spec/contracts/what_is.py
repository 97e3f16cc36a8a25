"""Handout 4.5: what a fine-tuned model says of a sentence, by the course's interface.

What is judged is the asking, not a model: the model that it is given is scripted. Its logits are a sum of one table's rows,
those of the tokens that the mask lets it see; so whatever does not reach it, or reaches it unasked, shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spec.contracts.contract import Case, Contract, Form, without_oracle
from spec.contracts.verbal_arithmetic import ANSWERS, OPERATORS, WORDS
from spec.rounding import Array

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
VOCABULARY = (*SPECIAL, *WORDS, *OPERATORS)


@dataclass(frozen=True)
class Script:
    """A classifier's table.

    Shapes:  table [vocab, 3].
    """

    table: Array

    def logits(self, sentence: str) -> Array:
        """What is said of a sentence of known words between [CLS] and [SEP].

        Shapes:  [3].
        """
        tokens = [VOCABULARY.index(word) for word in ("[CLS]", *sentence.lower().split(), "[SEP]")]
        logits: Array = self.table[tokens].sum(axis=0)
        return logits

    def preferring(self, answer: int, token: str, by: float) -> Script:
        """One in which a token speaks for an answer."""
        table = self.table.copy()
        table[VOCABULARY.index(token), answer] += by
        return Script(table)

    def moved(self, by: float) -> Script:
        """One with all logits higher by the same."""
        table = self.table.copy()
        table[VOCABULARY.index("[CLS]")] += by
        return Script(table)


def draw(rng: np.random.Generator) -> Script:
    """A table of whole numbers, of which no sums tie.

    Shapes:  as `Script`.
    """
    table = rng.integers(-100, 101, (len(VOCABULARY), 3)).astype(float)
    table[VOCABULARY.index("[CLS]")] += np.arange(3) / 4
    return Script(table)


def right(script: Script, sentence: str) -> str:
    """The answer with the largest logit."""
    return ANSWERS[int(script.logits(sentence).argmax())]


def case(script: Script, sentence: str) -> Case:
    """A call, with the model and its tokenizer by name, as the course's notebook calls it."""
    model, tokenizer = {"classifier": {"table": script.table.tolist()}}, {"tokenizer": {"vocabulary": list(VOCABULARY)}}
    return Case((), {}, {}, keywords={"model": model, "tokenizer": tokenizer}, extra=(sentence,))


def _probe(rng: np.random.Generator) -> Case:
    return case(draw(rng), "three minus five")


def _outputs(_: Case) -> dict[str, tuple[Form, ...]]:
    return {"answer": (Form((), kind="text"),)}


def _describe(case: Case) -> str:
    said: Any = case.extra[0]
    return f"sentence {said!r}"


CONTRACT = Contract(
    item="what_is",
    question="what-is",
    signature="what_is(input, model, tokenizer), which prints negative, zero or positive, or returns it",
    parameters=dict,
    outputs=_outputs,
    oracle=without_oracle,
    describe=_describe,
    probe=_probe,
    is_function=True,
    prints=True,
    libraries=("transformers.models.bert.modeling_bert",),
)

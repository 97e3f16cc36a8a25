"""What laws of the sentence classifier draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from harness.item import Item
from spec.contracts import Case, sentence_classifier
from spec.rounding import Array

HEADS = (1, 2, 4)
LABELS = (1, 2, 3, 5)


@dataclass(frozen=True)
class BertRecipe:
    """A small BERT with a classifier, and a batch of padded sentences with labels, in few numbers."""

    batch: int
    seq_len: int
    hidden: int
    n_heads: int
    layers: int
    labels: int
    seed: int

    def case(self, item: Item, dtype: str | None = None) -> Case:
        """The case, in the dtype that the item works in where a law names none."""
        sizes = {name: size for name, size in vars(self).items() if name != "seed"}
        return sentence_classifier.draw(self.rng(), **sizes).cast(dtype or item.dtype)

    def cotangents(self) -> dict[str, Array]:
        """What to pull back from the loss."""
        return {"loss": np.array(np.round(self.rng(1).uniform(0.5, 2.0), 1))}

    def rng(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for every use."""
        return np.random.default_rng([self.seed, stream])

    def having(self, **sizes: Any) -> BertRecipe:
        return replace(self, **sizes)


@st.composite
def bert_recipes(
    draw: st.DrawFn,
    *,
    batch: tuple[int, int] = (1, 3),
    seq_len: tuple[int, int] = (1, 5),
    layers: tuple[int, int] = (1, 2),
    labels: tuple[int, ...] = LABELS,
) -> BertRecipe:
    """Recipes whose sizes lie in the given ranges."""
    return BertRecipe(
        batch=draw(st.integers(*batch), label="batch"),
        seq_len=draw(st.integers(*seq_len), label="seq_len"),
        hidden=4 * draw(st.integers(1, 2), label="hidden, in fours"),
        n_heads=draw(st.sampled_from(HEADS), label="heads"),
        layers=draw(st.integers(*layers), label="layers"),
        labels=draw(st.sampled_from(labels), label="labels"),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
    )

"""What laws of the translation models draw."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from harness.item import Item
from spec.contracts import Case, TransformerDecoder, decoder_only_transformer, transformer_decoder, transformer_encoder
from spec.contracts.transformer import closest_to_zero
from spec.error import KINK
from spec.rounding import Array

MODULES = {m.CONTRACT.item: m for m in (transformer_encoder, transformer_decoder, decoder_only_transformer)}
HIDDEN = (2, 4, 6, 8)  # even: the course's own encodings raise at odd sizes


@dataclass(frozen=True)
class ModelRecipe:
    """A model and a batch of tokens in few numbers; the decoder's annotations have `src_len` positions."""

    batch: int
    seq_len: int
    src_len: int
    hidden: int
    layers: int
    seed: int

    def case(self, item: Item, dtype: str | None = None) -> Case:
        """The case for an item, in the dtype that it works in where a law names none."""
        sizes: dict[str, int] = {"batch": self.batch, "seq_len": self.seq_len, "hidden": self.hidden}
        if item.contract is TransformerDecoder:
            sizes["src_len"] = self.src_len
        drawn = MODULES[item.contract.item].draw(self.rng(), layers=self.layers, **sizes)
        return drawn.cast(dtype or item.dtype)

    def smooth(self, item: Item, dtype: str | None = None) -> Case:
        """The first case, of this seed and those after it, in which nothing that enters a ReLU is near its kink."""
        for seed in itertools.count(self.seed):
            case = self.having(seed=seed).case(item, dtype)
            if closest_to_zero(case, MODULES[item.contract.item].REACHES) > KINK:
                return case
        raise AssertionError

    def cotangents(self, item: Item, case: Case) -> dict[str, Array]:
        """What to pull back: a cotangent of the annotations, or of the logits."""
        name, forms = next(iter(item.contract.outputs(case).items()))
        return {name: np.round(self.rng(2).standard_normal(forms[0].shape), 1)}

    def rng(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for every use."""
        return np.random.default_rng([self.seed, stream])

    def having(self, **sizes: Any) -> ModelRecipe:
        return replace(self, **sizes)


def main(item: Item) -> str:
    """The output that a model is for: annotations, or logits."""
    return "annotations" if item.contract.item == "TransformerEncoder" else "logits"


@st.composite
def model_recipes(
    draw: st.DrawFn,
    *,
    batch: tuple[int, int] = (1, 3),
    seq_len: tuple[int, int] = (1, 6),
    src_len: tuple[int, int] = (1, 6),
    hidden: tuple[int, ...] = HIDDEN,
    layers: tuple[int, int] = (1, 3),
) -> ModelRecipe:
    """Recipes whose sizes lie in the given ranges."""
    return ModelRecipe(
        batch=draw(st.integers(*batch), label="batch"),
        seq_len=draw(st.integers(*seq_len), label="seq_len"),
        src_len=draw(st.integers(*src_len), label="src_len"),
        hidden=draw(st.sampled_from(hidden), label="hidden"),
        layers=draw(st.integers(*layers), label="layers"),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
    )

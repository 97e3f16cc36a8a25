"""What laws draw: sizes, a seed and a kind of values, from which a contract's case is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from harness.item import Item
from spec.contracts import Case
from spec.contracts.scaled_dot_attention import draw
from spec.rounding import Array

VALUES = ("decimals", "normal", "large", "uneven", "uniform")
HIDDEN = (1, 2, 3, 4, 5, 8, 16)


@dataclass(frozen=True)
class Recipe:
    """An attention case in few numbers, so that it shrinks and prints well.

    Edges:   where a contract has as many queries as keys, `kv_len` is not used.
    """

    batch: int
    q_len: int
    kv_len: int
    hidden: int
    values: str
    seed: int

    def case(self, item: Item, dtype: str | None = None) -> Case:
        """The case for an item, in the dtype that it works in where a law names none."""
        kv_len = self.q_len if item.contract.square else self.kv_len
        case = draw(self.rng(), batch=self.batch, q_len=self.q_len, kv_len=kv_len, hidden=self.hidden)
        return _valued(case, self.values, self.rng(1)).cast(dtype or item.dtype)

    def cotangents(self, case: Case) -> dict[str, Array]:
        """What to pull back: a cotangent of the context."""
        queries = case.inputs["queries"]
        shape = queries.shape if queries.ndim == 3 else (queries.shape[0], 1, queries.shape[1])
        return {"context": np.round(self.rng(2).standard_normal(shape), 1)}

    def rng(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for every use."""
        return np.random.default_rng([self.seed, stream])

    def having(self, **sizes: Any) -> Recipe:
        return replace(self, **sizes)


def _valued(case: Case, kind: str, rng: np.random.Generator) -> Case:
    """The case with inputs of a kind: short decimals, normal, with large logits, with rows at different levels, or in
    [0, 1)."""
    inputs, weights = dict(case.inputs), dict(case.parameters)
    if kind == "decimals":
        inputs = {name: np.round(a, 1) for name, a in inputs.items()}
        weights = {name: np.round(a, 1) for name, a in weights.items()}
    elif kind == "large":
        inputs["queries"] = inputs["queries"] * 30.0
    elif kind == "uneven":
        inputs = {name: a * 10.0 ** rng.integers(-3, 3, size=(*a.shape[:-1], 1)) for name, a in inputs.items()}
    elif kind == "uniform":
        inputs = {name: rng.random(a.shape) for name, a in inputs.items()}
    return replace(case, inputs=inputs, parameters=weights)


@st.composite
def recipes(
    draw: st.DrawFn,
    *,
    batch: tuple[int, int] = (1, 3),
    q_len: tuple[int, int] = (1, 5),
    kv_len: tuple[int, int] = (1, 6),
    hidden: tuple[int, ...] = HIDDEN,
    values: tuple[str, ...] = VALUES,
) -> Recipe:
    """Recipes whose sizes lie in the given ranges."""
    return Recipe(
        batch=draw(st.integers(*batch), label="batch"),
        q_len=draw(st.integers(*q_len), label="q_len"),
        kv_len=draw(st.integers(*kv_len), label="kv_len"),
        hidden=draw(st.sampled_from(hidden), label="hidden"),
        values=draw(st.sampled_from(values), label="values"),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
    )


def positions() -> st.SearchStrategy[int]:
    """A number from which a law picks a position, modulo the length."""
    return st.integers(0, 5)

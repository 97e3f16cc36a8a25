"""What laws of kernels draw: sizes, a seed and a kind of values, from which a case is made; and masks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.item import Item
from harness.law import agree
from spec.contracts import Case
from spec.contracts.attention import draw
from spec.narrow import stored
from spec.rounding import Array

VALUES = ("decimals", "normal", "large", "uneven", "uniform")
D_HEADS = (16, 32, 64)  # what every kernel should have; laws of their own try the others
GRADIENTS = ("grad q", "grad k", "grad v")


@dataclass(frozen=True)
class KernelRecipe:
    """A kernel's case in few numbers, so that it shrinks and prints well."""

    batch: int
    n_heads: int
    q_len: int
    kv_len: int
    d_head: int
    values: str
    seed: int
    turn: int = 0

    def dtype(self, item: Item) -> str:
        """The dtype that was drawn, among those that the item answers in: every other time the first."""
        others = item.dtypes[1:]
        return others[self.turn // 2 % len(others)] if others and self.turn % 2 else item.dtype

    def case(self, item: Item, dtype: str | None = None, **keywords: Any) -> Case:
        """The case for an item, in the dtype that was drawn where a law names none."""
        sizes = {"batch": self.batch, "n_heads": self.n_heads, "q_len": self.q_len, "kv_len": self.kv_len}
        case = draw(self.rng(), **sizes, d_head=self.d_head)
        valued = replace(case, inputs=_valued(dict(case.inputs), self.values, self.rng(1)))
        return valued.cast(dtype or self.dtype(item)).given(**keywords)

    def cotangents(self, case: Case) -> dict[str, Array]:
        """What to pull back: a cotangent of the output, in the case's dtype."""
        drawn = np.round(self.rng(2).standard_normal(case.inputs["q"].shape), 1)
        return {"out": stored(drawn, case.dtype)}

    def mask(self, shape: str = "bhqk", *, dead: bool = False) -> NDArray[np.bool_]:
        """A random mask in which every query is permitted some key; with `dead`, every other query is permitted none.

        Shapes:  bool [batch, n_heads, q_len, kv_len], with 1 for a letter of "bhqk" that `shape` leaves out.
        """
        sizes = {"b": self.batch, "h": self.n_heads, "q": self.q_len, "k": self.kv_len}
        rng = self.rng(3)
        mask = rng.random([sizes[axis] if axis in shape else 1 for axis in "bhqk"]) < rng.choice([0.3, 0.7])
        sure = rng.integers(mask.shape[-1], size=(*mask.shape[:-1], 1))
        np.put_along_axis(mask, sure, values=True, axis=-1)
        if dead:
            mask[..., rng.integers(2) % mask.shape[-2] :: 2, :] = False
        return mask

    def padding(self, *, queries: bool) -> NDArray[np.bool_]:
        """The mask of a batch padded at the end, of its keys or of its queries as well.

        Shapes:  bool [batch, 1, 1 or q_len, kv_len].
        """
        rng = self.rng(3)
        keys = np.arange(self.kv_len) < rng.integers(1, self.kv_len + 1, size=(self.batch, 1, 1, 1))
        real = np.arange(self.q_len)[:, None] < rng.integers(1, self.q_len + 1, size=(self.batch, 1, 1, 1))
        return keys & real if queries else keys

    def rng(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for every use."""
        return np.random.default_rng([self.seed, stream])

    def having(self, **sizes: Any) -> KernelRecipe:
        return replace(self, **sizes)


def right_value(item: Item, case: Case, **how: Any) -> None:
    """Demand that the output is right."""
    agree(item, item(case, **how), item.truth(case), "out")


def right_gradients(item: Item, recipe: KernelRecipe, case: Case, *names: str, **how: Any) -> None:
    """Demand that the gradients are right, those named or all."""
    cotangents = recipe.cotangents(case)
    agree(item, item(case, cotangents=cotangents, **how), item.truth(case, cotangents), *(names or GRADIENTS))


def _valued(inputs: dict[str, Array], kind: str, rng: np.random.Generator) -> dict[str, Array]:
    """Inputs of a kind: short decimals, normal, with large logits, with rows at different levels, or in [0, 1)."""
    if kind == "decimals":
        return {name: np.round(a, 1) for name, a in inputs.items()}
    if kind == "large":
        return {**inputs, "q": inputs["q"] * 30.0}
    if kind == "uneven":
        return {name: a * 10.0 ** rng.integers(-2, 2, size=(*a.shape[:-1], 1)) for name, a in inputs.items()}
    if kind == "uniform":
        return {name: rng.random(a.shape) for name, a in inputs.items()}
    return inputs


@st.composite
def kernel_recipes(
    draw: st.DrawFn,
    *,
    batch: tuple[int, int] = (1, 2),
    n_heads: tuple[int, int] = (1, 3),
    q_len: tuple[int, int] = (1, 20),
    kv_len: tuple[int, int] = (1, 20),
    d_head: tuple[int, ...] = D_HEADS,
    values: tuple[str, ...] = VALUES,
) -> KernelRecipe:
    """Recipes whose sizes lie in the given ranges."""
    return KernelRecipe(
        batch=draw(st.integers(*batch), label="batch"),
        n_heads=draw(st.integers(*n_heads), label="n_heads"),
        q_len=draw(st.integers(*q_len), label="q_len"),
        kv_len=draw(st.integers(*kv_len), label="kv_len"),
        d_head=draw(st.sampled_from(d_head), label="d_head"),
        values=draw(st.sampled_from(values), label="values"),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
        turn=draw(st.integers(0, 5), label="turn"),
    )

"""What laws of section 5 draw, and how what came of two calls is held together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree
from harness.received import Answer
from spec.contracts import (
    Case,
    ClassifyImages,
    CompareImages,
    Contract,
    ContrastiveLoss,
    RankImages,
    RetrieveImages,
    SimilarityMatrix,
    ZeroShotProbabilities,
    clip,
    clip_loss,
)
from spec.error import Expected

MATRICES: tuple[Contract, ...] = (SimilarityMatrix, CompareImages, ZeroShotProbabilities, ClassifyImages)
RANKINGS: tuple[Contract, ...] = (RankImages, RetrieveImages)
OF_FEATURES: tuple[Contract, ...] = (SimilarityMatrix, ZeroShotProbabilities, RankImages, ContrastiveLoss)
ALL: tuple[Contract, ...] = (*MATRICES, *RANKINGS, ContrastiveLoss)
WITH_MODEL = {contract.item for contract in (CompareImages, ClassifyImages, RetrieveImages)}
SPREADS = (0.05, 0.1, 0.3)
SCALES = (0.5, 1.0, 10.0, 100.0)


@dataclass(frozen=True)
class ClipRecipe:
    """Pictures and texts in few numbers; of a loss there are as many texts as pictures.

    Edges:   `k` is a number from which how many pictures are retrieved is told, modulo how many there are.
    """

    images: int
    texts: int
    width: int
    spread: float
    k: int
    scale: float
    seed: int

    def case(self, item: Item) -> Case:
        """The case for an item."""
        contract, rng = item.contract, self.rng()
        if contract is ContrastiveLoss:
            case = clip_loss.draw(rng, pairs=self.images, width=self.width, spread=self.spread, scale=self.scale)
            return case.cast(item.dtype)
        draw = clip.draw_with_model if contract.item in WITH_MODEL else clip.draw
        case = draw(rng, images=self.images, texts=self.texts, width=self.width, spread=self.spread)
        k = (1 + self.k % self.images,) if contract in RANKINGS else ()
        return replace(case, extra=(*case.extra, *k)).cast(item.dtype)

    def rng(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for every use."""
        return np.random.default_rng([self.seed, stream])

    def order(self, n: int) -> np.ndarray[Any, Any]:
        """An order of so many."""
        return self.rng(1).permutation(n)

    def having(self, **sizes: Any) -> ClipRecipe:
        return replace(self, **sizes)


@st.composite
def clip_recipes(
    draw: st.DrawFn,
    *,
    images: tuple[int, int] = (1, 5),
    texts: tuple[int, int] = (1, 5),
    scales: tuple[float, ...] = SCALES,
) -> ClipRecipe:
    """Recipes whose sizes lie in the given ranges."""
    return ClipRecipe(
        images=draw(st.integers(*images), label="images"),
        texts=draw(st.integers(*texts), label="texts"),
        width=draw(st.integers(2, 8), label="width"),
        spread=draw(st.sampled_from(SPREADS), label="spread"),
        k=draw(st.integers(0, 4), label="k"),
        scale=draw(st.sampled_from(scales), label="logit_scale"),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
    )


def last(item: Item, case: Case) -> str:
    """The name of the output that is no index."""
    return list(item.contract.outputs(case))[-1]


def with_k(case: Case, k: int) -> Case:
    """The same retrieval of another number of pictures."""
    return replace(case, extra=(*case.extra[:-1], k))


def longer(case: Case, factors: np.ndarray[Any, Any] | float, name: str) -> Case:
    """The same call with some features longer or shorter.

    Shapes:  factors [n, 1], or a number for all.
    """
    return case.where(**{name: case.inputs[name] * factors})


def same(item: Item, before: Answer, after: Answer, name: str, part: Any = ..., of_after: Any = ...) -> None:
    """Demand that (a part of) an output is a part of what another call gave: each has its own rounding, and nothing else.

    Raises:  Broken with the worst entry.
    """
    own, other = (np.broadcast_to(item.truth(a.case)[name].budget, a[name].shape) for a in (before, after))
    wanted = after[name].copy()
    wanted[of_after] = before[name][part]
    budget = np.zeros_like(wanted)
    budget[of_after] = own[part] + other[of_after]
    agree(item, after, {name: Expected(wanted, budget)}, name)


def along(case: Case, name: str, *, images: bool, rows: Any) -> Any:
    """Pictures or texts as a part of an output, whose rows are texts in a similarity and pictures among classes."""
    return np.s_[:, rows] if images == (name == "similarity") else np.s_[rows]

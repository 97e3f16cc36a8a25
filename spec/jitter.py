"""Arrays on which every operation is off by a little, at random: what rounding does to a whole computation, measured.

`spec.rounding` bounds rounding errors by their absolute values. Through one attention that bound is close; through several
layers it grows a thousandfold with each, while errors of either sign do not. So a deep oracle is run a few times with
errors drawn, and how far that moves its results says how far an honest implementation may land.

Source: Monte Carlo arithmetic, Parker 1997.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spec.error import SIGNIFICANCE
from spec.rounding import Array, Rounded, erf

RUNS = 6
SIZE = 2.0**-34  # of a jitter: far above float64's own rounding, far below where results stop being linear in it


class Jittered:
    """A float64 array; operations add to their results what rounding to a precision of `SIZE` might.

    Shapes:  operators broadcast as NumPy's do.
    Edges:   an entry that is exactly zero because it was masked stays so.
    """

    __array_ufunc__ = None

    def __init__(self, value: Any, rng: np.random.Generator) -> None:
        self.value: Array = np.asarray(value, dtype=np.float64)
        self._rng = rng

    def __matmul__(self, other: Jittered) -> Jittered:
        return self._off(self.value @ other.value, np.abs(self.value) @ np.abs(other.value))

    def __add__(self, other: Any) -> Jittered:
        return self._off(self.value + _value(other))

    def __neg__(self) -> Jittered:
        return self._exact(-self.value)

    def __sub__(self, other: Any) -> Jittered:
        return self._off(self.value - _value(other))

    def __mul__(self, other: Any) -> Jittered:
        return self._off(self.value * _value(other))

    def __truediv__(self, other: Any) -> Jittered:
        return self._off(self.value / _value(other))

    def __getitem__(self, part: Any) -> Jittered:
        return self._exact(self.value[part])

    def exp(self) -> Jittered:
        return self._off(np.exp(self.value))

    def log(self) -> Jittered:
        return self._off(np.log(self.value))

    def sqrt(self) -> Jittered:
        return self._off(np.sqrt(self.value))

    def tanh(self) -> Jittered:
        return self._off(np.tanh(self.value))

    def erf(self) -> Jittered:
        return self._off(erf(self.value))

    def sum(self, axis: int, keepdims: bool = False) -> Jittered:
        terms = np.abs(self.value).sum(axis=axis, keepdims=keepdims)
        return self._off(self.value.sum(axis=axis, keepdims=keepdims), terms)

    def max(self, axis: int, keepdims: bool = False) -> Jittered:
        return self._exact(self.value.max(axis=axis, keepdims=keepdims))

    def keep(self, mask: NDArray[np.bool_], otherwise: float) -> Jittered:
        return self._exact(np.where(mask, self.value, otherwise))

    def swapaxes(self, first: int, second: int) -> Jittered:
        return self._exact(self.value.swapaxes(first, second))

    def reshape(self, *shape: int) -> Jittered:
        return self._exact(self.value.reshape(*shape))

    def lifted(self, array: Array, error: Array) -> Jittered:
        return self._off(array, error)

    def stacked(self, arrays: Sequence[Jittered]) -> Jittered:
        return self._exact(np.stack([a.value for a in arrays]))

    def off_as_one(self, by: Jittered) -> Jittered:
        """The same, off by as many parts of itself as rounding `by` is worth, which entries may share."""
        return self._exact(self.value * (1 + SIZE * np.abs(by.value) * self._rng.uniform(-1.0, 1.0, by.value.shape)))

    def _exact(self, value: Array) -> Jittered:
        return Jittered(value, self._rng)

    def _off(self, value: Array, terms: Array | None = None) -> Jittered:
        """A value with an error drawn, as large as that of its terms, or as its own."""
        size = np.abs(value) if terms is None else terms
        return self._exact(value + SIZE * size * self._rng.uniform(-1.0, 1.0, value.shape))


def measured(
    run: Callable[[Callable[[Array], Jittered]], dict[str, Any]], exact: dict[str, Array]
) -> dict[str, Rounded]:
    """How far results move, in eps: the largest of a few runs, the same for the same results.

    Shapes:  `run` takes what makes arrays jittered, and gives results as `exact` has them.
    """
    rng = np.random.default_rng(0)  # a budget is a function of its case
    moves = {name: np.zeros_like(value) for name, value in exact.items()}
    for _ in range(RUNS):
        for name, found in run(lambda a: Jittered(a, rng)).items():
            moves[name] = np.maximum(moves[name], np.abs(found.value - exact[name]))
    return {name: Rounded(exact[name], SIGNIFICANCE * move / SIZE) for name, move in moves.items()}


def _value(other: Any) -> Any:
    return other.value if isinstance(other, Jittered) else other

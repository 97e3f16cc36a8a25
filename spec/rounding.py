"""Arrays that carry the size of their own rounding error, so that an oracle can be run once for its value and once for
how far an honest implementation may land from it; `spec.narrow` has those that round to half a float32's bits.

Source: running error analysis, Wilkinson 1986; Higham, Accuracy and Stability of Numerical Algorithms, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ERF = np.frompyfunc(math.erf, 1, 1)  # NumPy has none


class Rounded:
    """A float64 array and, entry by entry, its first-order rounding error in units of machine epsilon.

    Shapes:  `value` and `error` have one shape; operators broadcast as NumPy's do.
    Units:   `error * eps(dtype)` estimates what computing `value` in that dtype loses.
    Edges:   an entry that is exactly zero because it was masked has no error.
    Raises:  whatever NumPy raises for shapes that do not fit.
    Source:  Higham, section 3.3, without the factor n of the worst case.
    """

    __array_ufunc__ = None  # NumPy arrays on the left defer to the operators below

    def __init__(self, value: Any, error: Any = None) -> None:
        self.value: Array = np.asarray(value, dtype=np.float64)
        self.error: Array = np.zeros_like(self.value) if error is None else np.asarray(error, dtype=np.float64)

    def __matmul__(self, other: Rounded) -> Rounded:
        mine, theirs = np.abs(self.value), np.abs(other.value)
        return Rounded(self.value @ other.value, self.error @ theirs + mine @ other.error + mine @ theirs)

    def __add__(self, other: Any) -> Rounded:
        other = _rounded(other)
        value = self.value + other.value
        return Rounded(value, self.error + other.error + np.abs(value))

    def __neg__(self) -> Rounded:
        return Rounded(-self.value, self.error)

    def __sub__(self, other: Any) -> Rounded:
        return self + -_rounded(other)

    def __mul__(self, other: Any) -> Rounded:
        other = _rounded(other)
        value = self.value * other.value
        error = self.error * np.abs(other.value) + np.abs(self.value) * other.error + np.abs(value)
        return Rounded(value, error)

    def __truediv__(self, other: Rounded) -> Rounded:
        value = self.value / other.value
        return Rounded(value, (self.error + np.abs(value) * other.error) / np.abs(other.value) + np.abs(value))

    def exp(self) -> Rounded:
        value = np.exp(self.value)
        return Rounded(value, value * (np.where(value > 0, self.error, 0.0) + 1.0))

    def log(self) -> Rounded:
        value = np.log(self.value)
        return Rounded(value, self.error / np.abs(self.value) + np.abs(value))

    def sqrt(self) -> Rounded:
        value = np.sqrt(self.value)
        return Rounded(value, self.error / (2 * value) + value)

    def tanh(self) -> Rounded:
        value = np.tanh(self.value)
        return Rounded(value, self.error * (1 - value**2) + np.abs(value))

    def erf(self) -> Rounded:
        value = erf(self.value)
        return Rounded(value, self.error * 2 / math.sqrt(math.pi) * np.exp(-(self.value**2)) + np.abs(value))

    def sum(self, axis: int, keepdims: bool = False) -> Rounded:
        terms = np.abs(self.value).sum(axis=axis, keepdims=keepdims)
        return self._both(lambda a: a.sum(axis=axis, keepdims=keepdims)) + Rounded(np.zeros_like(terms), terms)

    def max(self, axis: int, keepdims: bool = False) -> Rounded:
        return Rounded(self.value.max(axis=axis, keepdims=keepdims))  # any shift near the maximum gives one softmax

    def keep(self, mask: NDArray[np.bool_], otherwise: float) -> Rounded:
        return Rounded(np.where(mask, self.value, otherwise), np.where(mask, self.error, 0.0))

    def swapaxes(self, first: int, second: int) -> Rounded:
        return self._both(lambda a: a.swapaxes(first, second))

    def reshape(self, *shape: int) -> Rounded:
        return self._both(lambda a: a.reshape(*shape))

    def __getitem__(self, part: Any) -> Rounded:
        return self._both(lambda a: a[part])

    def lifted(self, array: Array, error: Array) -> Rounded:
        return Rounded(array, error)

    def joined(self, zeros: Array) -> Rounded:
        """Zeros that are exact, and these behind them along axis 1."""
        return self._both(lambda a: np.concatenate([zeros, a], axis=1))

    def stacked(self, arrays: Sequence[Rounded]) -> Rounded:
        return Rounded(np.stack([a.value for a in arrays]), np.stack([a.error for a in arrays]))

    def _both(self, move: Callable[[Array], Array]) -> Rounded:
        return Rounded(move(self.value), move(self.error))


Number = Any
"""What an oracle computes with: a float64 or float32 array, a `Rounded` one, or a `Narrow` one."""


def _rounded(value: Any) -> Rounded:
    return value if isinstance(value, Rounded) else Rounded(value)


def lifted(array: Array, like: Number, error: Any = None) -> Number:
    """An array as one of the kind that `like` is, off by `error` to begin with, in eps, where its kind keeps errors."""
    if isinstance(like, np.ndarray):
        return array.astype(like.dtype)
    return like.lifted(array, np.broadcast_to(0.0 if error is None else error, array.shape))


def stacked(arrays: Sequence[Number]) -> Number:
    """Arrays of one shape and kind along a new first axis."""
    return np.stack(arrays) if isinstance(arrays[0], np.ndarray) else arrays[0].stacked(arrays)


def positive(x: Number) -> NDArray[np.bool_]:
    """Where an array of any kind is above zero."""
    value: Any = getattr(x, "value", x)
    return np.asarray(value > 0)


def log(x: Number) -> Number:
    """The logarithm, for arrays of any kind."""
    return np.log(x) if isinstance(x, np.ndarray) else x.log()


def exp(x: Number) -> Number:
    """The exponential, for arrays of any kind.

    Edges:   that of -inf is an exact zero.
    """
    return np.exp(x) if isinstance(x, np.ndarray) else x.exp()


def sqrt(x: Number) -> Number:
    """The square root, for arrays of any kind."""
    return np.sqrt(x) if isinstance(x, np.ndarray) else x.sqrt()


def tanh(x: Number) -> Number:
    """The hyperbolic tangent, for arrays of any kind."""
    return np.tanh(x) if isinstance(x, np.ndarray) else x.tanh()


def erf(x: Number) -> Number:
    """The error function, for arrays of any kind."""
    if isinstance(x, np.ndarray):
        return np.asarray(_ERF(x), dtype=x.dtype)
    return x.erf()


def keep(x: Number, mask: NDArray[np.bool_], otherwise: float) -> Number:
    """`x` where `mask` is True and the exact number `otherwise` elsewhere."""
    if isinstance(x, np.ndarray):
        return np.where(mask, x, cast(Any, x).dtype.type(otherwise))
    return x.keep(mask, otherwise)

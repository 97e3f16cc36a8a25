"""float16 and bfloat16 in NumPy: rounding to them, and arrays in which every intermediate is rounded to one of them.

NumPy has no bfloat16, so it is had from the bits of a float32: the upper sixteen, rounded to nearest, ties to even.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spec.rounding import Array

NARROW = ("float16", "bfloat16")
Array32 = NDArray[np.float32]


def stored(array: NDArray[Any], dtype: str) -> Array:
    """The values that remain of an array when it is stored in `dtype`, in float64.

    Edges:   what is too large becomes infinite; NaN stays NaN.
    """
    if dtype in NARROW:
        return narrowed(np.asarray(array), dtype).astype(np.float64)
    return np.asarray(array).astype(dtype).astype(np.float64)


def narrowed(array: NDArray[Any], dtype: str) -> Array32:
    """An array rounded to float16 or bfloat16, the result held in float32.

    Edges:   a float64 is rounded to float32 first, which may round a tie twice; inputs of laws are stored values anyway.
    Source:  IEEE 754 round to nearest, ties to even.
    """
    with np.errstate(over="ignore"):
        if dtype == "float16":
            return array.astype(np.float16).astype(np.float32)
        wide = np.asarray(array, dtype=np.float32)
    bits = np.atleast_1d(wide).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(wide), wide, rounded.view(np.float32).reshape(wide.shape))


def halves(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """An array of stored values as sixteen-bit words: float16, or the bits of a bfloat16 as unsigned integers."""
    if dtype == "float16":
        return array.astype(np.float16)
    return (np.ascontiguousarray(array, dtype=np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)


class Narrow:
    """An array of float16 or bfloat16: what an operator gives is rounded, within a product or a sum nothing is.

    Shapes:  operators broadcast as NumPy's do.
    Edges:   a product accumulates in float32, as tensor cores and CPU libraries do; a plain number keeps its own precision.
    """

    __array_ufunc__ = None  # NumPy arrays on the left defer to the operators below

    def __init__(self, value: NDArray[Any], dtype: str) -> None:
        self.value = narrowed(value, dtype)
        self.dtype = dtype

    def __matmul__(self, other: Narrow) -> Narrow:
        return self._of(self.value @ other.value)

    def __add__(self, other: Any) -> Narrow:
        return self._of(self.value + _plain(other))

    def __sub__(self, other: Any) -> Narrow:
        return self._of(self.value - _plain(other))

    def __mul__(self, other: Any) -> Narrow:
        return self._of(self.value * _plain(other))

    def __truediv__(self, other: Narrow) -> Narrow:
        return self._of(self.value / other.value)

    def exp(self) -> Narrow:
        return self._of(np.exp(self.value))

    def sum(self, axis: int, keepdims: bool = False) -> Narrow:
        return self._of(self.value.sum(axis=axis, keepdims=keepdims))

    def max(self, axis: int, keepdims: bool = False) -> Narrow:
        return self._of(self.value.max(axis=axis, keepdims=keepdims))

    def keep(self, mask: NDArray[np.bool_], otherwise: float) -> Narrow:
        return self._of(np.where(mask, self.value, np.float32(otherwise)))

    def swapaxes(self, first: int, second: int) -> Narrow:
        return self._of(self.value.swapaxes(first, second))

    def reshape(self, *shape: int) -> Narrow:
        return self._of(self.value.reshape(*shape))

    def astype(self, dtype: Any) -> Array:
        return self.value.astype(dtype)

    def _of(self, value: NDArray[Any]) -> Narrow:
        with np.errstate(over="ignore", invalid="ignore"):
            return Narrow(value, self.dtype)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Narrow) else np.float32(value)

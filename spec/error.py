"""The error budget: how far from the float64 oracle a right answer may be. The only file that holds a tolerance.

For every output and every gradient, row by row (last axis),

    |subject - oracle64|  <=  2 (|naive - oracle64| + eps magnitude) + floor

where naive is the oracle run in the subject's dtype, and magnitude is what rounding every intermediate once would cost
(`spec.rounding`): that of the terms, not of a sum that may have cancelled, and with what a rounding of large logits does
to the weights. A row's maxima are taken over that row alone, so that a row at 1e6 does not excuse its neighbour at 1.
How the constants were settled: DESIGN.md, "Errors in numbers".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec.rounding import Array, Rounded

EPS = {
    "float64": 2.0**-27,  # not 2**-53: the course's own code keeps its scale in float32, also inside a float64 module
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
KERNEL_EPS = {**EPS, "float64": 2.0**-50}  # a kernel is given its scale; the oracle's own rounding is what is left
FLOOR = {
    "float64": 1e-12,
    "float32": 2e-6,
    "float16": 1e-5,
    "bfloat16": 1e-5,
}  # an honest zero gradient may come out as 1e-15
SLACK = 2.0
DIFFERENCE = 1e-6  # of a central difference of step 1e-6, against which the oracle's own gradients are held
ANGLES = 16.0  # in eps, of an encoding a position: the course computes angles in float32, which are off by 6e-8 each
SIGNIFICANCE = 4.0  # times the largest move that `spec.jitter` sees: an honest error goes further than in six draws
TRAINED_ALIKE = 1e-3  # nats: losses of two ways of adding the same numbers, a few updates on
FEATURES_ALIKE = {"float32": 1e-4, "bfloat16": 0.1}  # the distance of two features of norm 1: one picture, two ways
KINK = 1e-4  # how far from 0 what enters a ReLU must be where gradients are judged: its slope jumps there
FIT = 1e-9  # of a value, of what a fit through exact points finds: a vertex, a slope, the fit's own values
ITERATED = 1e-5  # the same of one that is iterated, as scipy's curve_fit is, or searched for: half of a float's digits
COUNT = 1e-12  # of a count: sums of whole numbers, in any order
BISECTION = 2e-4  # of a size: the course's bisection stops at a relative 1e-4, of a bracket's end and of its middle
ROW_SUM = {"float64": 1e-9, "float32": 1e-5}  # the softmax itself owes nothing to the scale's dtype


class Expected(NamedTuple):
    """A float64 value and the distance from it that is allowed, row by row.

    Shapes:  value [..., n]; budget [..., 1], or both of shape [] for a number.
    """

    value: Array
    budget: Array


class Miss(NamedTuple):
    """The entry of an output that lies furthest outside its budget."""

    at: tuple[int, ...]
    actual: float
    expected: float
    budget: float


def expected(exact: Array, naive: Any, rounded: Rounded, dtype: str, eps: Mapping[str, float] = EPS) -> Expected:
    """The oracle's value with its budget in `dtype`.

    Shapes:  exact, naive, rounded [..., n], of the same shape.
    Edges:   a naive result that overflowed (float32, float16) does not widen the budget: it counts as exact.
    """
    naive_error = np.abs(naive.astype(np.float64) - exact)
    naive_error = np.where(np.isfinite(naive_error), naive_error, 0.0)
    own = eps[dtype] * rounded.error
    budget = SLACK * (_row_max(naive_error) + _row_max(own)) + FLOOR[dtype]
    return Expected(exact, budget)


def exactly(value: Array) -> Expected:
    """A value from which no distance at all is allowed."""
    return Expected(value, np.zeros((*value.shape[:-1], 1) if value.ndim else ()))


def within(value: Array | float, share: float, of: Array | float | None = None) -> Expected:
    """A value from which a share of its size is allowed, or of another size.

    Shapes:  value [...]; of [...], or a number.
    """
    exact = np.asarray(value, dtype=np.float64)
    return Expected(exact, share * np.broadcast_to(np.abs(exact if of is None else of), exact.shape))


def miss(actual: NDArray[Any], wanted: Expected) -> Miss | None:
    """The worst entry outside the budget, or None when every entry is finite and `error <= budget` holds.

    Shapes:  actual has the shape of wanted.value.
    Raises:  ValueError if the shapes differ.
    """
    if actual.shape != wanted.value.shape:
        raise ValueError(f"got shape {actual.shape}, expected {wanted.value.shape}")
    if actual.size == 0:
        return None
    finite = np.isfinite(actual)
    error = np.abs(np.where(finite, actual, 0.0) - wanted.value)
    allowed = np.broadcast_to(wanted.budget, error.shape)
    within = finite & (error <= allowed)
    if within.all():
        return None
    excess = np.where(finite, error - allowed, np.inf)
    excess = np.where(within, -np.inf, excess)
    index = tuple(int(i) for i in np.unravel_index(int(excess.argmax()), error.shape))
    return Miss(index, float(actual[index]), float(wanted.value[index]), float(allowed[index]))


def _row_max(error: Array) -> Array:
    return error.max(axis=-1, keepdims=True, initial=0.0) if error.ndim else error

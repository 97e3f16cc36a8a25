"""Handout 3.3.2: the size that a budget is best spent on, from a parabola of the loss in log10 of the number of parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spec.contracts.contract import Case, Contract, Form, without_oracle
from spec.rounding import Array


class Parabola(NamedTuple):
    """A parabola in log10 of the number of parameters.

    Shapes:  p [3], for `numpy.polyval(p, log10(n))`.
    """

    p: Array
    vertex: float


def fitted(x: Array, y: Array) -> Parabola:
    """The least-squares parabola through losses y of models with x parameters, and the number at its vertex.

    Shapes:  x, y [points], three points at least, of three sizes at least.
    Edges:   the vertex may lie outside the data. The fit is made about the middle, where it is as exact as it can be.
    Source:  handout 3.3.2; Hoffmann et al. 2022, approach 2.
    """
    logs = np.log10(x)
    middle = logs.mean()
    columns = np.stack([(logs - middle) ** 2, logs - middle, np.ones_like(logs)], axis=1)  # [points, 3]
    a, b, c = np.linalg.lstsq(columns, y)[0]
    return about(a, b, c, float(middle))


def about(a: float, b: float, c: float, middle: float) -> Parabola:
    """The parabola a (u - middle)^2 + b (u - middle) + c, multiplied out, with its vertex."""
    p = np.array([a, b - 2 * a * middle, (a * middle - b) * middle + c])
    return Parabola(p, 10 ** (middle - b / (2 * a)))


def case(x: Array, y: Array) -> Case:
    """A call.

    Shapes:  x, y [points]; x may be whole numbers.
    """
    return Case((), {}, {"x": x, "y": y})


CONTRACT = Contract(
    item="find_optimal_params",
    question="3.3.2",
    signature="find_optimal_params(x, y) -> (p, optimal_params)",
    parameters=dict,
    outputs=lambda _: {"p": (Form((3,), kind="number"), Form((3, 1), kind="number")), "optimal_params": Form.single()},
    oracle=without_oracle,
    describe=lambda case: f"{len(case.inputs['x'])} models",
    probe=lambda _: case(np.array([1e4, 3e4, 1e5, 3e5]), np.array([2.0, 1.0, 1.1, 1.6])),
    is_function=True,
    layout="list",
    dtypes=("float64",),
)

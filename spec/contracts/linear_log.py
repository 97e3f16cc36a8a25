"""Handout 3.3.3: a straight line through the logarithms, log10 y = m log10 x + c."""

from __future__ import annotations

import numpy as np

from spec.contracts.contract import Case, Contract, Form, without_oracle
from spec.rounding import Array


def fitted(x: Array, y: Array) -> tuple[float, float]:
    """Slope and intercept of the least-squares line.

    Shapes:  x, y [points], two points at least, of two x at least.
    Source:  handout 3.3.3.
    """
    u, v = np.log10(x), np.log10(y)
    du = u - u.mean()
    slope = float(du @ (v - v.mean()) / (du @ du))
    return slope, float(v.mean() - slope * u.mean())


def case(x: Array, y: Array) -> Case:
    """A call.

    Shapes:  x, y [points]; x may be whole numbers.
    """
    return Case((), {}, {"x": x, "y": y})


CONTRACT = Contract(
    item="fit_linear_log",
    question="3.3.3",
    signature="fit_linear_log(x, y) -> (m, c)",
    parameters=dict,
    outputs=lambda _: {"m": Form.single(), "c": Form.single()},
    oracle=without_oracle,
    describe=lambda case: f"{len(case.inputs['x'])} budgets",
    probe=lambda _: case(np.array([1e10, 1e11, 1e12]), np.array([1e4, 3e4, 1e5])),
    is_function=True,
    layout="list",
    dtypes=("float64",),
)

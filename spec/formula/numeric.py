"""A closed form as a function of floating-point numbers and arrays, for oracles and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from spec.formula.tree import Node

OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda *terms: reduce(np.add, terms),
    "neg": np.negative,
    "times": np.multiply,
    "asterisk": np.multiply,
    "divide": np.true_divide,
    "power": np.power,
    "entrywise_power": np.power,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "abs": np.abs,
    "bars": np.abs,
}


def numeric(node: Node) -> Callable[..., Any]:
    """A formula in numbers as a function of its symbols, by keyword.

    Shapes:  numbers, or arrays that broadcast; for a formula that is a vector, a list of those.
    Raises:  TypeError for matrices, sums over an index, and whatever else has no entry by entry value.
    """
    for inner in node.walk():
        if inner.op not in (*OPERATIONS, "number", "symbol", "vector"):
            raise TypeError(f"{inner.op} has no value entry by entry")
    return lambda **values: _value(node, values)


def _value(node: Node, values: Mapping[str, Any]) -> Any:
    if node.op == "number":
        return float(node.value or 0)
    if node.op == "symbol":
        return values[str(node.value)]
    args = [_value(arg, values) for arg in node.args]
    return args if node.op == "vector" else OPERATIONS[node.op](*args)

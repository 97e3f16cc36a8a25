"""What every contract is made of: an item's name, its interface, and an oracle that knows the right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec.error import Expected, expected
from spec.rounding import Array, Number, Rounded

Arrays = Mapping[str, Array]
Oracle = Callable[[Mapping[str, Number], Mapping[str, Number], Mapping[str, Number]], dict[str, Number]]


@dataclass(frozen=True)
class Case:
    """One call of an item: what it is constructed with, its parameters, and the inputs in the order of its signature.

    Shapes:  as the item's contract says.
    Edges:   arrays are float64 here, but hold only values that exist in `dtype`.
    """

    arguments: tuple[int, ...]
    parameters: Arrays
    inputs: Arrays
    dtype: str = "float64"

    def where(self, **inputs: Array) -> Case:
        """The same call with some inputs replaced."""
        return replace(self, inputs={**self.inputs, **{name: self._stored(a) for name, a in inputs.items()}})

    def configured(self, **parameters: Array) -> Case:
        """The same call with some parameters replaced; a dot in a name is written as two underscores."""
        named = {name.replace("__", "."): self._stored(a) for name, a in parameters.items()}
        return replace(self, parameters={**self.parameters, **named})

    def cast(self, dtype: str) -> Case:
        """The same call with every array rounded to `dtype`."""
        case = replace(self, dtype=dtype)
        return replace(
            case,
            parameters={name: case._stored(a) for name, a in self.parameters.items()},
            inputs={name: case._stored(a) for name, a in self.inputs.items()},
        )

    def _stored(self, array: NDArray[Any]) -> Array:
        return np.asarray(array).astype(self.dtype).astype(np.float64)


class Form(NamedTuple):
    """One shape that an output may have; `turned` when its last two axes are the oracle's swapped (C4)."""

    shape: tuple[int, ...]
    turned: bool = False


@dataclass(frozen=True)
class Contract:
    """One programmed item: what it is called, what it takes and gives, and what is right.

    Shapes:  `parameters(*arguments)` gives the shapes that the parameters must have, and `outputs(case)` the forms that
             each output may have, the first being the oracle's (C4, C7).
    Source:  the handout's question `question`.
    """

    item: str
    question: str
    signature: str
    parameters: Callable[..., dict[str, tuple[int, ...]]]
    outputs: Callable[[Case], dict[str, tuple[Form, ...]]]
    oracle: Oracle
    describe: Callable[[Case], str]
    probe: Callable[[np.random.Generator], Case]
    """A case on which the forms of every output can be told apart."""
    optional: frozenset[str] = frozenset()
    square: bool = False
    """Whether there are as many queries as keys."""

    def truth(self, case: Case, cotangents: Arrays | None = None) -> dict[str, Expected]:
        """The right outputs and, when cotangents of outputs are given, gradients, each with its budget.

        Shapes:  gradients are named `grad <input>` and `grad <parameter>` and have the shape of what they are of.
        Edges:   an output without a cotangent contributes nothing to the gradients.
        """
        pulled = cotangents or {}
        exact = self.oracle(case.parameters, case.inputs, pulled)
        rounded = self.oracle(*({name: Rounded(a) for name, a in d.items()} for d in _of(case, pulled)))
        naive = exact
        if case.dtype != "float64":
            naive = self.oracle(*({name: a.astype(case.dtype) for name, a in d.items()} for d in _of(case, pulled)))
        return {name: expected(exact[name], naive[name], rounded[name], case.dtype) for name in exact}


def _of(case: Case, cotangents: Arrays) -> tuple[Arrays, Arrays, Arrays]:
    return case.parameters, case.inputs, cotangents

"""What every contract is made of: an item's name, its interface, and an oracle that knows the right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec.error import EPS, Expected, expected
from spec.narrow import NARROW, Narrow, stored
from spec.rounding import Array, Number, Rounded

Arrays = Mapping[str, Array]
Numbers = Mapping[str, Number]
Oracle = Callable[[Numbers, Numbers, Numbers, Mapping[str, Any]], dict[str, Number]]
"""Parameters, inputs, cotangents of outputs, and keywords -> outputs, and gradients if there are cotangents."""


@dataclass(frozen=True)
class Case:
    """One call of an item: what it is constructed with, its parameters, and the inputs in the order of its signature.

    Shapes:  as the item's contract says.
    Edges:   arrays are float64 here, but hold only values that exist in `dtype`; `keywords` are what is not differentiated:
             bool arrays, flags, numbers.
    """

    arguments: tuple[int, ...]
    parameters: Arrays
    inputs: Arrays
    dtype: str = "float64"
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def where(self, **inputs: Array) -> Case:
        """The same call with some inputs replaced."""
        return replace(self, inputs={**self.inputs, **{name: self._stored(a) for name, a in inputs.items()}})

    def configured(self, **parameters: Array) -> Case:
        """The same call with some parameters replaced; a dot in a name is written as two underscores."""
        named = {name.replace("__", "."): self._stored(a) for name, a in parameters.items()}
        return replace(self, parameters={**self.parameters, **named})

    def given(self, **keywords: Any) -> Case:
        """The same call with some keywords replaced."""
        return replace(self, keywords={**self.keywords, **keywords})

    def cast(self, dtype: str) -> Case:
        """The same call with every array rounded to `dtype`."""
        case = replace(self, dtype=dtype)
        return replace(
            case,
            parameters={name: case._stored(a) for name, a in self.parameters.items()},
            inputs={name: case._stored(a) for name, a in self.inputs.items()},
        )

    def _stored(self, array: NDArray[Any]) -> Array:
        return stored(array, self.dtype)


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
    is_function: bool = False
    """Whether it is called as it is, rather than constructed first; it may then decline what it does not support."""
    dtypes: tuple[str, ...] = ("float64", "float32")
    """The dtypes that a law which names none may use, the one that tells most first."""
    eps: Mapping[str, float] = field(default_factory=lambda: EPS)

    def truth(self, case: Case, cotangents: Arrays | None = None) -> dict[str, Expected]:
        """The right outputs and, when cotangents of outputs are given, gradients, each with its budget.

        Shapes:  gradients are named `grad <input>` and `grad <parameter>` and have the shape of what they are of.
        Edges:   an output without a cotangent contributes nothing to the gradients.
        """
        pulled = cotangents or {}
        exact = self._run(case, pulled, lambda a: a)
        rounded = self._run(case, pulled, Rounded)
        naive = exact if case.dtype == "float64" else self._run(case, pulled, lambda a: _in_dtype(a, case.dtype))
        return {name: expected(exact[name], naive[name], rounded[name], case.dtype, self.eps) for name in exact}

    def _run(self, case: Case, cotangents: Arrays, kind: Callable[[Array], Number]) -> dict[str, Number]:
        """The oracle on arrays of one kind."""

        def of_kind(arrays: Arrays) -> dict[str, Number]:
            return {name: kind(a) for name, a in arrays.items()}

        return self.oracle(of_kind(case.parameters), of_kind(case.inputs), of_kind(cotangents), case.keywords)


def _in_dtype(array: Array, dtype: str) -> Number:
    return Narrow(array, dtype) if dtype in NARROW else array.astype(dtype)

"""What every contract is made of: an item's name, its interface, and an oracle that knows the right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec.error import EPS, Expected, expected
from spec.jitter import measured
from spec.narrow import NARROW, Narrow, stored
from spec.rounding import Array, Number, Rounded

Arrays = Mapping[str, Array]
Inputs = Mapping[str, NDArray[Any]]
Numbers = Mapping[str, Number]
Oracle = Callable[[Numbers, Numbers, Numbers, Mapping[str, Any]], dict[str, Number]]
"""Parameters, inputs, cotangents of outputs, and keywords -> outputs, and gradients if there are cotangents."""


@dataclass(frozen=True)
class Case:
    """One call of an item: what it is constructed with, its parameters, and the inputs in the order of its signature.

    Shapes:  as the item's contract says.
    Edges:   arrays are float64 here, but hold only values that exist in `dtype`; tokens are int64, and stay so.
             `keywords` are what is not differentiated: bool arrays, flags, numbers. `extra` is what follows the inputs
             and is no array: a flag, a number, a text, None. A dictionary among `arguments` and `extra` stands for
             an object: of options, or what else `harness.worker.objects` makes.
    """

    arguments: tuple[Any, ...]
    parameters: Arrays
    inputs: Inputs
    dtype: str = "float64"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    extra: tuple[Any, ...] = ()

    @property
    def learned(self) -> tuple[str, ...]:
        """The inputs that have gradients: those that are not tokens."""
        return tuple(name for name, a in self.inputs.items() if a.dtype.kind == "f")

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

    def without(self, *keywords: str) -> Case:
        """The same call with some keywords left out."""
        return replace(self, keywords={name: value for name, value in self.keywords.items() if name not in keywords})

    def cast(self, dtype: str) -> Case:
        """The same call with every array rounded to `dtype`."""
        case = replace(self, dtype=dtype)
        return replace(
            case,
            parameters={name: case._stored(a) for name, a in self.parameters.items()},
            inputs={name: case._stored(a) for name, a in self.inputs.items()},
        )

    def _stored(self, array: NDArray[Any]) -> NDArray[Any]:
        return array if array.dtype.kind == "i" else stored(array, self.dtype)


class Form(NamedTuple):
    """One shape that an output may have; `turned` when its last two axes are the oracle's swapped (C4).

    Edges:   `last` when it is the last of what the oracle has along its first axis; `kind` is "floating", "integer",
             "text" or "texts", a list of them, which have no shape, or "number": whatever NumPy takes for numbers.
    """

    shape: tuple[int, ...]
    turned: bool = False
    last: bool = False
    kind: Literal["floating", "integer", "text", "texts", "number"] = "floating"

    @classmethod
    def single(cls) -> tuple[Form, ...]:
        """A number, alone or in an array by itself."""
        return cls((), kind="number"), cls((1,), kind="number")


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
    """Whether it is called as it is, rather than constructed first."""
    is_text: bool = False
    """Whether it is a text that the subject binds at its top, rather than something to call; calling it gives the text."""
    may_decline: bool = False
    """Whether it may say of a case that it does not support it; so a kernel may, in any of its dtypes."""
    returns: Any = None
    """How the outputs are nested in what is returned: names in tuples, None for what is not looked at; the names of
    `outputs` in a tuple, or the one name, if nothing is said."""
    aliases: tuple[str, ...] = ()
    """What else a subject may call it."""
    takes: frozenset[int] | None = None
    """How many arguments its `forward` may take, where a name alone does not tell it from another item's."""
    spare: int = 0
    """How many of the last arguments a constructor need not take."""
    deep: bool = False
    """Whether rounding is measured (`spec.jitter`) instead of bounded: through several layers bounds say nothing."""
    attentions: Mapping[str, bool] = field(default_factory=dict)
    """Its members that are lists of attentions, and whether they are causal."""
    builds_on: tuple[str, ...] = ()
    """Earlier items that a subject may have made it of, by subclassing them."""
    layout: str = "contiguous"
    """What its inputs come in, if a law does not say: tensors, or the lists that the course's notebook gives."""
    dtypes: tuple[str, ...] = ("float64", "float32")
    """The dtypes that a law which names none may use, the one that tells most first."""
    eps: Mapping[str, float] = field(default_factory=lambda: EPS)
    as_tuple: bool = False
    """Whether a single output, too, must come in a tuple, because whoever calls it takes the first of what comes."""
    prefixes: tuple[str, ...] = ()
    """What its parameters' names may begin with that stands in none here: members that may hold a part of it."""
    libraries: tuple[str, ...] = ()
    """Modules that its item is built of and that take seconds to import: they are there before its clock starts."""
    costs: int = 1
    """As how many cases of another item one of it counts, because it takes so long: a law draws as many fewer."""
    prints: bool = False
    """Whether what it prints counts as what it returns."""
    told: Callable[[Case], Mapping[str, Any]] = lambda _: {}
    """What the oracle gets among the keywords besides: what shapes do not tell of how the item was constructed."""

    def truth(self, case: Case, cotangents: Arrays | None = None) -> dict[str, Expected]:
        """The right outputs and, when cotangents of outputs are given, gradients, each with its budget.

        Shapes:  gradients are named `grad <input>` and `grad <parameter>` and have the shape of what they are of.
        Edges:   an output without a cotangent contributes nothing to the gradients.
        """
        pulled = cotangents or {}
        exact = self._run(case, pulled, lambda a: a)
        rounded = (
            measured(lambda kind: self._run(case, pulled, kind), exact)
            if self.deep
            else self._run(case, pulled, Rounded)
        )
        naive = exact if case.dtype == "float64" else self._run(case, pulled, lambda a: _in_dtype(a, case.dtype))
        return {name: expected(exact[name], naive[name], rounded[name], case.dtype, self.eps) for name in exact}

    def _run(self, case: Case, cotangents: Arrays, kind: Callable[[Array], Number]) -> dict[str, Number]:
        """The oracle on arrays of one kind."""

        def of_kind(arrays: Inputs) -> dict[str, Number]:
            return {name: kind(a) if a.dtype.kind == "f" else a for name, a in arrays.items()}

        keywords = {**case.keywords, **self.told(case)}
        return self.oracle(of_kind(case.parameters), of_kind(case.inputs), of_kind(cotangents), keywords)


def without_oracle(*_: Any) -> dict[str, Number]:
    """The oracle of an item whose right answers are exact: its laws compare with them as they are."""
    raise NotImplementedError("this item's answers are exact, and have no budget")


def _in_dtype(array: Array, dtype: str) -> Number:
    return Narrow(array, dtype) if dtype in NARROW else array.astype(dtype)

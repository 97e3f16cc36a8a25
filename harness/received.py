"""What came back from a worker, read under a contract: canonical float64 arrays, texts, and what is broken about them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.outcome import Broken, Counterexample, Raised, words
from harness.packed import unpacked
from spec.contracts.contract import Arrays, Case, Contract, Form
from spec.rounding import Array

KINDS = {
    "floating": ("a tensor of floating point", ("float", "bfloat")),
    "integer": ("a tensor of int64", ("int64",)),
    "text": ("a text", ("text",)),
    "texts": ("a list of texts", ("texts",)),
    "number": ("numbers", ("float", "bfloat", "int64")),
}
MAX_TYPE = 200


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Shapes:  `outputs` and `outputs_at_end` as the oracle's, in its orientation; `gradients` as what they are of, named
             `grad <input>` or `grad <parameter>`, zeros where nothing flows; `inputs_at_end` as the inputs, and
             `keywords_at_end` as the arrays among the keywords. Outputs that are texts are in `texts`, lists of them in
             `lists`; weights of which the subject returns the last layer alone have one along their first axis.
             `parameters_at_end`, after the last call, are there if they were asked for.
    Raises:  Broken, when it is looked at, for an output beside the first that has no form which the contract knows.
    """

    case: Case
    outputs: dict[str, Array]
    dtypes: dict[str, str]
    outputs_at_end: dict[str, Array]
    inputs_at_end: dict[str, Array]
    keywords_at_end: dict[str, Array]
    gradients: dict[str, Array] = field(default_factory=dict)
    random_state_moved: bool = False
    cotangents: Arrays | None = None
    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spoilt: dict[str, Broken] = field(default_factory=dict)
    parameters_at_end: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        if name in self.spoilt:
            raise self.spoilt[name]
        known = {**self.outputs, **self.parameters_at_end, **self.gradients}
        return known[name]


class Received:
    """A reply, read under a contract; `turned` says of outputs that may come turned (C4) whether they do.

    Raises:  Broken when an answer has no shape that the contract knows.
    """

    def __init__(self, contract: Contract, turned: Mapping[str, bool]) -> None:
        self.contract, self._turned = contract, turned

    def answer(
        self, case: Case, call: Any, arrays: list[tuple[Any, bytearray]], wrt: Sequence[str] | None, *, asked: bool
    ) -> Answer:
        """What came of one call, of which gradients were asked for or not; a call's entries are indices into the arrays.

        Raises:  KeyError, TypeError, ValueError and the like for what is no reply.
        """
        forms = self.contract.outputs(case)
        outputs, dtypes, at_end = {}, {}, {}
        texts: dict[str, str] = {}
        lists: dict[str, tuple[str, ...]] = {}
        spoilt: dict[str, Broken] = {}
        for (name, allowed), i, j in zip(forms.items(), call["outputs"], call["outputs_at_end"], strict=True):
            if "text" in arrays[i][0] and allowed[0].kind == "text":
                texts[name] = str(arrays[i][0]["text"])
                continue
            if "texts" in arrays[i][0] and allowed[0].kind == "texts":
                lists[name] = texts_in(arrays[i][1])
                continue
            try:
                outputs[name] = self._canonical(case, name, allowed, *arrays[i])
                at_end[name] = self._canonical(case, name, allowed, *arrays[j])
            except Broken as error:
                if not (outputs or lists) or self.contract.returns is None:
                    raise
                spoilt[name] = error  # for the laws that look at it
            dtypes[name] = str(arrays[i][0].get("dtype"))
        ends = zip(case.inputs.items(), call["inputs_at_end"], strict=True)
        inputs = {name: self._plain(arrays[i], given.shape) for (name, given), i in ends}
        if (call["gradients"] is not None) is not asked:
            raise ValueError("gradients where none were asked for, or none where they were")
        gradients = (
            self._gradients(case, call["gradients"], arrays, case.learned if wrt is None else wrt) if asked else {}
        )
        masks = arrays_of(case.keywords)
        keywords = {name: self._plain(arrays[call["named_at_end"][name]], a.shape) for name, a in masks.items()}
        moved = bool(call["random_state_moved"])
        rest: Any = {"texts": texts, "lists": lists, "spoilt": spoilt}
        return Answer(case, outputs, dtypes, at_end, inputs, keywords, gradients, moved, **rest)

    def parameters(
        self, case: Case, places: Mapping[str, int] | None, arrays: list[tuple[Any, bytearray]]
    ) -> dict[str, Array]:
        """The parameters as they are after the last call, those that the contract has, by its names; none where no places
        were asked for.

        Raises:  KeyError and the like for what is no reply.
        """
        if places is None:
            return {}
        there = {name: a for name, a in case.parameters.items() if name in places or name not in self.contract.optional}
        return {name: self._plain(arrays[places[name]], a.shape) for name, a in there.items()}

    def _canonical(self, case: Case, name: str, forms: tuple[Form, ...], about: Any, buffer: bytearray) -> Array:
        """An output in the oracle's shape and orientation."""
        kind = forms[0].kind
        wanted, of_kind = KINDS[kind]
        about = about.get("numbers", about) if kind == "number" else about
        if not any(str(about.get("dtype")).startswith(prefix) for prefix in of_kind):
            was = words(about.get("type") or f"tensor of {about['dtype']}", MAX_TYPE)
            self._break(case, f"{name} is a {was}, expected {wanted}")
        shape = tuple(about["shape"])
        fitting = [form for form in forms if form.shape == shape]
        if not fitting:
            expected = " or ".join(dict.fromkeys(str(list(form.shape)) for form in forms))
            self._break(case, f"{name} has shape {list(shape)}, expected {expected}")
        if name in self._turned and any(form.turned for form in forms):
            agreeing = [f for f in fitting if f.turned == self._turned[name]]
            agreeing = agreeing or [f for f in fitting if len(f.shape) != len(forms[0].shape) and not f.last]
            if not agreeing:
                self._break(case, f"{name} has shape {list(shape)}: turned round against what it was in other calls")
            fitting = agreeing
        array = unpacked(about, buffer)
        if fitting[0].turned:
            array = array.swapaxes(-1, -2)
        return array.reshape(1, *forms[0].shape[1:]) if fitting[0].last else array.reshape(forms[0].shape)

    def _gradients(
        self, case: Case, places: Mapping[str, int | None], arrays: list[tuple[Any, bytearray]], of: Iterable[str]
    ) -> dict[str, Array]:
        """All gradients that were asked for, of inputs and parameters; zeros where nothing flows."""
        names, gradients = list(case.inputs), {}
        for key, index in places.items():
            whose = names[int(key.removeprefix("input "))] if key.startswith("input ") else key
            shape = case.inputs[whose].shape if whose in case.inputs else case.parameters[whose].shape
            gradients[f"grad {whose}"] = np.zeros(shape) if index is None else self._plain(arrays[index], shape)
        if lacking := sorted(name for name in of if f"grad {name}" not in gradients):
            raise ValueError(f"no gradients of {', '.join(lacking)}")
        for name in case.parameters.keys() - self.contract.optional:  # a frozen one has no gradient
            gradients.setdefault(f"grad {name}", np.zeros_like(case.parameters[name]))
        return gradients

    def _plain(self, array: tuple[Any, bytearray], shape: tuple[int, ...]) -> Array:
        about, buffer = array[0].get("numbers", array[0]), array[1]
        if tuple(about.get("shape", ())) != shape:
            raise Raised(f"an array came back with shape {about.get('shape')}, expected {list(shape)}")
        return unpacked(about, buffer)

    def _break(self, case: Case, message: str) -> None:
        raise Broken(f"{self.contract.describe(case)}: {message}.", counterexample(self.contract, case))


def counterexample(
    contract: Contract, case: Case, expected: Any = None, actual: Any = None, **about: Any
) -> Counterexample:
    """A case as something to show; `about` is what else there is to say of the two arrays."""
    arrays = {**case.inputs, **case.parameters, **arrays_of(case.keywords)}
    return Counterexample(contract.describe(case), dict(arrays), expected, actual, **about)


def arrays_of(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays among keywords."""
    return {name: value for name, value in keywords.items() if isinstance(value, np.ndarray)}


def texts_in(buffer: bytearray) -> tuple[str, ...]:
    """A list of texts that came back.

    Raises:  ValueError if it is none.
    """
    try:
        texts = json.loads(bytes(buffer))
    except RecursionError:
        texts = None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("a list of texts that is none")
    return tuple(texts)

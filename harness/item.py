"""One item of a subject, called under its contract: cases go in, canonical float64 arrays come out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.outcome import Broken, Counterexample, Died, Ended, Raised
from harness.process import Process
from harness.subject import MAX_MESSAGE, Subject
from spec.contracts.contract import Arrays, Case, Contract, Form
from spec.error import Expected
from spec.rounding import Array

MIN_REPLY, REPLY_FACTOR = (
    4 << 20,
    32,
)  # bytes, and as many times what was sent: weights grow with the square of a length
DTYPES = ("float64", "float32")  # the one that tells most first
Layouts = str | Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Shapes:  `outputs` and `outputs_at_end` as the oracle's, in its orientation; `gradients` as what they are of, named
             `grad <input>` or `grad <parameter>`, zeros where nothing flows; `inputs_at_end` as the inputs.
    """

    case: Case
    outputs: dict[str, Array]
    dtypes: dict[str, str]
    outputs_at_end: dict[str, Array]
    inputs_at_end: dict[str, Array]
    gradients: dict[str, Array] = field(default_factory=dict)
    random_state_moved: bool = False
    cotangents: Arrays | None = None

    def __getitem__(self, name: str) -> Array:
        return self.gradients[name] if name in self.gradients else self.outputs[name]


class Item:
    """An item under judgment; calls are made in the process of the law at hand.

    Edges:   `dtype` is the one that laws use which name none, and which way round the item returns an output (C4) goes
             for all its calls; both are found out once, before the first law, on inputs where they show.
    """

    def __init__(self, subject: Subject, contract: Contract, probe: Case) -> None:
        self.subject, self.contract = subject, contract
        self._probe = probe
        self._turned: bool | None = None
        self._truths: deque[tuple[Case, Arrays | None, dict[str, Expected]]] = deque(maxlen=8)
        self._known = False
        self.dtype = DTYPES[0]
        self.note = ""
        self._process: Process | None = None
        self._deadline = 0.0
        self.calls = 0

    def begin(self) -> None:
        """Start a law: a fresh process, a fresh clock."""
        if not self._known:
            self._enter()
            self._find_out()
            self.finish()  # a law starts from the same state whether or not it is the first
        self._enter()

    def _enter(self) -> None:
        self._deadline = self.subject.limits.deadline()
        self._process = self.subject.law_process(self.contract.item)

    def finish(self) -> None:
        """End the law's process."""
        if self._process:
            self._process.end()
            self._process = None

    def __call__(self, case: Case, **how: Any) -> Answer:
        """The answer to one call on a fresh instance; keywords as in `sequence`."""
        return self.sequence([case], **how)[0]

    def sequence(
        self,
        cases: Sequence[Case],
        *,
        layouts: Layouts = "contiguous",
        train: bool = False,
        grad: bool = True,
        cotangents: Arrays | Sequence[Arrays] | None = None,
        watch_random_state: bool = False,
    ) -> list[Answer]:
        """The answers to calls made one after the other on one instance; parameters are those of the first case.

        Edges:   one dictionary of cotangents serves every call; a sequence has one for each.
        Raises:  Broken when an answer has no shape that the contract knows; Raised when the subject raises; Ended when its
                 process gives no answer.
        """
        packed = _Packed(self.contract, cases[0], bool(self._turned))
        pulled = cotangents if isinstance(cotangents, Sequence) else [cotangents] * len(cases)
        for case, one in zip(cases, pulled, strict=True):
            packed.call(case, layouts, train=train, grad=grad, cotangents=one)
        request = {**packed.request, "watch_random_state": watch_random_state}
        reply, buffers = self._ask(request, packed.buffers, cases[0])
        try:
            arrays = list(zip(reply["arrays"], buffers, strict=True))
            answers = [self._answer(case, call, arrays) for case, call in zip(cases, reply["calls"], strict=True)]
            return [replace(answer, cotangents=one) for answer, one in zip(answers, pulled, strict=True)]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise Died(f"the subject's process sent what is no reply ({type(error).__name__}: {error})") from None

    def truth(self, case: Case, cotangents: Arrays | None = None) -> dict[str, Expected]:
        """The oracle's outputs and gradients, with their budgets; the last few are kept."""
        for known, pulled, truth in self._truths:
            if known is case and pulled is cotangents:
                return truth
        truth = self.contract.truth(case, cotangents)
        self._truths.append((case, cotangents, truth))
        return truth

    def _ask(self, request: dict[str, Any], buffers: list[bytes], case: Case) -> tuple[Any, list[bytearray]]:
        assert self._process is not None, "a call outside a law"
        self.calls += 1
        max_bytes = MIN_REPLY + REPLY_FACTOR * sum(len(b) for b in buffers)
        try:
            reply, received = self._process.ask(request, buffers, deadline=self._deadline, max_bytes=max_bytes)
        except Ended as error:
            error.counterexample = self.counterexample(case)
            raise
        self.subject.asked_for_gpu |= bool(reply.get("asked_for_gpu"))
        if "raised" in reply:
            raise Raised(str(reply["raised"])[:MAX_MESSAGE], self.counterexample(case))
        if "interface" in reply:
            raise Broken(str(reply["interface"])[:MAX_MESSAGE], self.counterexample(case))
        return reply, received

    def counterexample(self, case: Case, expected: Any = None, actual: Any = None) -> Counterexample:
        """The case as something to show."""
        arrays = {**case.inputs, **case.parameters}
        return Counterexample(self.contract.describe(case), dict(arrays), expected, actual)

    def _answer(self, case: Case, call: Any, arrays: list[tuple[Any, bytearray]]) -> Answer:
        forms = self.contract.outputs(case)
        outputs, dtypes, at_end = {}, {}, {}
        for (name, allowed), i, j in zip(forms.items(), call["outputs"], call["outputs_at_end"], strict=True):
            outputs[name] = self._canonical(case, name, allowed, *arrays[i])
            dtypes[name] = arrays[i][0]["dtype"]
            at_end[name] = self._canonical(case, name, allowed, *arrays[j])
        names = list(case.inputs)
        inputs = {
            name: self._plain(arrays[i], case.inputs[name].shape)
            for name, i in zip(names, call["inputs_at_end"], strict=True)
        }
        gradients: dict[str, Array] = {}
        for key, index in (call["gradients"] or {}).items():
            of = names[int(key.removeprefix("input "))] if key.startswith("input ") else key
            shape = case.inputs[of].shape if of in case.inputs else case.parameters[of].shape
            gradients[f"grad {of}"] = np.zeros(shape) if index is None else self._plain(arrays[index], shape)
        if call["gradients"] is not None:
            self._demand_all(gradients, case)
        return Answer(case, outputs, dtypes, at_end, inputs, gradients, bool(call["random_state_moved"]))

    def _canonical(self, case: Case, name: str, forms: tuple[Form, ...], about: Any, buffer: bytearray) -> Array:
        """An output in the oracle's shape and orientation."""
        if "dtype" not in about:
            self._break(case, f"{name} is a {about['type']}, expected a tensor of floating point")
        shape = tuple(about["shape"])
        fitting = [form for form in forms if form.shape == shape]
        if not fitting:
            expected = " or ".join(str(list(form.shape)) for form in forms)
            self._break(case, f"{name} has shape {list(shape)}, expected {expected}")
        if self._turned is not None and any(form.turned for form in forms):
            agreeing = [f for f in fitting if f.turned == self._turned or len(f.shape) != len(forms[0].shape)]
            if not agreeing:
                self._break(case, f"{name} has shape {list(shape)}: turned round against what it was in other calls")
            fitting = agreeing
        array = _array(about, buffer)
        if fitting[0].turned:
            array = array.swapaxes(-1, -2)
        return array.reshape(forms[0].shape)

    def _demand_all(self, gradients: dict[str, Array], case: Case) -> None:
        if lacking := sorted(name for name in case.inputs if f"grad {name}" not in gradients):
            raise ValueError(f"no gradients of {', '.join(lacking)}")
        for name in case.parameters.keys() - self.contract.optional:  # a frozen one has no gradient
            gradients.setdefault(f"grad {name}", np.zeros_like(case.parameters[name]))

    def _plain(self, array: tuple[Any, bytearray], shape: tuple[int, ...]) -> Array:
        about, buffer = array
        if tuple(about.get("shape", ())) != shape:
            raise Raised(f"an array came back with shape {about.get('shape')}, expected {list(shape)}")
        return _array(about, buffer)

    def _break(self, case: Case, message: str) -> None:
        raise Broken(f"{self.contract.describe(case)}: {message}.", self.counterexample(case))

    def _find_out(self) -> None:
        """Which dtype the item works in, and whether outputs come turned (C4): the way nearer to the oracle.

        Edges:   code that holds float32 tensors may raise in float64; it is judged in float32 then, and `note` says so.
        """
        calls = self.calls
        for dtype in DTYPES:
            case = self._probe.cast(dtype)
            try:
                answer = self(case)
            except (Broken, Raised) as error:
                self.note = (
                    self.note or f"in {dtype}: {error.message}; laws that name no dtype were judged in {DTYPES[-1]}"
                )
                continue
            self.dtype, self._turned = dtype, self._is_turned(case, answer)
            self.note = self.note if dtype != DTYPES[0] else ""
            break
        else:
            self.note = ""  # it works in none: every law will say why
        self._known = True
        self.calls = calls  # the probe is no law's

    def _is_turned(self, case: Case, answer: Answer) -> bool | None:
        truth = self.truth(case)
        for name, forms in self.contract.outputs(case).items():
            if any(form.turned for form in forms):
                value = truth[name].value
                return _distance(answer[name].swapaxes(-1, -2), value) < _distance(answer[name], value)
        return None


class _Packed:
    """A request under construction: arrays are sent once, and named by their index."""

    def __init__(self, contract: Contract, case: Case, turned: bool) -> None:
        self._turned, self._contract = turned, contract
        self.buffers: list[bytes] = []
        self.request: dict[str, Any] = {
            "op": "run", "item": contract.item, "arguments": list(case.arguments), "dtype": case.dtype,
            "outputs": list(contract.outputs(case)), "optional": sorted(contract.optional), "arrays": [], "calls": [],
        }  # fmt: skip
        self.request["parameters"] = {name: self._add(a, case.dtype) for name, a in case.parameters.items()}

    def call(self, case: Case, layouts: Layouts, *, train: bool, grad: bool, cotangents: Arrays | None) -> None:
        of = layouts if isinstance(layouts, Mapping) else dict.fromkeys(case.inputs, layouts)
        pulled = None
        if cotangents is not None:
            pulled = [self._cotangent(name, cotangents.get(name), case) for name in self._contract.outputs(case)]
        self.request["calls"].append({
            "inputs": [self._add(a, case.dtype) for a in case.inputs.values()],
            "layouts": [of.get(name, "contiguous") for name in case.inputs],
            "train": train, "grad": grad, "cotangents": pulled,
        })  # fmt: skip

    def _cotangent(self, name: str, cotangent: Array | None, case: Case) -> int | None:
        if cotangent is None:
            return None
        turns = any(form.turned for form in self._contract.outputs(case)[name])
        return self._add(cotangent.swapaxes(-1, -2) if turns and self._turned else cotangent, case.dtype)

    def _add(self, array: NDArray[Any], dtype: str) -> int:
        stored = np.ascontiguousarray(array, dtype=np.dtype(dtype).newbyteorder("<"))
        self.buffers.append(stored.tobytes())
        self.request["arrays"].append({"dtype": dtype, "shape": list(array.shape)})
        return len(self.buffers) - 1


def _array(about: Any, buffer: bytearray) -> Array:
    dtype = {"bfloat16": "float32"}.get(about["dtype"], about["dtype"])
    if dtype not in ("float16", "float32", "float64"):
        raise Raised(f"an array came back with dtype {dtype!r}")
    flat = np.frombuffer(buffer, dtype=np.dtype(dtype).newbyteorder("<"))
    if flat.size != math.prod(about["shape"]):
        raise Raised(f"an array came back with {flat.size} numbers for shape {about['shape']}")
    return flat.reshape(about["shape"]).astype(np.float64)


def _distance(a: Array, b: Array) -> float:
    difference = np.abs(a - b)
    return float(np.where(np.isfinite(difference), difference, np.inf).max())

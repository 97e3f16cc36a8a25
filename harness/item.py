"""One item of a subject, called under its contract: cases go in, canonical float64 arrays come out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np

from harness.outcome import Broken, Counterexample, Declined, Died, Ended, Raised
from harness.packed import Layouts, Packed, unpacked
from harness.process import Process
from harness.subject import MAX_MESSAGE, MAX_REASON, Subject
from spec.contracts.contract import Arrays, Case, Contract, Form
from spec.error import Expected
from spec.rounding import Array

KINDS = {
    "floating": ("a tensor of floating point", ("float", "bfloat")),
    "integer": ("a tensor of int64", ("int64",)),
    "text": ("a text", ("text",)),
    "number": ("numbers", ("float", "bfloat", "int64")),
}
MIN_REPLY, REPLY_FACTOR = 4 << 20, 32  # bytes, and as many times what was sent: weights grow as a length squared


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Shapes:  `outputs` and `outputs_at_end` as the oracle's, in its orientation; `gradients` as what they are of, named
             `grad <input>` or `grad <parameter>`, zeros where nothing flows; `inputs_at_end` as the inputs, and
             `keywords_at_end` as the arrays among the keywords. Outputs that are texts are in `texts`; weights of which
             the subject returns the last layer alone have one along their first axis.
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
    spoilt: dict[str, Broken] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        if name in self.spoilt:
            raise self.spoilt[name]
        return self.gradients[name] if name in self.gradients else self.outputs[name]


class Item:
    """An item under judgment; calls are made in the process of the law at hand.

    Edges:   `dtype` is the one that laws use which name none, `dtypes` are those that it answers in, `dtype` first, and
             which way round the item returns an output (C4) goes for all its calls; all are found out once, before the
             first law, on inputs where they show.
    """

    def __init__(self, subject: Subject, contract: Contract, probe: Case) -> None:
        self.subject, self.contract = subject, contract
        self._probe = probe
        self._turned: dict[str, bool] = {}
        self._truths: deque[tuple[Case, Arrays | None, dict[str, Expected]]] = deque(maxlen=8)
        self._known = False
        self.replaced: Mapping[str, bool] = {}
        self.substitution = ""
        self.dtype = contract.dtypes[0]
        self.dtypes: tuple[str, ...] = (self.dtype,)
        self.note = ""
        self._process: Process | None = None
        self._deadline = 0.0
        self.calls = 0
        self.answered = 0
        self.declined: list[tuple[str, str]] = []

    def begin(self) -> None:
        """Start a law: a fresh process, a fresh clock."""
        if not self._known:
            self._enter()
            self._find_out()
            self.finish()  # a law starts from the same state whether or not it is the first
        self.answered, self.declined = 0, []
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
        layouts: Layouts | None = None,
        train: bool = False,
        grad: bool = True,
        cotangents: Arrays | Sequence[Arrays] | None = None,
        wrt: Sequence[str] | None = None,
        watch_random_state: bool = False,
    ) -> list[Answer]:
        """The answers to calls made one after the other on one instance; parameters are those of the first case.

        Shapes:  inputs come in the layout that is asked for, or in their contract's.

        Edges:   one dictionary of cotangents serves every call; a sequence has one for each. `wrt` names the inputs that
                 need a gradient; None means all.
        Raises:  Broken when an answer has no shape that the contract knows; Raised when the subject raises; Declined when
                 it says that it does not support the case; Ended when its process gives no answer.
        """
        packed = Packed(self.contract, cases[0], self._turned, self.replaced)
        pulled = cotangents if isinstance(cotangents, Sequence) else [cotangents] * len(cases)
        for case, one in zip(cases, pulled, strict=True):
            packed.call(case, layouts or self.contract.layout, train=train, grad=grad, cotangents=one, wrt=wrt)
        request = {**packed.request, "watch_random_state": watch_random_state}
        reply, buffers = self._ask(request, packed.buffers, cases[0])
        try:
            arrays = list(zip(reply["arrays"], buffers, strict=True))
            answers = [self._answer(case, call, arrays, wrt) for case, call in zip(cases, reply["calls"], strict=True)]
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
        said = reply.get("raised") or (None if self.contract.may_decline else reply.get("declined"))
        if said is not None:
            raise Raised(str(said)[:MAX_MESSAGE], self.counterexample(case))
        if "interface" in reply:
            raise Broken(str(reply["interface"])[:MAX_MESSAGE], self.counterexample(case))
        if "declined" in reply:
            reason = str(reply["declined"])[:MAX_REASON].removeprefix("NotImplementedError: ")
            self.decline(reason, case)
        self.answered += 1
        return reply, received

    @property
    def deterministic(self) -> bool:
        """Whether the subject promises the same bits for the same call, as it does unless it says otherwise."""
        return self.contract.item not in self.subject.not_deterministic

    def decline(self, reason: str, case: Case | None = None) -> NoReturn:
        """Count a case that the subject does not support, and leave it."""
        self.declined.append((self.contract.describe(case) if case else "", reason))
        raise Declined(reason)

    def counterexample(self, case: Case, expected: Any = None, actual: Any = None) -> Counterexample:
        """The case as something to show."""
        arrays = {**case.inputs, **case.parameters, **_arrays(case.keywords)}
        return Counterexample(self.contract.describe(case), dict(arrays), expected, actual)

    def _answer(self, case: Case, call: Any, arrays: list[tuple[Any, bytearray]], wrt: Sequence[str] | None) -> Answer:
        forms = self.contract.outputs(case)
        outputs, dtypes, at_end = {}, {}, {}
        texts: dict[str, str] = {}
        spoilt: dict[str, Broken] = {}
        for (name, allowed), i, j in zip(forms.items(), call["outputs"], call["outputs_at_end"], strict=True):
            if "text" in arrays[i][0] and allowed[0].kind == "text":
                texts[name] = str(arrays[i][0]["text"])
                continue
            try:
                outputs[name] = self._canonical(case, name, allowed, *arrays[i])
                at_end[name] = self._canonical(case, name, allowed, *arrays[j])
            except Broken as error:
                if not outputs or self.contract.returns is None:
                    raise
                spoilt[name] = error  # for the laws that look at it
            dtypes[name] = str(arrays[i][0].get("dtype"))
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
            self._demand_all(gradients, case, case.learned if wrt is None else wrt)
        masks = _arrays(case.keywords)
        keywords = {name: self._plain(arrays[call["named_at_end"][name]], a.shape) for name, a in masks.items()}
        moved = bool(call["random_state_moved"])
        return Answer(case, outputs, dtypes, at_end, inputs, keywords, gradients, moved, texts=texts, spoilt=spoilt)

    def _canonical(self, case: Case, name: str, forms: tuple[Form, ...], about: Any, buffer: bytearray) -> Array:
        """An output in the oracle's shape and orientation."""
        kind = forms[0].kind
        wanted, of_kind = KINDS[kind]
        about = about.get("numbers", about) if kind == "number" else about
        if not any(str(about.get("dtype")).startswith(prefix) for prefix in of_kind):
            was = about.get("type") or f"tensor of {about['dtype']}"
            self._break(case, f"{name} is a {was}, expected {wanted}")
        shape = tuple(about["shape"])
        fitting = [form for form in forms if form.shape == shape]
        if not fitting:
            expected = " or ".join(str(list(form.shape)) for form in forms)
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

    def _demand_all(self, gradients: dict[str, Array], case: Case, of: Iterable[str]) -> None:
        if lacking := sorted(name for name in of if f"grad {name}" not in gradients):
            raise ValueError(f"no gradients of {', '.join(lacking)}")
        for name in case.parameters.keys() - self.contract.optional:  # a frozen one has no gradient
            gradients.setdefault(f"grad {name}", np.zeros_like(case.parameters[name]))

    def _plain(self, array: tuple[Any, bytearray], shape: tuple[int, ...]) -> Array:
        about, buffer = array[0].get("numbers", array[0]), array[1]
        if tuple(about.get("shape", ())) != shape:
            raise Raised(f"an array came back with shape {about.get('shape')}, expected {list(shape)}")
        return unpacked(about, buffer)

    def _break(self, case: Case, message: str) -> None:
        raise Broken(f"{self.contract.describe(case)}: {message}.", self.counterexample(case))

    def _find_out(self) -> None:
        """Which dtypes the item works in, and whether outputs come turned (C4): the way nearer to the oracle.

        Edges:   code that holds float32 tensors may raise in float64; it is judged in float32 then, and `note` says so.
                 A dtype in which it raises is left to the laws that name it.
        """
        calls = self.calls
        notes: list[str] = []
        found: list[str] = []
        for dtype in self.contract.dtypes:
            case = self._probe.cast(dtype)
            try:
                answer = self(case)
            except (Broken, Raised, Declined) as error:
                notes += [] if found else [f"in {dtype}: {error.message}"]
                continue
            if not found:
                self._turned = self._which_are_turned(case, answer)
            found.append(dtype)
            if not self.contract.may_decline:
                break
        if found:
            self.dtype, self.dtypes = found[0], tuple(found)
            self.note = "; ".join([*notes, f"laws that name no dtype were judged in {self.dtype}"]) if notes else ""
        self._known = True
        self.calls = calls  # the probe is no law's

    def _which_are_turned(self, case: Case, answer: Answer) -> dict[str, bool]:
        """Of every output that may come turned, whether it does."""
        found = {}
        for name, forms in self.contract.outputs(case).items():
            if any(form.turned for form in forms) and name not in answer.spoilt:
                value = self.truth(case)[name].value[-len(answer[name]) :]
                found[name] = _distance(answer[name].swapaxes(-1, -2), value) < _distance(answer[name], value)
        return found


def _arrays(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if isinstance(value, np.ndarray)}


def _distance(a: Array, b: Array) -> float:
    difference = np.abs(a - b)
    return float(np.where(np.isfinite(difference), difference, np.inf).max())

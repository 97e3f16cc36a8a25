"""One item of a subject, called under its contract: cases go in, canonical float64 arrays come out."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from harness.clock import Clock
from harness.correct import correct
from harness.fork import Process
from harness.hunt import Ranker
from harness.outcome import Broken, Counterexample, Declined, Died, Ended, Raised, words
from harness.packed import Layouts, Packed
from harness.received import Answer, Received, counterexample
from harness.subject import MAX_MESSAGE, MAX_REASON, Subject
from harness.truths import TRUTHS
from spec.contracts.contract import Arrays, Case, Contract
from spec.error import Expected
from spec.rounding import Array

SAID = "raised", "declined", "interface"
MIN_REPLY, REPLY_FACTOR = 4 << 20, 32  # bytes, and as many times what was sent: weights grow as a length squared


class Item:
    """An item under judgment; calls are made in the process of the law at hand.

    Edges:   `dtype` is the one that laws use which name none, `dtypes` are those that it answers in, `dtype` first, and
             which way round the item returns an output (C4) goes for all its calls; all are found out once, before the
             first law, on inputs where they show. `ranker` is who tells where a caption puts its target, if anybody can.
    """

    def __init__(self, subject: Subject, contract: Contract, probe: Case) -> None:
        self.subject, self.contract = subject, contract
        self._probe = probe
        self._turned: dict[str, bool] = {}
        self._truths: deque[tuple[Case, Arrays | None, dict[str, Expected]]] = deque(maxlen=8)
        self._known = False
        self.replaced: Collection[str] = ()
        self.stand_ins: tuple[str, ...] = ()
        self.substitution = ""
        self.ranker: Ranker | None = None
        self.dtype = contract.dtypes[0]
        self.dtypes: tuple[str, ...] = (self.dtype,)
        self.note = ""
        self._process: Process | None = None
        self._clock = Clock(subject.limits, 0.0)
        self.calls = 0
        self._before = 0, 0.0
        self.answered = 0
        self.declined: list[tuple[str, str]] = []

    def begin(self) -> None:
        """Start a law: a fresh process, a fresh clock."""
        if not self._known:
            self._enter()
            self._find_out()
            self.finish()  # a law starts from the same state whether or not it is the first
        self._before = self.calls, self.subject.limits.spent_s
        self.answered, self.declined = 0, []
        self._enter()

    def begin_again(self) -> None:
        """Start a law anew, as if nothing had been called: a fresh process, and neither calls nor time are spent."""
        self.finish()
        self.calls, self.subject.limits.spent_s = self._before
        self.begin()

    def _enter(self) -> None:
        self._clock = self.subject.limits.clock()
        self._process = self.subject.law_process(self.contract.item, self._clock)

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
        after: Sequence[Mapping[str, Any]] = (),
    ) -> list[Answer]:
        """The answers to calls made one after the other on one instance; parameters are those of the first case.

        Shapes:  inputs come in the layout that is asked for, or in their contract's.

        Edges:   one dictionary of cotangents serves every call; a sequence has one for each. `wrt` names the inputs that
                 need a gradient; None means all. `after` is what the instance is put through before the first call, in
                 the words of `harness.worker.passages`; answers then have the parameters as they are at the end.
        Raises:  Broken when an answer has no shape that the contract knows; Raised when the subject raises; Declined when
                 it says that it does not support the case; Ended when its process gives no answer.
        """
        packed = Packed(self.contract, cases[0], self._turned)
        pulled = cotangents if isinstance(cotangents, Sequence) else [cotangents] * len(cases)
        for case, one in zip(cases, pulled, strict=True):
            packed.call(case, layouts or self.contract.layout, train=train, grad=grad, cotangents=one, wrt=wrt)
        request = {**packed.request, "watch_random_state": watch_random_state, "after": list(after)}
        request |= correct(self.stand_ins, self.replaced)
        reply, buffers = self._ask(request, packed.buffers, cases[0])
        try:
            arrays = list(zip(reply["arrays"], buffers, strict=True))
            received = Received(self.contract, self._turned)
            calls = zip(cases, reply["calls"], pulled, strict=True)
            answers = [received.answer(c, call, arrays, wrt, asked=p is not None) for c, call, p in calls]
            places = reply["parameters_at_end"] if after else None
            at_end = received.parameters(cases[0], places, arrays)
            return [replace(a, cotangents=p, parameters_at_end=at_end) for a, p in zip(answers, pulled, strict=True)]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise Died(f"the subject's process sent what is no reply ({type(error).__name__}: {error})") from None

    def truth(self, case: Case, cotangents: Arrays | None = None) -> dict[str, Expected]:
        """The oracle's outputs and gradients, with their budgets; the last few are kept."""
        for known, pulled, truth in self._truths:
            if known is case and pulled is cotangents:
                return truth
        truth = TRUTHS.of(self.contract, case, cotangents)
        self._truths.append((case, cotangents, truth))
        return truth

    def _ask(self, request: dict[str, Any], buffers: list[bytes], case: Case) -> tuple[Any, list[bytearray]]:
        assert self._process is not None, "a call outside a law"
        self.calls += 1
        max_bytes = MIN_REPLY + REPLY_FACTOR * sum(len(b) for b in buffers)
        try:
            reply, received = self._process.ask(request, buffers, deadline=self._clock, max_bytes=max_bytes)
        except Ended as error:
            error.counterexample = self.counterexample(case)
            raise
        self.subject.asked_for_gpu |= bool(reply.get("asked_for_gpu"))
        if odd := [word for word in SAID if word in reply and not isinstance(reply[word], str)]:
            raise Died(f"the subject's process sent what is no reply ({odd[0]} is no text)", self.counterexample(case))
        if (said := reply.get("raised", None if self.contract.may_decline else reply.get("declined"))) is not None:
            raise Raised(self.subject.explained(said), self.counterexample(case))
        if "interface" in reply:
            raise Broken(words(reply["interface"], MAX_MESSAGE), self.counterexample(case))
        if "declined" in reply:
            reason = words(reply["declined"], MAX_REASON).removeprefix("NotImplementedError: ")
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

    def counterexample(self, case: Case, expected: Any = None, actual: Any = None, **about: Any) -> Counterexample:
        """The case as something to show."""
        return counterexample(self.contract, case, expected, actual, **about)

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


def _distance(a: Array, b: Array) -> float:
    difference = np.abs(a - b)
    return float(np.where(np.isfinite(difference), difference, np.inf).max())

"""What a law is made of: its name, the items that owe it, and the ways to say that it is broken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.item import Item
from harness.outcome import Broken
from harness.received import Answer
from spec.contracts.contract import Case, Contract
from spec.error import Expected, Miss, exactly, miss

Test = TypeVar("Test", bound=Callable[..., None])
SIDES = "expected", "found"
BEFORE_AND_AFTER = "before", "after"


@dataclass(frozen=True)
class Law:
    """One property that contracts demand.

    Edges:   name and sentence may hold fields in braces, filled from the test's parameters.
    """

    name: str
    sentence: str
    contracts: tuple[Contract, ...]

    def filled(self, parameters: dict[str, Any]) -> Law:
        return Law(self.name.format(**parameters), self.sentence.format(**parameters), self.contracts)


def law(name: str, *contracts: Contract) -> Callable[[Test], Test]:
    """Make a test a law that the contracts' items owe; its docstring is the law's sentence."""

    def mark(test: Test) -> Test:
        sentence = " ".join((test.__doc__ or "").split())
        if not sentence.endswith("."):
            raise ValueError(f"{test.__name__}: a law's docstring is one sentence, got {sentence!r}")
        test.law = Law(name, sentence, contracts)  # type: ignore[attr-defined]
        return test

    return mark


def agree(item: Item, answer: Answer, truth: dict[str, Expected], *names: str, sides: tuple[str, str] = SIDES) -> None:
    """Demand that outputs or gradients lie within the oracle's budget, or another one of the subject's own results.

    Edges:   a gradient of an optional parameter that the item does not have is not looked at; of weights of which the
             item gives the last layer alone, the last layer is. `sides` says what truth and answer are, where the truth is
             something that the subject has said.
    Raises:  Broken with the worst entry.
    """
    for name in names:
        if name.removeprefix("grad ") in item.contract.optional and name not in answer.gradients:
            continue
        _demand(item, answer, name, _given(truth[name], answer[name]), sides)


def unmoved(item: Item, before: Answer, after: Answer, name: str, cause: str, part: Any = ...) -> None:
    """Demand that `cause` left (a part of) an output where it was: each call has its own rounding, and nothing else.

    Shapes:  `part` picks the same from both outputs; what is left of one of other sizes is compared as it is.
    Raises:  Broken with the worst entry.
    """
    was, now = before[name][part], after[name][part]
    truths = [_given(item.truth(a.case, a.cotangents)[name], a[name]) for a in (before, after)]
    budgets = [np.broadcast_to(t.budget, before[name].shape)[part] for t in truths]
    wanted = Expected(was, budgets[0] + budgets[1])
    if found := miss(now, wanted):
        label = name.replace("grad ", "the gradient of ") + _index(found.at)
        moved = abs(found.actual - found.expected)
        words = f"{cause} moved {label} by {moved:.2g}; it must not move."
        if not math.isfinite(moved):
            words = f"{cause}: {_no_number(label, found, BEFORE_AND_AFTER)}"
        seen = item.counterexample(
            after.case, before[name], after[name], of=name, sides=BEFORE_AND_AFTER,
            weights=_weights(item, after, name), looked_at=_within(before[name].shape, part),
            **_marked(before[name].shape, part, found.at, _outside(now, wanted)),
        )  # fmt: skip
        raise Broken(f"{item.contract.describe(after.case)}: {words}", seen)


def zero(item: Item, answer: Answer, name: str, part: Any, truth: Expected | None, what: str) -> None:
    """Demand that a part of an output or gradient is zero: up to the budget of its row, or exactly if there is no truth.

    Edges:   `what` is the message, with fields for the worst entry's index and value.
    Raises:  Broken with the worst entry.
    """
    looked_at = np.zeros_like(answer[name])
    looked_at[part] = answer[name][part]
    nothing = np.zeros_like(looked_at)
    wanted = Expected(nothing, truth.budget) if truth else exactly(nothing)
    if found := miss(looked_at, wanted):
        words = what.format(_index(found.at), found.actual)
        message = f"{item.contract.describe(answer.case)}: {words}"
        truths = item.truth(answer.case, answer.cotangents)[name].value
        seen = item.counterexample(
            answer.case, truths, answer[name], of=name, weights=_weights(item, answer, name),
            looked_at=_within(looked_at.shape, part),
            **_marked(looked_at.shape, ..., found.at, _outside(looked_at, wanted)),
        )  # fmt: skip
        raise Broken(message, seen)


def identical(item: Item, case: Case, actual: NDArray[Any], expected: NDArray[Any], what: str) -> None:
    """Demand that two arrays are the same bit by bit, NaN equal to NaN.

    Raises:  Broken.
    """
    if actual.shape != expected.shape or not np.array_equal(actual, expected, equal_nan=True):
        raise Broken(f"{item.contract.describe(case)}: {what}.", item.counterexample(case, expected, actual))


def demand(condition: bool, item: Item, case: Case, what: str, answer: Answer | None = None) -> None:
    """Demand a condition.

    Edges:   what came of the case, if it is given, is kept to be shown.
    Raises:  Broken with `what` as its message.
    """
    if not condition:
        outputs = answer.outputs if answer else {}
        raise Broken(f"{item.contract.describe(case)}: {what}.", item.counterexample(case, outputs=outputs))


def promised_determinism(item: Item) -> None:
    """Demand that the item promises to give the same bits again, as it does unless it says otherwise.

    Raises:  Declined.
    """
    if not item.deterministic:
        item.decline("it says deterministic = False")


def _given(truth: Expected, answer: NDArray[Any]) -> Expected:
    """The truth of what is given: of all layers, or of the last."""
    if not answer.ndim or len(truth.value) == len(answer):
        return truth
    return Expected(truth.value[-len(answer) :], truth.budget[-len(answer) :])


def _demand(item: Item, answer: Answer, name: str, wanted: Expected, sides: tuple[str, str]) -> None:
    actual = answer[name]
    if found := miss(actual, wanted):
        label = f"the gradient of {name.removeprefix('grad ')}" if name.startswith("grad ") else name
        label += _index(found.at)
        is_told = math.isfinite(found.expected) and (math.isfinite(found.actual) or sides == SIDES)
        values = "{}, expected {}".format(*told_apart(found.actual, found.expected))
        words = f"{label} is {values}." if is_told else _no_number(label, found, sides)
        about = {"of": name, "at": found.at, "differs": _outside(actual, wanted), "outputs": answer.outputs}
        about |= {"weights": _weights(item, answer, name), "sides": sides}
        message = f"{item.contract.describe(answer.case)}: {words}"
        raise Broken(message, item.counterexample(answer.case, wanted.value, actual, **about))


def _no_number(label: str, found: Miss, sides: tuple[str, str]) -> str:
    """That one of two results is no finite number, or both are none, which is then what is wrong."""
    bad = [
        (f"{value:g}", side)
        for value, side in zip((found.expected, found.actual), sides, strict=True)
        if not math.isfinite(value)
    ]
    if len({value for value, _ in bad}) == 1:
        bad = [(bad[0][0], " and ".join(side for _, side in bad))]
    return f"{label} is {' and '.join(f'{value} {side}' for value, side in bad)}; it must be a finite number."


def _within(shape: tuple[int, ...], part: Any) -> NDArray[np.bool_]:
    """Which entries a part of an array has."""
    looked_at = np.zeros(shape, dtype=bool)
    looked_at[part] = True
    return looked_at


def _weights(item: Item, answer: Answer, name: str) -> Any:
    """Expected and found weights, and where they differ, beside an output or gradient of attention that is wrong."""
    found = answer.outputs.get("weights")
    if name == "weights" or found is None or "weights" in answer.spoilt:
        return None
    truth = _given(item.truth(answer.case, answer.cotangents)["weights"], found)
    return (truth.value, found, _outside(found, truth)) if truth.value.shape == found.shape else None


def _outside(actual: NDArray[Any], wanted: Expected) -> NDArray[np.bool_]:
    """Where an array does not lie within a budget."""
    finite = np.isfinite(actual)
    return np.asarray(~(np.abs(np.where(finite, actual, 0.0) - wanted.value) <= wanted.budget) | ~finite)


def _marked(shape: tuple[int, ...], part: Any, at: tuple[int, ...], outside: NDArray[np.bool_]) -> dict[str, Any]:
    """Places in a part of an array, as places in the whole of it."""
    places = np.arange(int(np.prod(shape))).reshape(shape)[part]
    differs = np.zeros(shape, dtype=bool)
    differs[part] = outside
    return {"at": tuple(int(i) for i in np.unravel_index(int(places[at]), shape)), "differs": differs}


def told_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with so many digits, six at least, that they do not read the same."""
    digits = next((n for n in range(6, 17) if f"{a:.{n}g}" != f"{b:.{n}g}"), 17)
    return f"{a:.{digits}g}", f"{b:.{digits}g}"


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""

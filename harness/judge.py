"""Puts one item under one law: draws, shrinks within a budget of calls, and says what came of it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import Flaky

from harness import draws
from harness.drawn import DRAWN, Record
from harness.item import Item
from harness.outcome import Broken, Counterexample, Declined, Ended, Outcome, Raised

draws.hold_still()

SHRINK_CALLS = 60
ONCE = "broken once, and not again on the same inputs."
HYPOTHESIS_KEEPS = ("_hypothesis_internal_use_seed", "_hypothesis_internal_use_settings")


@dataclass(frozen=True)
class Drawing:
    """How many cases a law draws, and from which seed.

    Edges:   seed None derandomises: the same cases in every run of the same law.
    """

    examples: int
    seed: int | None

    def over(self, costs: int) -> Drawing:
        """As many fewer cases, one at least."""
        return replace(self, examples=max(1, self.examples // costs))

    def profile(self) -> settings:
        """The Hypothesis settings: no clock inside, because limits are the harness's; no database, so that a run depends
        on its seed alone; and one bug a law, the smallest."""
        return settings(
            max_examples=self.examples,
            derandomize=self.seed is None,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),  # a slow subject is judged by the clock, not by Hypothesis
        )


def judge(test: Callable[..., None], item: Item, drawing: Drawing, arguments: dict[str, Any]) -> Outcome:
    """What comes of one law for one item; `test` is the law's function, `arguments` its other parameters.

    Edges:   a timeout or a dead process ends the law at once and is never shrunk; a failure that does not come again on
             the same inputs is "flaky"; a law is "not-run" as soon as one of its cases is declined, unless another breaks.
    """
    try:
        item.begin()
        seen = _put(test, item, drawing.over(item.contract.costs), arguments)
    except Ended as error:
        return Outcome(error.status, _with_sizes(error), error.counterexample)
    except Broken as error:
        return Outcome("broken", error.message, error.counterexample)
    except Raised as error:
        return Outcome("error", _with_sizes(error), error.counterexample)
    except Flaky as error:
        return _flaky(error)
    finally:
        item.finish()
    if seen:
        return Outcome("flaky", f"{ONCE} It was: {seen.message}", seen.counterexample)
    return _declined(item) if item.declined else Outcome("pass")


def _put(test: Callable[..., None], item: Item, drawing: Drawing, arguments: dict[str, Any]) -> Broken | Raised | None:
    """Put the law to the item, on cases that are known from another subject or else drawn.

    Edges:   where a case that is known breaks, all is judged anew as if there were none, so that what comes of it, and is
             shrunk, does not depend on who was judged before. What broke then and not again is returned.
    """
    key = (test.__module__, test.__qualname__, repr(arguments), item.contract.item, item.dtypes, drawing)
    cases = DRAWN.of(key)
    broken = None
    if cases is not None:
        try:
            _each(test, cases, item, arguments)
        except Exception as error:  # noqa: BLE001 - drawing anew finds out what it is
            broken = error if isinstance(error, Broken | Raised) else None
        else:
            return None
        item.begin_again()
    record = Record(frozenset({"item", *arguments}))
    with _drawn(test, drawing, record) as ready, contextlib.suppress(Declined):
        ready(item=item, **arguments)
    if record.cases:
        DRAWN.keep(key, record)
    return broken


def _each(test: Any, cases: Iterable[dict[str, Any]], item: Item, arguments: dict[str, Any]) -> None:
    for case in cases:
        with contextlib.suppress(Declined):
            test.hypothesis.inner_test(item=item, **arguments, **case)


@contextlib.contextmanager
def _drawn(test: Callable[..., None], drawing: Drawing, record: Record) -> Iterator[Callable[..., None]]:
    """The test with this drawing in force; a law that draws nothing is itself."""
    if not hypothesis.is_hypothesis_test(test):
        yield test
        return
    handle: Any = test
    original = handle.hypothesis.inner_test
    kept = {name: getattr(test, name) for name in HYPOTHESIS_KEEPS}
    handle.hypothesis.inner_test = _budgeted(record.watched(original))
    handle._hypothesis_internal_use_settings = drawing.profile()
    if drawing.seed is not None:
        hypothesis.seed(drawing.seed)(test)
    try:
        yield test
    finally:
        handle.hypothesis.inner_test = original
        for name, value in kept.items():  # or the next run would draw from this one's seed
            setattr(test, name, value)


def _budgeted(body: Callable[..., None]) -> Callable[..., None]:
    """A law's body that, once it has failed, tries only so many further inputs; the smallest failure seen stands.

    Edges:   an input that failed before is always tried again, so that Hypothesis can tell a flaky failure.
    """
    failed: set[str] = set()
    tried = 0

    @functools.wraps(body)
    def budgeted(*args: Any, **drawn: Any) -> None:
        nonlocal tried
        key = repr({name: value for name, value in drawn.items() if name != "item"})
        if failed:
            tried += 1
            if tried > SHRINK_CALLS and key not in failed:
                hypothesis.reject()
        try:
            with contextlib.suppress(Declined):
                body(*args, **drawn)
        except (Broken, Raised):
            failed.add(key)
            raise

    return budgeted


def _declined(item: Item) -> Outcome:
    """A law of which something was declined, with the first reason that was given."""
    sizes, reason = item.declined[0]
    first = f", first {sizes}" if sizes else ""
    right = f"; right in {item.answered} other calls" if item.answered else ""
    return Outcome("not-run", f"{reason}; declined {len(item.declined)} times{first}{right}", reason=reason)


def _with_sizes(error: Raised | Ended) -> str:
    sizes = error.counterexample.sizes if error.counterexample else ""
    return f"{sizes}: {error.message}" if sizes else error.message


def _flaky(error: Flaky) -> Outcome:
    """A flaky failure, with the counterexample that was seen once."""
    seen: Counterexample | None = None
    what = ""
    for cause in [*getattr(error, "exceptions", ()), error.__cause__, error.__context__]:
        if isinstance(cause, Broken | Raised):
            seen, what = cause.counterexample, f" It was: {cause.message}"
            break
    return Outcome("flaky", f"{ONCE}{what}", seen)

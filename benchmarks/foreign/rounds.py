"""A case under the clock: in every pass each kernel has one round, on inputs of its own, in an order drawn anew, and then all
results are held to what is right."""

from __future__ import annotations

import math
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor

from benchmarks.cases import ITEM_BYTES, BenchCase
from benchmarks.check import Wrong
from benchmarks.foreign import deal, doubts
from benchmarks.foreign.contestant import Contestant, Turn
from benchmarks.foreign.deal import Deal, Dealer, chain
from benchmarks.foreign.doubts import Doubted
from benchmarks.foreign.right import Results, demand_right, exact
from harness.outcome import Declined, Ended, Raised

MOST_CALLS, MOST_BYTES, MOST_WEIGHTS = 64, 64 << 20, 1 << 21
"""Of one round: in number, in what lies in a file, and in weights of attention, all of which are checked."""
MOST_OFF = (
    0.9  # of a kernel's shortest round, that may be taken off as not its own: what is noise makes it slower, not faster
)
Failure = Wrong | Doubted | Declined | Raised | Ended


@dataclass(frozen=True)
class Effort:
    """How long to measure: passes until `share_s` is spent on the case, but `least` of them, and at most `most`.

    Units:   a round lasts `round_s`, or one call.
    Edges:   kernels do not know which passes count; the first `warm` do not.
    """

    share_s: float = 10.0
    round_s: float = 5e-3
    warm: int = 2
    least: int = 7
    most: int = 40


@dataclass
class Timed:
    """What a kernel's rounds took.

    Units:   seconds a call, of the rounds that count; `around_s`, what a round of the empty kernel takes at least, is
             already taken off, of `cpu_s` as well; `least_s` is the least that is believed.
    """

    times_s: list[float]
    cpu_s: float
    around_s: float
    calls: int
    error_in_budget: float
    least_s: float | None


Outcome = Timed | Failure


@dataclass
class _Record:
    turns: list[Turn] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    failure: Failure | None = None


def timed(
    case: BenchCase,
    kernels: Sequence[Contestant],
    empty: Contestant,
    *,
    effort: Effort,
    by_signs: bool,
    least_s: float | None,
) -> dict[str, Outcome]:
    """What came of each kernel.

    Edges:   what one kernel does costs its own row alone. Foreign kernels have inputs of their own, the others share theirs,
             so that nobody finds results elsewhere.
    """
    race = _Race(case, [empty, *kernels], by_signs=by_signs)
    with _prompt():
        race.arrange(1)
        for _ in range(2):  # the first call finds nothing ready
            race.run(1)
        calls = race.calls(effort)
        race.forget()
        race.arrange(calls)
        end = time.monotonic() + effort.share_s
        for done in range(effort.warm + effort.most):
            if done >= effort.warm + effort.least and time.monotonic() > end:
                break
            race.run(calls)
    if failure := race.records[empty.name].failure:
        raise RuntimeError(f"the empty kernel cannot be timed: {failure}")
    around = _around(race, empty, kernels, effort)
    return {one.name: _outcome(race.records[one.name], around, case, calls, effort, least_s) for one in kernels}


class _Race:
    """Kernels on one case, and what came of them so far."""

    def __init__(self, case: BenchCase, all_: Sequence[Contestant], *, by_signs: bool) -> None:
        self._case, self._all = case, list(all_)
        self._pairs = deal.pairs(case) if by_signs else None
        self._deal: Dealer = deal.by_signs(self._pairs, deal.mask_of(case)) if self._pairs else deal.whole
        self.records = {one.name: _Record() for one in all_}
        self._dice = random.Random()

    def arrange(self, calls: int) -> None:
        for one in self._left():
            with self._recorded(one):
                one.arrange(self._case, calls, self._pairs)

    def run(self, calls: int) -> None:
        """One pass."""
        shared = self._deal(self._case, calls)
        came: list[tuple[Contestant, Deal, list[dict[str, Tensor]]]] = []
        for one in self._dice.sample(self._left(), len(self._left())):
            given = self._deal(self._case, calls) if one.is_foreign else shared
            with self._recorded(one) as record:
                turn, results = one.round(given)
                record.turns.append(turn)
                came.append((one, given, results))
        first: dict[
            int, Results
        ] = {}  # what is right of a deal's first call, the only one that does not hang on a result
        for one, given, results in came:
            if one.is_empty:
                continue
            with self._recorded(one) as record:
                for call, inputs in enumerate(chain(given.inputs, results)):
                    right = first[id(given)] if call == 0 and id(given) in first else exact(self._case, inputs)
                    if call == 0:
                        first[id(given)] = right
                    record.errors.append(demand_right(self._case, results[call], right))

    def forget(self) -> None:
        """Forget the turns so far."""
        for record in self.records.values():
            record.turns.clear()

    def calls(self, effort: Effort) -> int:
        """How many calls make a round, by the fastest kernel."""
        case = self._case
        inputs, results = deal.names(case)
        array = case.batch * case.n_heads * case.seq_len * case.d_head * ITEM_BYTES[case.dtype]
        most = min(
            MOST_CALLS,
            MOST_BYTES // (array * (len(inputs) + len(results))),
            MOST_WEIGHTS // (case.batch * case.n_heads * case.seq_len**2),
        )
        taken = [one.turns[-1].wall_s for one in self.records.values() if one.turns]
        return max(1, min(most, math.ceil(effort.round_s / min(taken[1:], default=effort.round_s))))

    def _left(self) -> list[Contestant]:
        return [one for one in self._all if self.records[one.name].failure is None]

    @contextmanager
    def _recorded(self, one: Contestant) -> Iterator[_Record]:
        record = self.records[one.name]
        try:
            yield record
        except (Wrong, Doubted, Declined, Raised, Ended) as error:
            record.failure = error
            one.end()  # at once, so that nothing it has started is laid to somebody else


@dataclass(frozen=True)
class _Around:
    """What a round takes beside its calls, by those that are trusted: at the least, and of the processor.

    Units:   seconds a round.
    """

    wall_s: float
    cpu_s: float


def _around(race: _Race, empty: Contestant, kernels: Sequence[Contestant], effort: Effort) -> _Around:
    """The least way to a process and back, whoever went it, and the least that the empty kernel did there."""
    nothing = race.records[empty.name].turns[effort.warm :]
    trusted = [turn for one in (empty, *kernels) if not one.is_foreign for turn in race.records[one.name].turns]
    way_s = min(turn.wall_s - turn.own_s for turn in trusted)
    return _Around(way_s + min(turn.own_s for turn in nothing), min(turn.cpu_s for turn in nothing))


def _outcome(
    record: _Record, around: _Around, case: BenchCase, calls: int, effort: Effort, least_s: float | None
) -> Outcome:
    """A kernel's times, or why it has none."""
    if record.failure:
        return record.failure
    turns = record.turns[effort.warm :]
    off_s = min(around.wall_s, MOST_OFF * min(turn.wall_s for turn in turns))
    times_s = [(turn.wall_s - off_s) / calls for turn in turns]
    middle = Turn(*(statistics.median(values) for values in zip(*turns, strict=True)))
    cpu_s = max(0.0, middle.cpu_s - around.cpu_s)
    try:
        doubts.demand_one_clock(middle.wall_s, middle.own_s, cpu_s)
        doubts.demand_more_than_nothing(middle.wall_s, around.wall_s)
        doubts.demand_possible(statistics.median(times_s), middle.cpu_s / calls, least_s, case.device)
    except Doubted as error:
        return error
    return Timed(times_s, cpu_s / calls, off_s / calls, calls, max(record.errors), least_s)


@contextmanager
def _prompt() -> Iterator[None]:
    """Have the thread that holds the clock wait for no other of this process."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        yield
    finally:
        sys.setswitchinterval(before)

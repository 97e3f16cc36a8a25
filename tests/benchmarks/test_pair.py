"""Two processes that are timed in turn, and have a time only where they come to the same."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks import pair
from benchmarks.pair import OURS, THEIRS, Pair, Timed

SLEPT_S = {OURS: 0.02, THEIRS: 0.06}


@dataclass(frozen=True)
class SleepingCase:
    """Ways that sleep, and come to what they are told to."""

    result: int | None = 0
    rounds: int = 3
    parts: int = 2
    ways: tuple[str, ...] = (OURS, THEIRS)
    id: str = "cpu/sleep"
    device: str = "cpu"
    what: str = "step"

    def ready(self, kind: str) -> tuple[pair.Round, Any]:
        if self.result is None:
            raise ValueError("not on Tuesdays")
        return lambda: time.sleep(SLEPT_S[kind]), self.result if kind == OURS else 0

    def demand_agreement(self, ours: Any, theirs: Any) -> None:
        if ours != theirs:
            raise RuntimeError(f"{ours} and {theirs}")


@pytest.fixture(scope="module")
def asked() -> Iterator[Pair]:
    with pair.both() as processes:
        yield processes
    assert [one.exitcode for one in processes._processes] == [0, 0]


def test_every_way_has_a_time_a_round_and_a_part(asked: Pair) -> None:
    found = asked.times(SleepingCase())
    assert {kind: len(timed.times_s) for kind, timed in found.items()} == {OURS: 3, THEIRS: 3}
    for kind, timed in found.items():
        assert min(timed.times_s) >= SLEPT_S[kind] / 2
        assert timed.kernels_s is None
    assert asked.times(SleepingCase(ways=(OURS,), result=1)).keys() == {OURS}


def test_what_differs_or_raises_has_no_time_and_the_next_case_has(asked: Pair) -> None:
    with pytest.raises(RuntimeError, match="1 and 0"):
        asked.times(SleepingCase(result=1))
    with pytest.raises(RuntimeError, match="specimen: ValueError: not on Tuesdays"):
        asked.times(SleepingCase(result=None))
    assert asked.times(SleepingCase(rounds=1)).keys() == {OURS, THEIRS}


def test_a_row_says_how_many_times_as_fast_as_the_notebooks_way_it_is() -> None:
    timed = {OURS: Timed([1.0, 2.0, 9.0], 4.0), THEIRS: Timed([5.0, 6.0, 7.0], None)}
    assert pair.about(timed, OURS) == {"ratio_to_notebook": 3.0, "kernels_s": 4.0, "ratio_to_kernels": 0.5}
    assert pair.about(timed, THEIRS) == {"ratio_to_notebook": 1.0}
    assert pair.about({OURS: Timed([2.0], None)}, OURS) == {}

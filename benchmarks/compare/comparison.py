"""Reports held against one another, row by row: what is compared with what, and what is too slow.

Within a report, kernels are held against a baseline kernel. A report is held against the first one: on the same machine
by time, on another by its ratio to the baseline, because seconds of two machines say nothing about the code.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.compare import machine, ratios
from benchmarks.compare.fields import Unusable, printable
from benchmarks.compare.ratios import Ratio
from benchmarks.compare.read import Report, Row

BASELINES = ("sdpa", "naive")  # the first that a report has is the default
SORTS = ("case", "ratio", "time", "fraction")
Key = tuple[str, str | None]


@dataclass(frozen=True, eq=False)
class Reading:
    """One row of one report, and what it is compared with; None where that is not there or has a fault."""

    row: Row
    to_baseline: Ratio | None
    to_first: Ratio | None  # of times on the first report's machine, of ratios to the baseline on another


@dataclass(frozen=True, eq=False)
class Entry:
    """One case with one kernel: a reading for each report, None where it has no such row."""

    case: str
    kernel: str | None
    readings: tuple[Reading | None, ...]

    @property
    def there(self) -> tuple[int, ...]:
        """Which reports have it."""
        return tuple(i for i, reading in enumerate(self.readings) if reading)


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that is shown, on a terminal or on a page."""

    reports: tuple[Report, ...]
    baseline: str | None
    baseline_chosen: bool
    sort: str
    threshold: float | None
    entries: tuple[Entry, ...]
    unrelated: tuple[Entry, ...]  # of several machines, and with nothing but seconds to say

    @property
    def same_machine(self) -> tuple[bool, ...]:
        """Of each report, whether its seconds can be held against those of the first."""
        return tuple(machine.same(self.reports[0].machine, report.machine) for report in self.reports)

    @property
    def across(self) -> bool:
        """Whether there is more than one machine."""
        return not all(self.same_machine)

    @property
    def judged(self) -> list[tuple[Entry, int, Ratio]]:
        """What a threshold applies to: entry, report, and the ratio to the first report."""
        return [
            (entry, i, reading.to_first)
            for entry in self.entries
            for i, reading in enumerate(entry.readings)
            if reading and reading.to_first
        ]

    @property
    def slower(self) -> list[tuple[Entry, int, Ratio]]:
        """What is past the threshold with its whole interval."""
        limit = math.inf if self.threshold is None else self.threshold
        return [one for one in self.judged if one[2].low is not None and one[2].low > limit]

    @property
    def doubtful(self) -> list[tuple[Entry, int, Ratio]]:
        """What is past the threshold by its medians, while the interval does not exclude it or is not known."""
        limit = math.inf if self.threshold is None else self.threshold
        slower = {(id(entry), i) for entry, i, _ in self.slower}
        return [one for one in self.judged if one[2].value > limit and (id(one[0]), one[1]) not in slower]


def compare(
    reports: Sequence[Report],
    *,
    baseline: str | None = None,
    kernels: Sequence[str] = (),
    cases: Sequence[str] = (),
    sort: str = "case",
    threshold: float | None = None,
) -> Comparison:
    """Hold reports against one another.

    Edges:   filters leave out entries, never the baseline that the others are held against. A row with a fault has no
             ratio and gives none.
    Raises:  Unusable if no report has such a baseline, no row such a kernel and case, or there is nothing to hold to a
             threshold.
    """
    chosen = _baseline(reports, baseline)
    keys = [
        key for key in dict.fromkeys(key for report in reports for key in report.rows) if _wanted(key, kernels, cases)
    ]
    if not keys:
        raise Unusable("no row has a kernel and a case as asked for by --kernel and --case.")
    medians = _Medians(reports, chosen)
    entries = [Entry(case, kernel, medians.readings(case, kernel)) for case, kernel in keys]
    related = [entry for entry in entries if medians.all_same or _is_related(entry, chosen)]
    found = Comparison(
        tuple(reports),
        chosen,
        baseline is not None,
        sort,
        threshold,
        tuple(sorted(related, key=_order(sort, chosen, len(reports)))),
        tuple(entry for entry in entries if entry not in related),
    )
    if threshold is not None and not found.judged:
        raise Unusable("--fail-if-slower has nothing to judge: no sound row has its like in the first report.")
    return found


class _Medians:
    """The medians of all rows, and those of their samples drawn again, made once where they are needed."""

    def __init__(self, reports: Sequence[Report], baseline: str | None) -> None:
        self.reports = reports
        self.baseline = baseline
        self.same = [machine.same(reports[0].machine, report.machine) for report in reports]
        self.all_same = all(self.same)
        self._resampled: dict[tuple[int, Key], NDArray[np.float64] | None] = {}

    def readings(self, case: str, kernel: str | None) -> tuple[Reading | None, ...]:
        """What each report says of a case with a kernel."""
        rows = [report.rows.get((case, kernel)) for report in self.reports]
        return tuple(
            Reading(row, self._to_baseline(i, case, kernel), self._to_first(i, case, kernel)) if row else None
            for i, row in enumerate(rows)
        )

    def _to_baseline(self, i: int, case: str, kernel: str | None) -> Ratio | None:
        if self.baseline is None or kernel in (None, self.baseline):
            return None
        return self._quotient(((i, (case, kernel)),), ((i, (case, self.baseline)),))

    def _to_first(self, i: int, case: str, kernel: str | None) -> Ratio | None:
        if i == 0:
            return None
        if self.same[i]:
            return self._quotient(((i, (case, kernel)),), ((0, (case, kernel)),))
        if self.baseline is None or kernel in (None, self.baseline):
            return None
        over = (case, self.baseline)
        return self._quotient(((i, (case, kernel)), (0, over)), ((i, over), (0, (case, kernel))))

    def _quotient(self, above: tuple[tuple[int, Key], ...], below: tuple[tuple[int, Key], ...]) -> Ratio | None:
        """The product of some medians over that of others, with an interval if all of them have enough times."""
        rows = {at: self.reports[at[0]].rows.get(at[1]) for at in above + below}
        value, resampled = 1.0, np.ones(ratios.RESAMPLES)
        known = True
        for at, row in rows.items():
            if row is None or row.fault:
                return None
            again = self._again(at, row)
            known &= again is not None
            value = value * row.median_s if at in above else value / row.median_s
            if again is not None:
                resampled = resampled * again if at in above else resampled / again
        return ratios.ratio(value, resampled if known else None)

    def _again(self, at: tuple[int, Key], row: Row) -> NDArray[np.float64] | None:
        if at not in self._resampled:
            enough = row.times_s is not None and row.rounds >= ratios.MIN_ROUNDS
            rng = ratios.generator(at[0], *at[1])
            self._resampled[at] = (
                ratios.resampled_medians(row.times_s, rng) if enough and row.times_s is not None else None
            )
        return self._resampled[at]


def _baseline(reports: Sequence[Report], asked: str | None) -> str | None:
    kernels = dict.fromkeys(kernel for report in reports for _, kernel in report.rows if kernel is not None)
    if asked is None:
        return next((name for name in BASELINES if name in kernels), None)
    if asked not in kernels:
        there = f"there are {', '.join(kernels)}" if kernels else "no row has one"
        raise Unusable(f"no report has a kernel {printable(asked)!r}; {there}.")
    return asked


def _wanted(key: Key, kernels: Sequence[str], cases: Sequence[str]) -> bool:
    case, kernel = key
    return _matches(kernel or "", kernels) and _matches(case, cases)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name holds one of the patterns, or is one of them written with * and ?; no pattern asks for nothing."""
    name = name.casefold()
    wanted = [pattern.casefold() for pattern in patterns]
    return not wanted or any(pattern in name or fnmatch.fnmatchcase(name, pattern) for pattern in wanted)


def _is_related(entry: Entry, baseline: str | None) -> bool:
    """Whether anything but seconds is known of it, which alone say nothing across machines."""
    return (entry.kernel is not None and entry.kernel == baseline) or any(
        reading.to_baseline or reading.to_first or reading.row.fraction for reading in entry.readings if reading
    )


def _order(sort: str, baseline: str | None, n_reports: int) -> Callable[[Entry], Any]:
    """What to sort by: cases as people count them, the baseline first; else the worst first, what is not known last."""

    def by_case(entry: Entry) -> tuple[object, ...]:
        parts = re.split(r"(\d{1,15})", entry.case)  # words and numbers in turn
        numbered = [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]
        return (numbered, entry.kernel != baseline, entry.kernel or "")

    def worst(entry: Entry) -> float:
        readings = [reading for reading in entry.readings if reading]
        if sort == "time":
            return max(reading.row.median_s for reading in readings)
        if sort == "fraction":
            return max((-reading.row.fraction for reading in readings if reading.row.fraction), default=-math.inf)
        wanted = [reading.to_first if n_reports > 1 else reading.to_baseline for reading in readings]
        return max((ratio.value for ratio in wanted if ratio), default=-math.inf)

    return by_case if sort == "case" else lambda entry: (-worst(entry), *by_case(entry))

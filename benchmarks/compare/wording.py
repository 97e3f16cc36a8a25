"""How numbers are written, and the sentences that a terminal and a page share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.compare import machine, ratios
from benchmarks.compare.comparison import BASELINES, Comparison, Entry
from benchmarks.compare.ratios import Ratio
from benchmarks.compare.read import Report, Row

UNKNOWN = "\N{EN DASH}"
SHOWN_CHARACTERS = 160
SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def letter(index: int) -> str:
    """The name of a report: A, B, ..., Z, A1, B1, ..."""
    return chr(ord("A") + index % 26) + (str(index // 26) if index >= 26 else "")


def short(text: str) -> str:
    """A foreign text, cut where it is too long to be read."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def seconds(time_s: float) -> str:
    """A time with its unit, to three digits."""
    rounded = float(f"{time_s:.3g}")
    scale, unit = next((one for one in SECONDS if rounded >= one[0]), SECONDS[-1])
    return f"{_three(rounded / scale)} {unit}"


def amount(value: float, unit: str) -> str:
    """An amount with a prefix to its unit, to three digits."""
    rounded = float(f"{value:.3g}")
    scale, prefix = next((one for one in PREFIXES if rounded >= one[0]), PREFIXES[-1])
    return f"{_three(rounded / scale)} {prefix}{unit}"


def spread(row: Row) -> str:
    """The interquartile range, which is a width, in the unit of a time."""
    width = row.q3_s - row.q1_s
    return seconds(width) if width > 0 else "0 s"


def percent(fraction: float | None) -> str:
    """A fraction of what a probe reached."""
    return UNKNOWN if fraction is None else f"{_two(100 * fraction)} %"


def plain(value: float, digits: int = 2) -> str:
    """A ratio to two decimals, or to two digits where it is small."""
    return f"{value:.2g}" if value < 0.1 else f"{value:.{digits}f}" if value < 100 else f"{value:.0f}"


def interval(ratio: Ratio, digits: int = 2) -> str:
    """The two ends of an interval; empty where there is none."""
    if ratio.low is None or ratio.high is None:
        return ""
    return f"{plain(ratio.low, digits)}\N{EN DASH}{plain(ratio.high, digits)}"


def probes(report: Report) -> str:
    """What a machine's probes reached."""
    found = [f"{dtype} product {amount(v, 'FLOP/s')}" for dtype, v in report.machine.product_flops_per_s.items()]
    if report.machine.copy_bytes_per_s:
        found.append(f"copy {amount(report.machine.copy_bytes_per_s, 'B/s')}")
    return ", ".join(found) or "no probes"


def name(entry: Entry) -> str:
    """A case and its kernel, in one line."""
    return short(entry.case) + (f" · {short(entry.kernel)}" if entry.kernel else "")


def notes(comparison: Comparison) -> list[str]:
    """What has to be known to read the ratios, a sentence each."""
    found = [_baseline_note(comparison)]
    for i, is_same in enumerate(comparison.same_machine):
        if not is_same:
            found.append(_machine_note(comparison, i))
    rows = [reading.row for entry in comparison.entries for reading in entry.readings if reading]
    if summaries := sum(row.times_s is None for row in rows):
        found.append(
            f"Without the times of their rounds, and so without an interval, never past a threshold: {_rows(summaries)}."
        )
    if few := sum(row.times_s is not None and row.rounds < ratios.MIN_ROUNDS for row in rows):
        found.append(
            f"Of fewer than {ratios.MIN_ROUNDS} rounds, and so without an interval, never past a threshold: {_rows(few)}."
        )
    if faults := sum(row.fault is not None for row in rows):
        found.append(f"With a fault, marked !, and so without a ratio: {_rows(faults)}.")
    if any(row.fraction for row in rows):
        found.append(
            "product and copy: what part of the speed that the machine's own probes reached, in FLOP/s and in B/s."
        )
    if not any(r.to_baseline or r.to_first for entry in comparison.entries for r in entry.readings if r):
        found.append("There is nothing to compare: no ratio can be made of these rows.")
        return found
    found.append(
        f"Intervals are {100 * ratios.COVERAGE:.0f} % percentile intervals of the bootstrap of medians, "
        f"{ratios.RESAMPLES} resamples, seed {ratios.SEED}; they hold the noise within a run, not that between runs."
    )
    return found


def one_sided(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """What only some of the reports have: which reports, and the cases."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for entry in comparison.entries + comparison.unrelated:
        if len(entry.there) < len(comparison.reports):
            groups.setdefault(entry.there, []).append(name(entry))
    return [(f"only in {_and(map(letter, there))}", names) for there, names in sorted(groups.items())]


def differences(comparison: Comparison) -> dict[str, list[str]]:
    """The versions and the environment in which the reports differ, each with what each report says."""
    found = machine.differences([report.machine for report in comparison.reports])
    return {
        short(fact): [UNKNOWN if value is None else short(value) for value in values] for fact, values in found.items()
    }


def verdict(comparison: Comparison) -> list[str]:
    """What came of the threshold, a line each; nothing if there is none."""
    if comparison.threshold is None:
        return []
    limit = f"{comparison.threshold:g}"
    slower, doubtful, judged = comparison.slower, comparison.doubtful, comparison.judged
    lines = [f"slower than {limit} with the whole interval: {len(slower)} of {len(judged)} judged"]
    lines += [f"  {_judged_line(*one)}" for one in slower]
    if doubtful:
        lines.append(f"slower than {limit} by the medians alone, which does not count: {len(doubtful)}")
        lines += [f"  {_judged_line(*one)}" for one in doubtful]
    without = sum(ratio.low is None for _, _, ratio in judged)
    if without:
        lines.append(f"{without} of {len(judged)} judged have no interval and cannot be past {limit}.")
    return lines


def _judged_line(entry: Entry, index: int, ratio: Ratio) -> str:
    held = interval(ratio, 3)
    return f"{name(entry)}: {letter(index)} to A {plain(ratio.value, 3)} ({held or 'no interval'})"


def _baseline_note(comparison: Comparison) -> str:
    if comparison.baseline is None:
        return f"No baseline: no row has a kernel named {' or '.join(BASELINES)}; --baseline names another."
    how = "" if comparison.baseline_chosen else " (the default)"
    return f"The baseline is {short(comparison.baseline)}{how}; ratios are of median times, above 1 is slower."


def _machine_note(comparison: Comparison, index: int) -> str:
    machines = [report.machine for report in comparison.reports]
    here = letter(index)
    if machines[0].key is None or machines[index].key is None:
        said = f"Nothing says that {here} and A ran on the same machine"
    else:
        said = f"{here} ran on another machine than A"
    if comparison.baseline is None:
        return f"{said}: their seconds are not compared, and there is no baseline to relate them by."
    return f"{said}: their seconds are not compared; “to A” is the ratio of their ratios to the baseline."


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _and(names: Iterable[str]) -> str:
    listed: Sequence[str] = list(names)
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else listed[0]


def _two(value: float) -> str:
    """Two digits, and all of those before the point."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _three(value: float) -> str:
    """Three digits of a number from 1 to 1000; fewer of one that is smaller."""
    return (
        f"{value:.3g}"
        if value < 1
        else f"{value:.2f}"
        if value < 10
        else f"{value:.1f}"
        if value < 100
        else f"{value:.0f}"
    )

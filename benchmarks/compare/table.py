"""A comparison for somebody who reads it on a terminal."""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from benchmarks.compare import wording
from benchmarks.compare.comparison import Comparison, Entry, Reading
from benchmarks.compare.ratios import Ratio
from benchmarks.compare.wording import UNKNOWN, letter, short

WIDE, NARROW = 2, 1  # between columns
LONG_NAME = 16
LEAST_KERNEL = 8
Line = list[str]


def show(comparison: Comparison, console: Console) -> None:
    """Print what differs, then the ratios, then what has no like and what came of the threshold."""
    _show_reports(comparison, console)
    for note in wording.notes(comparison):
        console.print(Text(note, "dim"))
    console.print()
    _show_entries(comparison, console)
    for title, names in wording.one_sided(comparison):
        _show_list(title, names, console)
    if comparison.unrelated:
        names = [wording.name(entry) for entry in comparison.unrelated]
        _show_list("not shown, there is nothing but seconds of several machines", names, console)
    for line in wording.verdict(comparison):
        console.print(Text(line, "bold" if line[0] != " " else ""))


def _show_reports(comparison: Comparison, console: Console) -> None:
    for i, report in enumerate(comparison.reports):
        console.print(Text(f"{letter(i)}  ", "bold").append(short(report.path), "not bold"))
        facts = [short(report.machine.name), report.started, report.commit, wording.probes(report)]
        facts += [report.machine.temperature] if report.machine.temperature else []
        console.print(Padding(Text("; ".join(facts)), (0, 0, 0, 3)))
    if len(comparison.reports) == 1:
        facts = [f"{short(name)} {short(value)}" for name, value in comparison.reports[0].machine.facts.items()]
        console.print(Padding(Text("; ".join(facts), "dim"), (0, 0, 0, 3)))
        return
    differs = wording.differences(comparison)
    if not differs:
        console.print(Text("Versions and environment do not differ."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("differs", *map(letter, range(len(comparison.reports)))):
        table.add_column(heading, overflow="fold")
    for fact, values in differs.items():
        table.add_row(Text(fact), *map(Text, values))
    console.print(table)


def _show_list(title: str, names: list[str], console: Console) -> None:
    console.print(Text(f"{title}: {len(names)}", "bold"))
    for name in names:
        console.print(Padding(Text(name), (0, 0, 0, 2)))
    console.print()


def _show_entries(comparison: Comparison, console: Console) -> None:
    """The rows, those of one case under its name; columns are as wide everywhere as the widest needs to be."""
    if not comparison.entries:
        return
    headings = _headings(comparison)
    blocks = [
        (case, [(entry, _lines(comparison, entry)) for entry in entries])
        for case, entries in groupby(comparison.entries, key=lambda entry: entry.case)
    ]
    lines = [line for _, entries in blocks for _, lines in entries for line in lines]
    widths = [max(map(cell_len, column)) for column in zip(headings, *lines, strict=True)]
    gap = WIDE if sum(widths) + WIDE * len(widths) <= console.width else NARROW
    room = console.width - sum(widths[1:]) - gap * (len(widths) - 1) - WIDE
    widths[0] = max(LEAST_KERNEL, min(widths[0], room))
    console.print(Text(_joined(headings, widths, gap), "bold"), soft_wrap=True)
    for case, entries in blocks:
        console.print(Text(short(case), "underline"))
        for entry, cells in entries:
            for line in cells:
                console.print(Text(_joined(line, widths, gap)), soft_wrap=True)
            _show_faults(entry, console)
    console.print()


def _show_faults(entry: Entry, console: Console) -> None:
    for i, reading in enumerate(entry.readings):
        if reading and reading.row.fault:
            console.print(Padding(Text(f"! in {letter(i)}: {short(reading.row.fault)}", "red"), (0, 0, 0, 4)))


def _headings(comparison: Comparison) -> Line:
    baseline = comparison.baseline or ""
    baseline = baseline if len(baseline) <= LONG_NAME else "baseline"
    first = ["to A", ""] if len(comparison.reports) > 1 else []
    to_baseline = [f"to {baseline}", ""] if comparison.baseline else []
    fractions = ["product", "copy"] if _has_fractions(comparison) else []
    return ["kernel", "", "median", "IQR", *to_baseline, *first, *fractions]


def _has_fractions(comparison: Comparison) -> bool:
    return any(r.row.fraction for entry in comparison.entries for r in entry.readings if r)


def _lines(comparison: Comparison, entry: Entry) -> list[Line]:
    """A line for each report that has the row; the kernel's name stands on the first."""
    lines: list[Line] = []
    for i, reading in enumerate(entry.readings):
        if reading:
            kernel = "" if lines else short(entry.kernel or "")
            lines.append([kernel, letter(i), *_cells(comparison, entry, reading, i)])
    return lines


def _cells(comparison: Comparison, entry: Entry, reading: Reading, index: int) -> Line:
    row = reading.row
    cells = [wording.seconds(row.median_s) + ("!" if row.fault else ""), wording.spread(row)]
    if comparison.baseline:
        is_baseline = entry.kernel == comparison.baseline and not row.fault
        cells += ["1", ""] if is_baseline else _ratio(reading.to_baseline)
    if len(comparison.reports) > 1:
        cells += ["", ""] if index == 0 else _ratio(reading.to_first)
    if _has_fractions(comparison):
        cells += [wording.percent(row.fraction_of_product), wording.percent(row.fraction_of_copy)]
    return cells


def _ratio(ratio: Ratio | None) -> Line:
    return [UNKNOWN, ""] if ratio is None else [wording.plain(ratio.value), wording.interval(ratio)]


def _joined(line: Line, widths: list[int], gap: int) -> str:
    """A line of cells, the first two from the left and numbers from the right; a long name takes a line of its own."""
    padded = [
        cell + " " * (width - cell_len(cell)) if i < 2 else " " * (width - cell_len(cell)) + cell
        for i, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    below = f"\n{' ' * (WIDE + widths[0])}" if cell_len(line[0]) > widths[0] else ""
    return f"{' ' * WIDE}{padded[0]}{below}{' ' * gap}{(' ' * gap).join(padded[1:])}".rstrip()

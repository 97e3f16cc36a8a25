"""A comparison as a page: one file with everything in it, which asks no network for anything.

Foreign texts are escaped by the template; the numbers for the script stand in an element that no browser runs; and the
page's own policy lets nothing run but the scripts whose hashes it names, and nothing be fetched at all (`harness.report.page`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import vl_convert

from benchmarks.compare import charts, wording
from benchmarks.compare.comparison import Comparison, Entry, Reading
from benchmarks.compare.ratios import Ratio
from benchmarks.compare.wording import UNKNOWN, letter, short
from harness.report.page import render, text_of
from harness.whole_file import write_whole

HERE = Path(__file__).parent
Cell = dict[str, Any]


def write(comparison: Comparison, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:  OSError when the folder is not there or cannot be written.
    """
    write_whole(path, page(comparison))


def page(comparison: Comparison) -> str:
    """The page as text; the same comparison is the same text."""
    roofline, bars = charts.roofline(comparison), charts.bars(comparison)
    pictures = [_vega(), text_of(HERE / "page.js")] if roofline or bars else []
    reports = _reports(comparison)
    return render(
        HERE / "page.html.j2",
        title=f"{' and '.join(report['path'] for report in reports)} \N{EN DASH} benchmarks compared",
        scripts=pictures,
        styles=[HERE / "page.css"],
        reports=reports,
        differences=wording.differences(comparison),
        notes=wording.notes(comparison),
        one_sided=wording.one_sided(comparison),
        unrelated=[wording.name(entry) for entry in comparison.unrelated],
        verdict=wording.verdict(comparison),
        baseline=comparison.baseline and short(comparison.baseline),
        sort=comparison.sort,
        roofline=roofline and {"chart": roofline[0], "points": roofline[1], "roofs": roofline[2]},
        bars=bars and {"chart": bars[0], "cases": bars[1]},
        n_bar_cases=len({entry.case for entry in comparison.entries}),
        columns=_columns(comparison),
        rows=[row for entry in comparison.entries for row in _rows(comparison, entry)],
    )


def _reports(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "letter": letter(i),
            "path": short(report.path),
            "machine": short(report.machine.name),
            "same": comparison.same_machine[i],
            "facts": [report.started, report.commit, *filter(None, [report.machine.temperature])],
            "probes": wording.probes(report),
            "environment": {short(name): short(value) for name, value in report.machine.facts.items()},
        }
        for i, report in enumerate(comparison.reports)
    ]


def _columns(comparison: Comparison) -> list[dict[str, str]]:
    """The headings of the table, those without a value anywhere left out."""
    several = len(comparison.reports) > 1
    baseline = short(comparison.baseline or "")
    found = {reading.row for entry in comparison.entries for reading in entry.readings if reading}
    shown: dict[str, tuple[str, bool]] = {
        "case": ("case", True),
        "kernel": ("kernel", any(row.kernel for row in found)),
        "report": ("report", several),
        "median": ("median", True),
        "iqr": ("IQR", True),
        "rounds": ("rounds", True),
        "to_baseline": (f"to {baseline}", comparison.baseline is not None),
        "to_first": ("to A", several),
        "product": ("of product", any(row.fraction_of_product for row in found)),
        "copy": ("of copy", any(row.fraction_of_copy for row in found)),
        "limit": ("of roofline", any(row.limit_s for row in found)),
        "memory": ("peak memory", any(row.peak_bytes for row in found)),
        "error": ("error, of its budget", any(row.error_in_budget is not None for row in found)),
        "fault": ("fault", any(row.fault for row in found)),
    }
    kinds = {"case": "of-case", "kernel": "of-kernel", "report": "of-report", "fault": "words"}
    return [
        {"key": key, "title": title, "kind": kinds.get(key, "number")} for key, (title, there) in shown.items() if there
    ]


def _rows(comparison: Comparison, entry: Entry) -> list[dict[str, Cell]]:
    return [_row(comparison, entry, reading, i) for i, reading in enumerate(entry.readings) if reading]


def _row(comparison: Comparison, entry: Entry, reading: Reading, index: int) -> dict[str, Cell]:
    """A cell for each column: what is shown, and the number that it is sorted by."""
    row = reading.row
    is_baseline = entry.kernel is not None and entry.kernel == comparison.baseline and not row.fault
    limit = row.limit_s and row.limit_s / row.median_s
    memory = UNKNOWN if row.peak_bytes is None else wording.amount(row.peak_bytes, "B")
    return {
        "case": {"text": short(entry.case)},
        "kernel": {"text": short(entry.kernel or "")},
        "report": {"text": letter(index)},
        "median": {"text": wording.seconds(row.median_s), "value": row.median_s},
        "iqr": {"text": wording.spread(row), "value": row.q3_s - row.q1_s},
        "rounds": {"text": str(row.rounds), "value": row.rounds},
        "to_baseline": {"text": "1", "value": 1.0} if is_baseline else _ratio(reading.to_baseline),
        "to_first": {"text": ""} if index == 0 else _ratio(reading.to_first),
        "product": _fraction(row.fraction_of_product),
        "copy": _fraction(row.fraction_of_copy),
        "limit": _fraction(limit),
        "memory": {"text": memory, "value": row.peak_bytes},
        "error": _fraction(row.error_in_budget),
        "fault": {"text": f"! {short(row.fault)}" if row.fault else ""},
    }


def _ratio(ratio: Ratio | None) -> Cell:
    if ratio is None:
        return {"text": UNKNOWN}
    return {"text": wording.plain(ratio.value), "more": wording.interval(ratio) or "no interval", "value": ratio.value}


def _fraction(fraction: float | None) -> Cell:
    return {"text": wording.percent(fraction), "value": fraction}


@cache
def _vega() -> str:
    """Vega, Vega-Lite and their embedding, in one script."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))

"""`specimen compare`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import FAILED, Output, app, refuse

if TYPE_CHECKING:
    from benchmarks.compare.comparison import Comparison


class Sort(StrEnum):
    """What a comparison is sorted by."""

    case = "case"
    ratio = "ratio"
    time = "time"
    fraction = "fraction"


@app.command()
def compare(
    reports: Annotated[
        list[Path], typer.Argument(help="Reports of benchmarks, the one to compare with first.", show_default=False)
    ],
    baseline: Annotated[
        str | None,
        typer.Option(help="The kernel that the others are held against.", show_default="sdpa, else naive, else none"),
    ] = None,
    kernel: Annotated[
        list[str] | None,
        typer.Option(help="Only kernels that hold this text or match it with * and ?; repeatable.", show_default="all"),
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option(help="Only cases that do, likewise; repeatable.", show_default="all")
    ] = None,
    sort: Annotated[Sort, typer.Option(help="By case, or by one of the others, the worst first.")] = Sort.case,
    html: Annotated[
        Path | None, typer.Option(help="Write a page that works offline to this file.", show_default=False)
    ] = None,
    fail_if_slower: Annotated[
        float | None, typer.Option(help="Exit code 1 past this ratio to the first report.", show_default=False)
    ] = None,
) -> None:
    """Hold reports of benchmarks against one another: medians, interquartile ranges, ratios with 95 % intervals.

    Kernels are held against the baseline within each report. A row with a fault has no ratio.
    Reports are held against the first: on its machine (processor, and GPU) by their times,
    on another machine by the ratio of their ratios to the baseline, and never by seconds.
    They are JSON files of pytest-benchmark: ours, or any.

    Exit code 0: nothing is too slow. 1: with --fail-if-slower, a whole interval lies past it.
    2: usage, or a file that cannot be read.
    """
    _check_compare(reports, html, fail_if_slower)
    slower = _compare(reports, html, baseline, kernel or [], case or [], sort.value, fail_if_slower)
    raise typer.Exit(FAILED if slower else 0)


def _check_compare(reports: list[Path], html: Path | None, threshold: float | None) -> None:
    """Refuse what can be refused before anything is read."""
    if threshold is not None and len(reports) < 2:
        refuse("--fail-if-slower holds reports against the first one; got one report.")
    if threshold is not None and not 0 < threshold < float("inf"):
        refuse(f"--fail-if-slower must be a ratio above 0, such as 1.10; got {threshold:g}.")
    if html is None:
        return
    try:
        if (html.exists() and not html.is_file()) or not html.absolute().parent.is_dir():
            refuse(f"--html {html}: no file can be written there.")
        if html.exists() and any(one.exists() and html.samefile(one) for one in reports):
            refuse(f"--html {html} is one of the reports.")
    except OSError as error:
        refuse(f"{error.filename or html}: {error.strerror}.")


def _compare(
    reports: list[Path],
    html: Path | None,
    baseline: str | None,
    kernels: list[str],
    cases: list[str],
    sort: str,
    threshold: float | None,
) -> bool:
    """Show and write a comparison; whether anything in it is past the threshold."""
    from benchmarks.compare import comparison, table
    from benchmarks.compare.fields import Unusable
    from benchmarks.compare.read import read

    try:
        read_in = [read(path) for path in reports]
        compared = comparison.compare(
            read_in, baseline=baseline, kernels=kernels, cases=cases, sort=sort, threshold=threshold
        )
    except Unusable as error:
        refuse(str(error))
    failed = _written(compared, html) if html else []
    table.show(compared, Output())
    if failed:
        refuse(*failed)
    return bool(compared.slower)


def _written(compared: Comparison, html: Path) -> list[str]:
    """Why the page could not be written, if it could not."""
    from benchmarks.compare import page

    try:
        page.write(compared, html)
    except OSError as error:
        return [f"--html {html}: {error.strerror}."]
    return []

"""What `specimen compare` compares with what: ratios, their intervals, the threshold, filters and sorting."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from benchmarks.compare.comparison import Comparison, Entry, compare
from benchmarks.compare.fields import Unusable
from benchmarks.compare.ratios import Ratio
from benchmarks.compare.read import read
from harness.cli import app
from tests.benchmarks.reports import PROBES, plain_report, plain_row, realistic, report, row, times, written

OK, FAILED, USAGE = 0, 1, 2
CASE = "cpu/1x8x128x64 float32 full forward"
GPU = {"cpu": "Other CPU", "device": "cuda", "device_name": "Example GPU 80GB"}
ROUNDING = 1e-12


def run(*arguments: str, columns: int = 200) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments], env={"COLUMNS": str(columns)})


def compared(folder: Path, reports: Sequence[dict[str, Any]], **asked: Any) -> Comparison:
    paths = written(folder, **{chr(ord("a") + i): content for i, content in enumerate(reports)})
    return compare([read(Path(path)) for path in paths], **asked)


def entry_of(comparison: Comparison, kernel: str | None, case: str = CASE) -> Entry:
    return next(e for e in comparison.entries if (e.kernel, e.case) == (kernel, case))


def is_close(ratio: Ratio | None, expected: float) -> bool:
    return ratio is not None and abs(ratio.value / expected - 1) <= ROUNDING


def one_kernel(median_s: float, *, seed: int, noise: float = 0.02, rounds: int = 40, **ours: Any) -> dict[str, Any]:
    return report(row("sdpa", CASE, times(median_s, seed=seed, noise=noise, rounds=rounds)), **ours)


def test_ratios_are_of_medians_of_the_same_case(tmp_path: Path) -> None:
    mine, baseline = times(3e-3, seed=1), times(2e-3, seed=2)
    found = compared(
        tmp_path, [report(row("mine", CASE, mine), row("sdpa", CASE, baseline), row("sdpa", "other", mine))]
    )
    (reading,) = entry_of(found, "mine").readings
    assert reading is not None
    assert is_close(reading.to_baseline, float(np.median(mine) / np.median(baseline)))
    assert reading.to_baseline is not None
    assert (reading.to_baseline.low or 9) < reading.to_baseline.value < (reading.to_baseline.high or 0)
    assert (reading.row.q1_s, reading.row.q3_s) == tuple(np.quantile(mine, (0.25, 0.75)))


@pytest.mark.parametrize(
    ("kernels", "asked", "expected"),
    [
        (("naive", "sdpa"), None, "sdpa"),
        (("naive", "b"), None, "naive"),
        (("a", "b"), None, None),
        (("a", "b"), "b", "b"),
    ],
)
def test_the_baseline_is_the_one_asked_for_or_sdpa_or_naive_or_none(
    tmp_path: Path, kernels: tuple[str, ...], asked: str | None, expected: str | None
) -> None:
    made = report(*(row(kernel, CASE, times(1e-3)) for kernel in kernels))
    assert compared(tmp_path, [made], baseline=asked).baseline == expected


def test_on_one_machine_a_report_is_held_against_the_first_by_its_times(tmp_path: Path) -> None:
    found = compared(tmp_path, [one_kernel(1e-3, seed=1), one_kernel(1.3e-3, seed=2)])
    reading = entry_of(found, "sdpa").readings[1]
    assert reading is not None
    assert is_close(reading.to_first, float(np.median(times(1.3e-3, seed=2)) / np.median(times(1e-3, seed=1))))


def test_across_machines_ratios_to_the_baseline_are_compared_and_never_seconds(tmp_path: Path) -> None:
    slow, fast = (
        [times(scale * t, seed=10 * i + seed) for i, t in enumerate((3e-3, 2e-3))]
        for seed, scale in ((1, 1), (2, 1e-2))
    )
    here = report(row("mine", CASE, slow[0]), row("sdpa", CASE, slow[1]))
    there = report(row("mine", CASE, fast[0]), row("sdpa", CASE, fast[1]), **GPU)
    found = compared(tmp_path, [here, there])
    mine, baseline = entry_of(found, "mine").readings[1], entry_of(found, "sdpa").readings[1]
    a, b, c, d = (float(np.median(data)) for data in (*fast, *slow))
    assert mine is not None
    assert is_close(mine.to_first, a / b / (c / d))
    assert baseline is not None
    assert baseline.to_first is None


def test_across_machines_a_row_with_nothing_but_seconds_is_listed_and_not_shown(tmp_path: Path) -> None:
    plain = [plain_report(plain_row("t.py::f", times(t))) for t in (1e-3, 2e-3)]
    plain[1]["machine_info"]["cpu"]["brand_raw"] = "Other CPU"
    result = run(*written(tmp_path, a=plain[0], b=plain[1]))
    assert result.exit_code == OK
    assert "not shown, there is nothing but seconds of several machines: 1\n  t.py::f" in result.output
    assert " ms" not in result.output


def test_machines_that_say_nothing_of_themselves_are_not_taken_for_one(tmp_path: Path) -> None:
    made = plain_report(plain_row("t.py::f", times(1e-3)), cpu=None)
    result = run(*written(tmp_path, a=made, b=made))
    assert "Nothing says that B and A ran on the same machine" in result.output


@pytest.mark.parametrize(
    ("scale", "noise", "code"),
    [(1.0, 0.02, OK), (1.3, 0.02, FAILED), (1.15, 0.9, OK), (0.7, 0.02, OK)],
    ids=["the same", "slower", "straddling", "faster"],
)
def test_past_the_threshold_is_what_lies_past_it_with_its_whole_interval(
    tmp_path: Path, scale: float, noise: float, code: int
) -> None:
    both = [one_kernel(1e-3, seed=1, noise=noise), one_kernel(scale * 1e-3, seed=2, noise=noise)]
    result = run(*written(tmp_path, a=both[0], b=both[1]), "--fail-if-slower", "1.1")
    assert result.exit_code == code
    assert f"slower than 1.1 with the whole interval: {int(code == FAILED)} of 1 judged" in result.output


def test_a_doubtful_row_is_said_to_be_past_the_threshold_by_its_medians_alone(tmp_path: Path) -> None:
    both = [one_kernel(1e-3, seed=1, noise=0.9), one_kernel(1.15e-3, seed=2, noise=0.9)]
    found = compared(tmp_path, both, threshold=1.1)
    ((_, _, ratio),) = found.doubtful
    assert (ratio.low or 9) < 1.1 < ratio.value < (ratio.high or 0)
    assert found.slower == []


def test_the_threshold_across_machines_is_held_against_the_ratio_of_ratios(tmp_path: Path) -> None:
    first = report(row("mine", CASE, times(1e-3, seed=1)), row("sdpa", CASE, times(1e-3, seed=2)))
    for scale, code in ((1.0, OK), (1.5, FAILED)):
        rows = row("mine", CASE, times(scale * 9e-3, seed=3)), row("sdpa", CASE, times(9e-3, seed=4))
        paths = written(tmp_path, a=first, b=report(*rows, **GPU))
        assert run(*paths, "--fail-if-slower", "1.1").exit_code == code


@pytest.mark.parametrize("side", [0, 1])
def test_a_row_with_a_fault_is_marked_and_fails_and_wins_nothing(tmp_path: Path, side: int) -> None:
    both = [one_kernel(1e-3, seed=1), one_kernel(5e-3, seed=2)]
    for made in both:
        made["benchmarks"].append(row("mine", CASE, times(1e-3)))
    both[side]["benchmarks"][0]["extra_info"]["fault"] = "faster than light"
    result = run(*written(tmp_path, a=both[0], b=both[1]), "--fail-if-slower", "1.1")
    assert result.exit_code == OK
    assert f"! in {'AB'[side]}: faster than light" in result.output
    reading = entry_of(compared(tmp_path, both), "mine").readings[side]
    assert reading is not None
    assert reading.to_baseline is None  # the baseline is the one with the fault


@pytest.mark.parametrize("rounds", [5, None])
def test_without_enough_times_there_is_no_interval_and_no_failure_and_it_is_said(
    tmp_path: Path, rounds: int | None
) -> None:
    slow, fast = (plain_report(plain_row("t.py::f", rounds and times(t, rounds=rounds), t)) for t in (9e-3, 1e-3))
    result = run(*written(tmp_path, a=fast, b=slow), "--fail-if-slower", "1.1")
    assert result.exit_code == OK
    assert "1 of 1 judged have no interval and cannot be past 1.1." in result.output
    assert "without an interval, never past a threshold: 2 rows." in result.output
    assert "(no interval)" in result.output


def test_cases_on_one_side_only_are_listed_and_not_judged(tmp_path: Path) -> None:
    both = [report(row("sdpa", CASE, times(1e-3)), row("sdpa", only, times(1e-3))) for only in ("early", "late")]
    result = run(*written(tmp_path, a=both[0], b=both[1]), "--fail-if-slower", "1.1")
    assert "only in A: 1\n  early · sdpa" in result.output
    assert "only in B: 1\n  late · sdpa" in result.output
    assert "of 1 judged" in result.output


def test_differences_of_versions_and_environment_stand_on_top(tmp_path: Path) -> None:
    here = one_kernel(1e-3, seed=1)
    there = one_kernel(1e-3, seed=1, versions={"python": "3.12.4", "torch": "2.12.0"}, environment={"CAP_W": "300"})
    result = run(*written(tmp_path, a=here, b=there))
    lines = [line.split() for line in result.output.split("median")[0].splitlines()]
    assert ["torch", "2.11.0", "2.12.0"] in lines
    assert ["CAP_W", "\N{EN DASH}", "300"] in lines
    assert ["OMP_NUM_THREADS", "4", "\N{EN DASH}"] in lines
    assert not [line for line in lines if line[:1] == ["python"]]  # the same on both
    same = run(*written(tmp_path, a=here, b=here))
    assert "Versions and environment do not differ." in same.output


def test_filters_keep_what_they_name_and_change_no_interval(tmp_path: Path) -> None:
    made = realistic(kernels={"naive": 0.1, "sdpa": 0.5, "sdpa-flash": 0.8})
    everything = compared(tmp_path, [made])
    some = compared(tmp_path, [made], kernels=["FLASH", "na?ve"], cases=["*x2048x*"])
    assert {entry.kernel for entry in some.entries} == {"naive", "sdpa-flash"}
    assert {"2048" in entry.case for entry in some.entries} == {True}
    for entry in some.entries:
        (kept,), (full,) = entry.readings, entry_of(everything, entry.kernel, entry.case).readings
        assert kept is not None
        assert full is not None
        assert kept.to_baseline == full.to_baseline


def test_a_pattern_may_be_a_plain_text_with_brackets(tmp_path: Path) -> None:
    made = plain_report(plain_row("t.py::f[1]", times(1e-3)), plain_row("t.py::f[2]", times(1e-3)))
    assert [entry.case for entry in compared(tmp_path, [made], cases=["f[2]"]).entries] == ["t.py::f[2]"]


def test_cases_are_sorted_as_people_count_and_the_baseline_first(tmp_path: Path) -> None:
    keys = [("b", "n 10"), ("sdpa", "n 10"), ("b", "n 9"), ("a", "n 10")]
    found = compared(tmp_path, [report(*(row(kernel, case, times(1e-3)) for kernel, case in keys))])
    assert [(e.kernel, e.case) for e in found.entries] == [("b", "n 9"), ("sdpa", "n 10"), ("a", "n 10"), ("b", "n 10")]


@pytest.mark.parametrize(("sort", "expected"), [("ratio", "bca"), ("time", "cba"), ("fraction", "abc")])
def test_sorting_puts_the_worst_first_and_what_is_not_known_last(tmp_path: Path, sort: str, expected: str) -> None:
    rows = [row("sdpa", "x", times(1e-3), fraction_of_copy=0.9), row("sdpa", "y", times(4e-3))]
    rows += [row("a", "x", times(1e-3), fraction_of_copy=0.1), row("b", "x", times(3e-3), fraction_of_copy=0.2)]
    rows += [row("c", "y", times(8e-3), fraction_of_product=0.3)]
    found = compared(tmp_path, [report(*rows)], sort=sort, kernels=["a?", "a", "b", "c"])
    kernels = [entry.kernel for entry in found.entries if entry.kernel != "sdpa"]
    assert "".join(filter(None, kernels)) == expected


def test_many_rows_with_many_times_are_compared_quickly(tmp_path: Path) -> None:
    made = report(*(row(kernel, f"n {i}", times(1e-3, rounds=2000)) for i in range(60) for kernel in ("sdpa", "mine")))
    began = time.process_time()
    compared(tmp_path, [made, made])
    assert time.process_time() - began < 10


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_its_terminal(tmp_path: Path, columns: int) -> None:
    kernels = {"naive": 0.1, "sdpa": 0.5, "sdpa-efficient": 0.7, "a-kernel-with-a-rather-long-name": 0.6}
    result = run(
        *written(tmp_path, a=realistic(kernels=kernels), b=realistic(kernels=kernels, seed=5)), columns=columns
    )
    assert max(map(len, result.output.splitlines())) <= columns
    assert "a-kernel-with-a-rather-long-name" in result.output


def test_every_row_says_median_range_ratio_interval_and_fractions(tmp_path: Path) -> None:
    made = report(
        row("sdpa", CASE, times(2e-3, noise=0)),
        row("mine", CASE, times(1e-3), fraction_of_product=0.25, fraction_of_copy=0.031), probes=PROBES,
    )  # fmt: skip
    lines = [line.split() for line in run(*written(tmp_path, a=made)).output.splitlines()]
    mine = next(line for line in lines if line[:2] == ["mine", "A"])
    assert mine[3] == "ms"
    assert mine[5] == "µs"
    assert mine[6].startswith("0.5")
    assert "\N{EN DASH}" in mine[7]
    assert mine[8:] == ["25", "%", "3.1", "%"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fail-if-slower", "1.1"], "--fail-if-slower holds reports against the first one; got one report."),
        (["--baseline", "nope"], "no report has a kernel 'nope'; there are sdpa."),
        (["--kernel", "nope"], "no row has a kernel and a case as asked for by --kernel and --case."),
        (["--html", "/nowhere/page.html"], "--html /nowhere/page.html: no file can be written there."),
        (["--html", "x" * 5000], "File name too long."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    result = run(*written(tmp_path, a=one_kernel(1e-3, seed=1)), *options)
    assert (result.exit_code, result.output.count("\n")) == (USAGE, 1)
    assert sentence in result.output


@pytest.mark.parametrize("threshold", ["0", "-1", "nan", "inf"])
def test_a_threshold_is_a_ratio(tmp_path: Path, threshold: str) -> None:
    paths = written(tmp_path, a=one_kernel(1e-3, seed=1), b=one_kernel(1e-3, seed=2))
    result = run(*paths, "--fail-if-slower", threshold)
    assert result.exit_code == USAGE
    assert "must be a ratio above 0" in result.output


def test_a_threshold_with_nothing_to_judge_is_no_empty_success(tmp_path: Path) -> None:
    both = [report(row("sdpa", case, times(1e-3))) for case in ("early", "late")]
    with pytest.raises(Unusable, match="nothing to judge"):
        compared(tmp_path, both, threshold=1.1)

"""The page of a comparison: one file that works offline, in a real browser, on a phone, by keyboard, on hostile texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.compare import charts, comparison, page
from benchmarks.compare.read import read
from harness.cli import app
from tests.benchmarks.browser import POLICY, Seen, chromium, driven, opened
from tests.benchmarks.reports import PROBES, SHAPES, plain_report, plain_row, realistic, report, row, times, written

pytestmark = pytest.mark.xdist_group("browser")  # the pages are made and opened once
KERNELS = {"naive": 0.12, "sdpa": 0.5, "sdpa-flash": 0.75, "blocked": 0.4}
HOSTILE = "</script><script>alarm()</script><img src=x onerror=alarm()>\"'&{{7*7}}<!--<script>"
PHONE_PX = 390
DRIVER = """
const shown = () => Array.from(document.querySelectorAll("#rows tbody tr")).filter((row) => !row.hidden);
const cells = (i) => shown().map((row) => row.cells[i].textContent);
const button = (i) => document.querySelectorAll("#rows th button")[i];
const sorts = () => Array.from(document.querySelectorAll("#rows th")).map((th) => th.getAttribute("aria-sort"));
const values = (i) => shown().map((row) => row.cells[i].dataset.value ?? null);
const filter = (text) => {
  const input = document.getElementById("filter");
  input.value = text;
  input.dispatchEvent(new Event("input"));
  return { kernels: cells(1), cases: cells(0), count: document.getElementById("count").textContent };
};
const sorted = (i) => { button(i).click(); return { values: values(i), texts: cells(i), sorts: sorts() }; };
const result = { up: sorted(6), down: sorted(6), kernel: sorted(1), filtered: filter("FLASH x2048"), none: filter("zzz") };
result.all = filter("").count;
button(3).focus();
result.focused = document.activeElement === button(3);
result.width = [document.documentElement.scrollWidth, window.innerWidth];
const box = document.querySelector(".tall");
result.box = [box.scrollWidth > box.clientWidth, box.tabIndex, box.getAttribute("role")];
result.label = document.querySelector("label").control === document.getElementById("filter");
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two machines, one row of which has a fault and one of which is missing."""
    folder = tmp_path_factory.mktemp("page")
    here, there = realistic(kernels=KERNELS), realistic("cuda", kernels=KERNELS, seed=7, threads=1)
    there["benchmarks"][2]["extra_info"]["fault"] = "faster than the roofline allows"
    del there["benchmarks"][-1]
    result = CliRunner().invoke(
        app, ["compare", *written(folder, a=here, b=there), "--html", str(folder / "page.html")]
    )
    assert result.exit_code == 0
    return folder / "page.html"


@pytest.fixture(scope="module")
def as_it_is(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The page as it is, opened."""
    return opened(made, tmp_path_factory.mktemp("browser") / "one")


@pytest.fixture(scope="module")
def on_a_phone(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The page on a phone, sorted and filtered."""
    return opened(driven(made, DRIVER, width=PHONE_PX), tmp_path_factory.mktemp("browser") / "two")


def test_every_picture_is_drawn_and_the_page_reports_no_error(as_it_is: Seen) -> None:
    assert as_it_is.console == []
    assert as_it_is.body.count("<svg") == as_it_is.body.count('class="chart') == 2 + len(SHAPES)
    assert "could not be drawn" not in as_it_is.body


def test_pictures_have_titles_units_roofs_and_different_shapes(as_it_is: Seen) -> None:
    for text in (
        "arithmetic intensity (FLOP/byte)",
        "speed (FLOP/s)",
        "float32 130 GFLOP/s",
        "time, as a ratio to sdpa",
    ):
        assert f">{text}</text>" in as_it_is.dom, text
    symbols = set(
        re.findall(r'<path aria-label="[^"]*kernel: ([\w-]+)[^"]*FLOP/byte: [^"]*"[^>]*? d="([^"]*)"', as_it_is.dom)
    )
    assert len(symbols) == len(dict(symbols)) == len({shape for _, shape in symbols}) == len(KERNELS)


def test_the_page_asks_the_network_for_nothing_even_where_it_may(made: Path, on_a_phone: Seen, as_it_is: Seen) -> None:
    assert not POLICY.search(made.with_name("driven.html").read_text())
    assert on_a_phone.requested == as_it_is.requested == set()
    (policy,) = POLICY.findall(made.read_text())
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_a_request_of_a_page_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "asks.html").write_text("<!doctype html><img src='http://example.invalid/x.png'>")
    assert opened(tmp_path / "asks.html", tmp_path / "browser").requested == {"http://example.invalid/x.png"}


def test_a_phone_shows_the_page_without_scrolling_sideways(on_a_phone: Seen) -> None:
    width, window = on_a_phone.result["width"]
    assert (width, window) == (PHONE_PX, PHONE_PX)
    assert on_a_phone.result["box"] == [True, 0, "region"]  # the table scrolls in its own box, which can be focused


def test_a_heading_sorts_by_numbers_both_ways_with_the_unknown_last(on_a_phone: Seen) -> None:
    up, down = on_a_phone.result["up"], on_a_phone.result["down"]
    known = [float(value) for value in up["values"] if value is not None]
    assert known == sorted(known)
    assert [float(value) for value in down["values"] if value is not None] == sorted(known, reverse=True)
    assert up["values"][len(known) :] == down["values"][len(known) :] == [None]  # the row with the fault
    assert (up["sorts"][6], down["sorts"][6]) == ("ascending", "descending")


def test_a_heading_sorts_by_words_and_only_one_is_marked(on_a_phone: Seen) -> None:
    kernel = on_a_phone.result["kernel"]
    assert kernel["texts"] == sorted(kernel["texts"])
    assert [sort for sort in kernel["sorts"] if sort] == ["ascending"]


def test_the_filter_keeps_rows_with_all_its_words_and_says_how_many(on_a_phone: Seen) -> None:
    kept, n_rows = on_a_phone.result["filtered"], 2 * len(KERNELS) * len(SHAPES) - 1
    assert set(kept["kernels"]) == {"sdpa-flash"}
    assert {"x2048" in case for case in kept["cases"]} == {True}
    assert kept["count"] == f"4 of {n_rows} rows"
    assert on_a_phone.result["none"]["count"] == f"0 of {n_rows} rows"
    assert on_a_phone.result["all"] == f"{n_rows} of {n_rows} rows"


def test_headings_are_buttons_and_the_filter_has_a_label(on_a_phone: Seen) -> None:
    assert on_a_phone.result["focused"]
    assert on_a_phone.result["label"]


@pytest.mark.parametrize("in_ci", [True, False])
def test_a_missing_browser_fails_in_ci_and_skips_elsewhere(monkeypatch: pytest.MonkeyPatch, *, in_ci: bool) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "1") if in_ci else monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.fail.Exception if in_ci else pytest.skip.Exception, match="package is `chromium`"):
        chromium()


def test_hostile_texts_are_inert(tmp_path: Path) -> None:
    rows = [row(f"{name}{HOSTILE}", f"c{HOSTILE}", times(1e-3), fault=fault, flops=1e9, bytes=1e6, dtype=HOSTILE)
            for name, fault in (("a", None), ("b", None), ("c", HOSTILE))]  # fmt: skip
    ours = {"environment": {HOSTILE: HOSTILE}, "device_name": HOSTILE, "device": "cuda"}
    ours |= {"probes": {"product_flops_per_s": {HOSTILE: 1e12}, "copy_bytes_per_s": 1e11}}
    paths = written(tmp_path, a=report(*rows, **ours), b=report(*rows, **ours, threads=9))
    arguments = ["compare", *paths, "--baseline", f"a{HOSTILE}", "--html", str(tmp_path / "page.html")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    armed = "<head><script>window.alarm = () => { document.title = 'alarm'; };</script>"
    text = POLICY.sub("", (tmp_path / "page.html").read_text()).replace("<head>", armed, 1)  # escaped, not only barred
    (tmp_path / "page.html").write_text(text)
    seen = opened(tmp_path / "page.html", tmp_path / "browser")
    assert "<title>alarm" not in seen.dom
    assert seen.body.count("<svg") == 3
    assert seen.console == []
    assert "<img" not in seen.body


def test_texts_of_a_report_stand_escaped_in_the_page(tmp_path: Path) -> None:
    rows = [row(kernel, HOSTILE, times(1e-3), flops=1e9, bytes=1e6) for kernel in ("sdpa", HOSTILE)]
    (path,) = written(tmp_path, a=report(*rows, environment={HOSTILE: HOSTILE}))
    text = page.page(comparison.compare([read(Path(path))]))
    assert HOSTILE not in text
    assert "&lt;img src=x onerror=alarm()&gt;" in text
    (embedded,) = re.findall(r'<script type="application/json" id="pictures">(.*?)</script>', text, re.DOTALL)
    assert not set("<>&'") & set(embedded)
    assert json.loads(embedded)["bars"]["cases"][0]["case"] == HOSTILE


def test_a_roof_rises_with_the_copy_up_to_the_product_and_goes_on_level(tmp_path: Path) -> None:
    (path,) = written(tmp_path, a=report(row("sdpa", "c", times(1e-3), flops=3e9, bytes=1e9), probes=PROBES))
    drawn = charts.roofline(comparison.compare([read(Path(path))]))
    assert drawn is not None
    copy, product = PROBES["copy_bytes_per_s"], PROBES["product_flops_per_s"]["float32"]
    low, ridge, high = ((point["intensity"], point["speed"]) for point in drawn[2][0])
    assert low == (low[0], low[0] * copy)
    assert ridge == (product / copy, product)
    assert high == (high[0], product)
    assert low[0] < 3 < ridge[0] < high[0]  # the one mark, at 3 FLOP/byte, lies under the roof


def test_a_section_without_data_says_why_it_is_left_out(tmp_path: Path) -> None:
    (path,) = written(tmp_path, a=plain_report(plain_row("t.py::f", times(1e-3))))
    text = page.page(comparison.compare([read(Path(path))]))
    assert "Left out: no row says how much arithmetic and memory traffic its case is." in text
    assert "Left out: there is no ratio to a baseline or to another report." in text
    assert len(text) < 20_000  # and what would draw pictures is not there


def test_the_same_comparison_is_the_same_page_written_whole(tmp_path: Path) -> None:
    (path,) = written(tmp_path, a=realistic(kernels=KERNELS))
    compared = comparison.compare([read(Path(path))])
    (tmp_path / "page.html").write_text("old")
    page.write(compared, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == page.page(compared)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.json", "page.html"]


def test_a_page_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = written(tmp_path, a=realistic(kernels=KERNELS))
    (tmp_path / "page.html").write_text("old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = CliRunner().invoke(app, ["compare", *paths, "--html", str(tmp_path / "page.html")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "No space left on device." in result.stderr
    assert (tmp_path / "page.html").read_text() == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.json", "page.html"]


def test_a_report_is_never_overwritten_by_the_page(tmp_path: Path) -> None:
    paths = written(tmp_path, a=realistic(kernels=KERNELS))
    result = CliRunner().invoke(app, ["compare", *paths, "--html", paths[0]])
    assert result.exit_code == 2
    assert "is one of the reports" in result.stderr

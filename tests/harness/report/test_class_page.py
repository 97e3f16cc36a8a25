"""The page and the summary of a class: numbers that are the class's, and a page that works offline, on a phone, by
keyboard, and with names that strangers chose."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from harness.grading.similar import Pair
from harness.report.class_page import page
from harness.report.class_summary import Summary, show, summary
from harness.report.record import COLUMNS, STATUSES, total
from tests.benchmarks.browser import POLICY, Seen, driven, opened
from tests.harness.report.records import HOSTILE, a_class, hostile, law, question, record

N = 300
PHONE_PX = 360
ALIKE = [
    Pair("student-001", "student-002", 0.934, ("ScaledDotAttention",)),
    Pair("student-007", HOSTILE, 0.8, (HOSTILE, "forward")),
]
DRIVER = """
const shown = () => Array.from(document.querySelectorAll("#rows tbody tr")).filter((row) => !row.hidden);
const cells = (i) => shown().map((row) => row.cells[i].textContent);
const button = (i) => document.querySelectorAll("#rows th button")[i];
const sorted = (i) => { button(i).click(); return cells(i); };
const filter = (text) => {
  const input = document.getElementById("filter");
  input.value = text;
  input.dispatchEvent(new Event("input"));
  return { words: cells(4), count: document.getElementById("count").textContent };
};
const result = { up: sorted(1), down: sorted(1), names: sorted(0), filtered: filter("3.1.1:fail"), none: filter("zzz") };
result.all = filter("").count;
button(2).focus();
result.focused = document.activeElement === button(2);
result.width = [document.documentElement.scrollWidth, window.innerWidth];
const box = document.querySelector("#rows").parentElement;
result.box = [box.scrollWidth > box.clientWidth, box.tabIndex, box.getAttribute("role")];
result.label = document.querySelector("label").control === document.getElementById("filter");
location.hash = "s299";
dispatchEvent(new HashChangeEvent("hashchange"));
const told = document.getElementById("s299");
result.opened = [told.open, told.contains(document.activeElement)];
result.wide = document.documentElement.scrollWidth;
"""


@pytest.fixture(scope="module")
def made() -> Summary:
    return summary([*a_class(N - 1), hostile()])


@pytest.fixture(scope="module")
def on_a_phone(made: Summary, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The page on a phone: sorted, filtered, a student opened, and what a hostile text would run is there to be run."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    armed = "<head><script>window.alarm = () => { document.title = 'alarm'; };</script>"
    path.write_text(page(made, ALIKE).replace("<head>", armed, 1))
    return opened(driven(path, DRIVER, width=PHONE_PX), path.parent / "browser")


@pytest.mark.xdist_group("browser")
def test_the_page_opens_on_a_phone_without_an_error_a_request_or_scrolling_sideways(on_a_phone: Seen) -> None:
    assert on_a_phone.console == []
    assert on_a_phone.requested == set()
    assert on_a_phone.result["width"] == [PHONE_PX, PHONE_PX]
    assert on_a_phone.result["wide"] == PHONE_PX  # with a hostile submission open as well
    assert on_a_phone.result["box"] == [True, 0, "region"]


@pytest.mark.xdist_group("browser")
def test_headings_sort_the_filter_keeps_and_a_link_opens(on_a_phone: Seen) -> None:
    found = on_a_phone.result
    assert [float(x) for x in found["up"]] == sorted(float(x) for x in found["up"])
    assert found["down"] == sorted(found["down"], key=float, reverse=True)
    assert found["names"][-1] == "student-298"
    assert len(found["filtered"]["words"]) >= 10
    assert all("3.1.1:fail" in words for words in found["filtered"]["words"])
    assert (found["none"]["count"], found["all"]) == (f"0 of {N} rows", f"{N} of {N} rows")
    assert (found["focused"], found["label"], found["opened"]) == (True, True, [True, True])


@pytest.mark.xdist_group("browser")
def test_the_page_as_it_is_runs_its_own_script_and_nothing_else(made: Summary, tmp_path: Path) -> None:
    text = page(made, ALIKE)
    (tmp_path / "page.html").write_text(text.replace("</body>", "<script>document.title = 'alarm'</script></body>"))
    seen = opened(tmp_path / "page.html", tmp_path / "browser")
    assert len(seen.console) == 1  # the policy says what it kept from running
    assert "Content Security Policy" in seen.console[0]
    assert "<title>alarm" not in seen.dom


def test_hostile_texts_are_shown_and_inert(made: Summary) -> None:
    text = page(made, ALIKE, title=HOSTILE)
    (policy,) = POLICY.findall(text)
    assert "default-src 'none'" in policy
    assert len(re.findall("<script", text)) == 1
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=alarm()&gt;") >= 5
    assert all(c.isprintable() or c == "\n" for c in text)


def test_every_link_within_the_page_leads_somewhere(made: Summary) -> None:
    text = page(made, ALIKE)
    assert set(re.findall(r'href="#([^"]*)"', text)) <= set(re.findall(r'id="([^"]*)"', text))
    assert not re.search(r'(href|src)="(?!#)', text)


def test_the_summary_counts_what_came_of_the_class() -> None:
    records = list(a_class(60))
    found = summary(iter(records))
    judged = [one for one in records if not one["error"]]
    for column in COLUMNS:
        counts = Counter(q["status"] for one in judged for q in one["questions"] if q["id"] == column.id)
        failed = len(records) - len(judged)
        counts["human" if column.kind == "prose" else "error"] += failed
        assert +found.outcomes[column.id] == +counts
    assert [student.points for student in found.students] == [total(one)[0] for one in records]
    times = [student.time_s for student in found.slowest()]
    assert times == sorted((one["time_s"] for one in records), reverse=True)[:10]


def test_the_commonest_laws_are_those_that_most_submissions_break() -> None:
    some = [law("dtype", "3.1.1", "broken"), law("context", "3.1.1", "pass")]
    every = [law("dtype", "3.1.1", "broken"), law("context", "3.1.1", "broken"), law("long", "3.1.1", "not-run")]
    found = summary(record(f"s{i}", [question("3.1.1", "partial", laws=laws)]) for i, laws in enumerate([some, every]))
    assert found.commonest() == [
        ("3.1.1", "dtype", "What dtype says holds.", 2),
        ("3.1.1", "context", "What context says holds.", 1),
    ]
    raised = summary([record("a", [question("3.1.1", "error")])])
    assert raised.commonest() == []


@pytest.mark.parametrize("records", [[], [record("a", [], error="damaged")]], ids=["nobody", "nothing judged"])
def test_a_class_of_nobody_and_one_of_nothing_are_told_too(records: list[dict[str, object]]) -> None:
    console = Console(record=True, width=100)
    show(summary(records), console)
    assert ("damaged" in console.export_text()) == bool(records)
    assert "<h1>A class</h1>" in page(summary(records))


def test_the_terminal_shows_outcomes_laws_and_the_slowest_without_moving_the_cursor(made: Summary) -> None:
    console = Console(record=True, width=120, force_terminal=True, color_system="standard", file=io.StringIO())
    show(made, console)
    shown = console.export_text()
    assert re.search(r"^3\.1\.1 +187 +39 +28 +21 +5 +14 +6 +0\.34/0\.5 +\u2588{24}", shown, re.MULTILINE)
    assert re.search(r"75 of 300 break 1\.1\.1 hidden-7: What hidden-7 says holds\.", shown)
    assert "59.9 s  student-034" in shown
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert [status for status in STATUSES if status in shown.split("\n")[0]] == list(STATUSES[:-1])


def test_the_same_class_is_the_same_page_and_a_student_takes_little_of_it(made: Summary) -> None:
    text = page(made, ALIKE)
    assert text == page(summary([*a_class(N - 1), hostile()]), ALIKE)
    assert len(text) < 6000 * N
    assert json.dumps(text)

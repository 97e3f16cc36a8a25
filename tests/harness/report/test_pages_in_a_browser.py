"""Every page in a real browser: on a phone, in the dark, on paper, by keyboard, and with texts that would run."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report import subject_page
from harness.request import Report
from tests.audits import CONTRAST, CONTROLS, DRAWN, FITS, FOCUSED, LOADED, STRUCTURE, UNFOLDED
from tests.browser import Browser, Tab
from tests.harness.report.pages import written_pages

pytestmark = pytest.mark.xdist_group("browser")  # the pages are made, and the browser is started, once
PAGES = ["subject", "hostile", "answers", "class", "compare", "write-up"]
PHONE_PX = 360
MAX_BYTES = 2_000_000
MAX_PRINTED = 8  # pages of paper, of 40 submissions
SHOWN = """Array.from(document.querySelectorAll("#rows tbody tr")).filter((row) => !row.hidden)"""


@pytest.fixture(scope="module")
def pages(broken: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written_pages(tmp_path_factory.mktemp("pages"), broken)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield started
    started.close()


@pytest.fixture(params=PAGES)
def tab(request: pytest.FixtureRequest, browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    opened = Tab(browser, pages[request.param])
    yield opened
    opened.close()


@pytest.fixture
def subject(browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    opened = Tab(browser, pages["subject"])
    yield opened
    opened.close()


def test_a_page_says_and_asks_for_nothing(tab: Tab) -> None:
    tab.run(UNFOLDED)
    assert tab.said == []
    assert tab.requested == set()


def test_a_page_fits_a_phone_with_all_of_it_unfolded(tab: Tab) -> None:
    tab.resize(PHONE_PX)
    content, width = tab.run(FITS)
    assert content <= width <= PHONE_PX
    tab.run(UNFOLDED)
    content, width = tab.run(FITS)
    assert content <= width <= PHONE_PX


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(tab: Tab, scheme: str) -> None:
    tab.emulate(scheme=scheme)
    tab.run(UNFOLDED)
    assert tab.run(CONTRAST) == []


def test_every_text_stands_out_on_paper_where_dark_is_preferred(tab: Tab) -> None:
    tab.emulate(media="print", scheme="dark")
    assert tab.run(CONTRAST) == []


@pytest.mark.parametrize("width", [1200, PHONE_PX])
def test_headings_are_in_order_and_all_has_a_name_of_its_own(tab: Tab, width: int) -> None:
    tab.resize(width)
    tab.run(UNFOLDED)
    tab.run(DRAWN)
    assert tab.run(STRUCTURE) == []


def test_every_control_is_reached_by_tab_and_its_focus_is_seen(tab: Tab) -> None:
    n_controls, reached = tab.run(CONTROLS), 0
    for _ in range(n_controls + 2):
        tab.press("Tab")
        focused = tab.run(FOCUSED)
        if focused is None or focused["again"]:
            break
        assert focused["visible"], focused["what"]
        reached += 1
    assert reached == n_controls


def test_a_drawing_is_a_stop_of_its_name_while_it_scrolls(subject: Tab) -> None:
    named = "Array.from(document.querySelectorAll('.picture .scroll[role=region]')).map((one) => one.ariaLabel)"
    subject.run(UNFOLDED)
    subject.run(DRAWN)
    wide = subject.run(named)
    subject.resize(PHONE_PX)
    subject.run(DRAWN)
    narrow = subject.run(named)
    assert len(wide) < 3
    assert len(narrow) > 10
    assert all(name.split()[0] in {"3.1.2", "3.2.1", "3.3.2"} for name in narrow)


def test_paper_has_what_is_folded_where_the_page_asks_for_it_and_no_controls(tab: Tab) -> None:
    tab.emulate(media="print")
    asks = "document.body.dataset.prints === 'unfolded'"
    folded = "Array.from(document.querySelectorAll('details:not([open]) > :not(summary)'))"
    hidden = tab.run(f"{folded}.filter((one) => one.textContent.trim() && !one.checkVisibility()).length")
    assert (hidden == 0) is (tab.run(asks) or tab.run(f"{folded}.length") == 0)
    assert (
        tab.run(
            "Array.from(document.querySelectorAll('.filter, nav:not(.contents), .copy')).filter((one) => one.checkVisibility()).length"
        )
        == 0
    )


def test_a_law_that_holds_stands_on_the_paper(subject: Tab) -> None:
    before = subject.run("document.querySelectorAll('details[open]').length")
    subject.run(
        "addEventListener('beforeprint', () => { window.opened = document.querySelectorAll('details:not([open])').length; })"
    )
    assert base64.b64decode(subject.ask("Page.printToPDF", pageRanges="1", generateTaggedPDF=False)["data"]).startswith(
        b"%PDF"
    )
    assert subject.run("window.opened") == 0
    assert subject.run("document.querySelectorAll('details[open]').length") == before == 0


def test_the_page_of_a_class_is_printed_as_it_is_folded(browser: Browser, pages: dict[str, Path]) -> None:
    tab = Tab(browser, pages["class"])
    printed = base64.b64decode(tab.ask("Page.printToPDF", generateTaggedPDF=False)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= MAX_PRINTED
    tab.close()


def test_the_filter_keeps_words_and_outcomes_by_keyboard(subject: Tab, broken: Report) -> None:
    laws = [law for verdict in broken.verdicts for law in verdict.laws]
    subject.run("document.getElementById('filter').focus()")
    subject.write("GRADIENT")
    words = subject.run(f"{SHOWN}.map((row) => row.textContent.toLowerCase())")
    assert 0 < len(words) < len(laws)
    assert all("gradient" in text for text in words)
    subject.run("document.getElementById('filter').select()")
    subject.write("3.2.1")
    subject.press("Tab")
    subject.press("ArrowDown")
    kept = [law for law in laws if law.contract and law.contract.question == "3.2.1" and law.outcome.status != "pass"]
    assert subject.run("document.activeElement.selectedOptions[0].textContent") == "not pass"
    assert subject.run(f"{SHOWN}.map((row) => row.dataset.outcome)") == [law.outcome.status for law in kept]
    assert subject.run("document.getElementById('count').textContent") == f"{len(kept)} of {len(laws)} rows"


def test_a_heading_sorts_by_keyboard_both_ways(subject: Tab) -> None:
    seconds = f"{SHOWN}.map((row) => Number(row.cells[5].dataset.value))"
    for sort, way in (("ascending", 1), ("descending", -1)):
        subject.run("document.querySelectorAll('#rows th button')[5].focus()")
        subject.press("Enter")
        found = subject.run(seconds)
        assert found == sorted(found)[::way]
        assert subject.run("document.querySelectorAll('#rows th')[5].getAttribute('aria-sort')") == sort


def test_a_link_to_a_law_that_holds_unfolds_it(subject: Tab) -> None:
    row = "document.querySelector('#rows tr[data-outcome=pass] a')"
    subject.run(f"{row}.focus()")
    subject.press("Enter")
    wanted = f"document.getElementById({row}.getAttribute('href').slice(1))"
    assert subject.run(f"new Promise((done) => setTimeout(() => done({wanted}.checkVisibility()), 200))")
    assert subject.run(f"document.activeElement === {wanted}")


@pytest.mark.parametrize(("may", "said"), [("granted", "Copied"), ("denied", "Marked: press Ctrl+C")])
def test_a_button_copies_the_command_or_says_that_it_cannot(subject: Tab, may: str, said: str) -> None:
    subject.browser.ask("Browser.setPermission", permission={"name": "clipboard-write"}, setting=may)
    subject.browser.ask("Browser.setPermission", permission={"name": "clipboard-read"}, setting="granted")
    subject.run("document.querySelector('.law .copy').focus()")
    subject.press("Enter")
    button = "document.querySelector('.law .copy')"
    assert subject.run(f"new Promise((done) => setTimeout(() => done({button}.textContent), 300))") == said
    command = subject.run(f"{button}.parentElement.querySelector('code').textContent")
    assert command.startswith("specimen check ")
    copied = "navigator.clipboard.readText()" if may == "granted" else "getSelection().toString()"
    assert subject.run(copied) == command


def test_twenty_broken_laws_take_two_megabytes_and_a_second_at_most(
    browser: Browser, pages: dict[str, Path], broken: Report, tmp_path: Path
) -> None:
    assert sum(law.outcome.status != "pass" for verdict in broken.verdicts for law in verdict.laws) >= 20
    assert pages["subject"].stat().st_size <= MAX_BYTES
    (tmp_path / "empty.html").write_text("<!doctype html><title>empty</title>")
    took = {}
    for name, path in (("empty", tmp_path / "empty.html"), ("subject", pages["subject"])):
        tries = [Tab(browser, path) for _ in range(3)]
        took[name] = min(tab.run(LOADED) for tab in tries)
        for tab in tries:
            tab.close()
    assert took["subject"] - took["empty"] <= 1.0  # a busy machine takes longer for an empty page too


@pytest.mark.parametrize("name", ["hostile", "stranger", "class"])
def test_what_a_stranger_wrote_is_shown_and_nothing_of_it_runs(
    name: str, browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    policy = 'http-equiv="Content-Security-Policy"'
    text = pages[name].read_text()
    assert text.count(policy) == 1
    armed = text.replace("<head>", "<head><script>window.alarm = () => { document.title = 'alarm'; };</script>", 1)
    (tmp_path / "armed.html").write_text(armed.replace(policy, "x"))  # escaped, not only barred
    tab = Tab(browser, tmp_path / "armed.html")
    tab.run(UNFOLDED)
    assert (tab.said, tab.requested) == ([], set())
    assert "alarm" not in tab.run("document.title").split()
    assert tab.run("document.querySelectorAll('img, iframe, object, [onerror]').length") == 0
    assert tab.run("document.querySelector('main').textContent").count("<img src=x onerror=alarm()>") >= 2
    assert (
        tab.run("/[\\u0000-\\u0008\\u202a-\\u202e\\u2066-\\u2069]/.test(document.documentElement.outerHTML)") is False
    )
    tab.close()


def test_a_page_runs_its_own_scripts_alone(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    text = pages["subject"].read_text()
    (tmp_path / "page.html").write_text(text.replace("</body>", "<script>document.title = 'alarm'</script></body>"))
    tab = Tab(browser, tmp_path / "page.html")
    assert tab.run("document.title") != "alarm"
    assert ["Content Security Policy" in said for said in tab.said] == [True]
    tab.close()


def test_a_page_is_the_same_of_the_same_report_and_bounded_whatever_is_said(
    broken: Report, pages: dict[str, Path]
) -> None:
    assert subject_page.page(broken) == pages["subject"].read_text()
    assert pages["hostile"].stat().st_size < 200_000

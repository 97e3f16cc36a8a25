"""The write-up as a page: the same words as on paper, nothing run or fetched, and room for everything on a phone."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.browser import POLICY, Seen, driven, opened
from tests.writeup.papers import HOSTILE, everything, record, step
from tests.writeup.test_paper_pdf import squeezed, text
from writeup.paper import NAME, page, pdf, write
from writeup.paper.blocks import Derivation, Document, Maths, Paragraph, Table
from writeup.paper.laid import laid
from writeup.paper.mathematics import FormulaError

PHONE_PX = 360
FOREIGN = " ".join(HOSTILE)
DRIVER = """
const result = { width: [document.documentElement.scrollWidth, window.innerWidth], title: document.title };
const boxes = Array.from(document.querySelectorAll("[role=region]"));
result.regions = boxes.map((box) => [box.tabIndex, Boolean(box.getAttribute("aria-label"))]);
result.wide = Array.from(document.querySelectorAll(".equation div")).filter((box) => box.scrollWidth > box.clientWidth + 1).length;
result.math = Array.from(document.querySelectorAll("math")).filter((one) => one.getBoundingClientRect().height < 5).length;
result.broken = Array.from(document.images).filter((one) => !one.naturalWidth).length;
result.dead = Array.from(document.querySelectorAll("a")).filter((one) => !document.getElementById(one.hash.slice(1))).length;
result.levels = Array.from(document.querySelectorAll("h1, h2, h3, h4")).map((one) => one.tagName).join(" ");
"""
LINED_UP = """
const sides = (side) => Array.from(document.querySelectorAll(`.derivation .equation:not(.below) ${side} math`)).map((one) => one.getBoundingClientRect());
const result = [sides(".left").map((at) => at.right), sides(".rest").map((at) => at.left)];
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everything(FOREIGN), [record()], tmp_path_factory.mktemp("paper"))[1]


@pytest.fixture(scope="module")
def seen(path: Path) -> Seen:
    return opened(path, path.parent / "profile")


def shown(content: str) -> str:
    """What is to be read on a page below its table of contents."""
    body = re.sub(r"<(style|script).*?</\1>", "", content.partition("</nav>")[2], flags=re.DOTALL)
    return squeezed(html.unescape(re.sub(r"<[^>]*>", "", body)))


def words(value: Any) -> list[str]:
    """Every text of what is laid out, in its order, without formulas and what is not to be read."""
    if isinstance(value, list):
        return [word for one in value for word in words(one)]
    if not isinstance(value, dict) or value.get("kind") == "maths":
        return [value] if isinstance(value, str) else []
    keys = (
        "number", "title", "points", "verdict", "source", "says", "how", "text", "command", "caption", "head", "rows", "line",
        "lines", "items", "sentences", "steps",
    )  # fmt: skip
    if value.get("kind") in ("figure", "run"):
        keys = ("title", "caption", "id", "facts")
    return [word for key in keys if key in value for word in words(value[key])]


def test_the_page_says_what_the_pages_say_in_their_order() -> None:
    paper = laid(everything(), [record()])
    for told in (shown(page.of(paper)), text(pdf.of(paper)).partition("Theruns")[2]):
        at = 0
        for word in words(paper["blocks"]):
            found = told.find(squeezed(word), at)
            assert found >= 0, (word, told[at : at + 80])
            at = max(at, found)


def test_the_same_document_is_the_same_page(path: Path) -> None:
    assert page.render(everything(FOREIGN), [record()]) == path.read_text()


def test_foreign_text_is_shown_and_never_run(path: Path, seen: Seen) -> None:
    assert not seen.console
    assert not seen.requested
    assert "<script>document" not in path.read_text()
    assert shown(path.read_text()).count(squeezed(HOSTILE[1])) >= 20
    assert POLICY.search(path.read_text())
    assert "<title>A title #import" in seen.dom


def test_a_phone_shows_it_all_in_its_width(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_text(path.read_text())
    result = opened(driven(copy, DRIVER, width=PHONE_PX), tmp_path / "profile").result
    assert result["width"] == [PHONE_PX, PHONE_PX]
    assert result["title"].startswith("A title #import")
    assert result["regions"] == [[0, True]] * 2
    assert result["wide"] > 0
    assert (result["math"], result["broken"], result["dead"]) == (0, 0, 0)
    assert result["levels"] == "H1 H2 H3 H4 H2"


def test_relations_stand_below_one_another(tmp_path: Path) -> None:
    chain = Derivation((step("a + b + c", "=", "d"), step(r"\frac{a}{b}", "=", "d + 1"), step("x", "=", "y")))
    path = write(Document("A title", (), (chain,)), [], tmp_path)[1]
    left, rest = opened(driven(path, LINED_UP, width=1000), tmp_path / "profile").result
    assert len(rest) == 3
    assert max(rest) - min(rest) < 1
    assert all(0 < b - a < 10 for a, b in zip(left, rest, strict=True))


def test_figures_have_words_and_are_in_the_page(path: Path) -> None:
    images = re.findall(r"<img [^>]*>", path.read_text())
    assert len(images) == 1
    assert 'src="data:image/svg+xml;base64,' in images[0]
    assert 'alt="A line #import' in images[0]


def test_nothing_is_written_where_one_of_the_two_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.pdf").write_text("as it was")
    with pytest.raises(FormulaError, match="foo"):
        write(Document("A title", (), (Paragraph((Maths(r"\foo"),)),)), [], tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {f"{NAME}.pdf": "as it was"}


def test_numbers_in_a_column_have_their_points_below_one_another() -> None:
    rows = tuple(((one,),) for one in ("0.25", "12", "-3.5", "none"))
    table = laid(Document("A title", (), (Table(("A table",), ("loss",), rows, "r"),)), [])["blocks"][0]
    shown = [row[0][0]["text"] for row in table["rows"]]
    assert [one.rstrip() for one in shown] == ["0.25", "12", "-3.5", "none"]
    assert [len(one) - len(one.rstrip()) for one in shown] == [0, 3, 1, 0]

"""Every link of the documentation leads somewhere, every picture is there and says what it shows, and every page is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.target import ROOT
from tests.docs.pages import README, text

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/README.md", "examples/*/README.md")
    for path in ROOT.glob(pattern)
)
TAG = re.compile(r"<(img|a)\b([^>]*)>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
CLICKS = 2


def tokens(page: str) -> Iterator[Token]:
    for block in MarkdownIt("commonmark").enable("table").parse(text(page)):
        yield block
        yield from block.children or []


@cache
def links(page: str) -> list[str]:
    """Where a page's links and its pictures lead, in Markdown or in HTML."""
    found = [str(t.attrGet("href") or t.attrGet("src")) for t in tokens(page) if t.type in ("link_open", "image")]
    return found + [one.get("href") or one["src"] for _, one in tags(page)]


def tags(page: str) -> list[tuple[str, dict[str, str]]]:
    raw = "".join(token.content for token in tokens(page) if token.type in ("html_block", "html_inline"))
    return [(name, dict(ATTRIBUTE.findall(rest))) for name, rest in TAG.findall(raw)]


@cache
def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: list[str] = []
    every = list(tokens(page))
    for number, token in enumerate(every):
        if token.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", every[number + 1].content.lower()).replace(" ", "-")
            again = found.count(slug)
            found.append(f"{slug}-{again}" if again else slug)
    return set(found)


def within(page: str) -> Iterator[tuple[str, Path, str]]:
    """The links of a page within the repository: as it stands, the file, the anchor."""
    for link in links(page):
        parts = urlsplit(link)
        if not parts.scheme:
            there = (ROOT / page).parent / parts.path if parts.path else ROOT / page
            yield link, there.resolve(), parts.fragment


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    for link, there, anchor in within(page):
        assert there.is_relative_to(ROOT), link
        assert there.exists(), link
        assert not anchor or anchor in anchors(there.relative_to(ROOT).as_posix()), link


def test_links_to_elsewhere_are_well_formed_and_listed_for_a_person_to_check() -> None:
    listed = text("CONTRIBUTING.md").partition("## Documentation")[2].partition("\n## ")[0]
    named = {url for page in PAGES for url in re.findall(r"\b\w+://[^\s)>`\"]+", text(page))}
    for url in named - {"tcp://HOST:8786"}:
        assert urlsplit(url).scheme == "https"
        assert "." in urlsplit(url).netloc
        assert f"]({url})" in listed, f"{url} is not in CONTRIBUTING's list"


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_says_what_it_shows(page: str) -> None:
    in_markdown = [token.content for token in tokens(page) if token.type == "image"]
    in_html = [attributes.get("alt", "") for name, attributes in tags(page) if name == "img"]
    assert all(len(alt.split()) > 2 for alt in in_markdown + in_html)


def test_every_page_and_picture_is_found_in_two_clicks() -> None:
    seen = {README}
    for _ in range(CLICKS):
        seen |= {there.relative_to(ROOT).as_posix() for page in seen & set(PAGES) for _, there, _ in within(page)}
    every = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert {path for path in every if path.endswith((".md", ".svg", ".png"))} - seen == set()

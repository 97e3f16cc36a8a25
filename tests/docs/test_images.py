"""The pictures are small, sharp, and ask nobody for anything; what makes them makes them of real runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from docs.making.__main__ import PICTURES
from docs.making.pages import MOST_BYTES, WIDTH, small
from docs.making.terminal import block, still
from harness.target import ROOT
from tests.docs.pages import lines_of

IMAGES = sorted((ROOT / "docs" / "images").iterdir())


def test_every_picture_is_one_that_can_be_made_anew() -> None:
    assert {path.stem for path in IMAGES} == {*PICTURES, "write-up"}


@pytest.mark.parametrize("path", [path for path in IMAGES if path.suffix == ".png"], ids=lambda path: path.name)
def test_a_page_s_picture_is_small_and_sharp(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES
    with Image.open(path) as picture:
        assert picture.width >= 1.5 * WIDTH


@pytest.mark.parametrize("path", [path for path in IMAGES if path.suffix == ".svg"], ids=lambda path: path.name)
def test_a_still_asks_nobody_for_anything(path: Path) -> None:
    text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    assert "://" not in text
    assert "@font-face" not in text


def test_a_still_has_the_lines_that_it_was_made_of() -> None:
    lines = ["\x1b[31mfail\x1b[0m   0/1 laws", "  a < b & c                    broken"]
    assert lines_of(still("specimen check x.py", lines)) == ["$ specimen check x.py", "fail   0/1 laws", lines[1]]


def test_a_block_ends_where_the_next_line_is_empty() -> None:
    lines = ["3.1.2   a table", "", "\x1b[1m3.1.2\x1b[0m fail", "  why", "", "more"]
    assert block(lines, "3.1.2 fail") == lines[2:4]
    with pytest.raises(ValueError, match="no line begins with 'x'"):
        block(lines, "x")


def test_a_picture_of_many_colours_gets_as_few_as_are_small_enough() -> None:
    noise = Image.effect_noise((500, 500), 90)
    assert len(small(noise)) <= MOST_BYTES
    with pytest.raises(ValueError, match=r"\(1000, 1000\) is \d+ bytes in 16 colours"):
        small(Image.effect_noise((1000, 1000), 90))

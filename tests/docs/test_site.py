"""The site is built without a warning, and asks nobody for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.making.sections import markdown
from docs.making.site import DIRECTIVE
from harness.target import ROOT
from impl.attention import KERNELS
from tests.audits import FITS
from tests.browser import Browser, Tab
from tests.docs.pages import text

OUTSIDE = re.compile(r"<(?:script|link|img|iframe|source|video)\b[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>")
PHONE_PX = 360
FETCHED = re.compile(r"(?:@import|url\()\s*[\"']?(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_is_whole_and_asks_nobody_for_anything(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}
    assert {"index.html", "students.html", "design.html", "reference/spec.html"} <= set(pages)
    assert [found[0] for page in pages.values() for found in OUTSIDE.finditer(page)] == []
    assert [path.name for path in site.rglob("*.css") if FETCHED.search(path.read_text())] == []


def test_no_page_is_wider_than_a_phone(site: Path, tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    try:
        for path in site.rglob("*.html"):
            tab = Tab(browser, path, width=PHONE_PX)
            content, width = tab.run(FITS)
            assert content <= width, path.name
            tab.close()
    finally:
        browser.close()


def test_every_kernel_of_the_list_is_in_the_reference() -> None:
    listed = {module: options.split() for module, options in DIRECTIVE.findall(text("docs/reference/impl.md"))}
    for name, place in KERNELS.items():
        module, _, function = place.partition(":")
        assert function in listed.get(f"impl.attention.{module}", []), name


def test_a_docstring_s_sections_are_a_list_of_definitions(site: Path) -> None:
    page = (site / "reference" / "spec.html").read_text()
    after = page.partition('id="spec.masks.causal"')[2]
    definitions = re.findall(r"<dt>(\w+)</dt>\s*<dd>\s*(.*?)\s*</dd>", after, re.DOTALL)[:2]
    assert [name for name, _ in definitions] == ["Shapes", "Source"]
    assert "<code>[q_len, kv_len]</code>" in definitions[0][1]


def test_nothing_in_a_docstring_is_taken_for_markdown() -> None:
    written = "At most a < b, x_1 * y_1 and `a < b`.\n\nShapes:  q [batch,\n         d_head].\nEdges:   __init__ [see]."
    assert markdown(written) == (
        "At most a &lt; b, x\\_1 \\* y\\_1 and `a < b`.\n\nShapes\n:   q `[batch, d_head]`.\n"
        "\nEdges\n:   \\_\\_init\\_\\_ \\[see\\].\n"
    )

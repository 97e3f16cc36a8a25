"""Every command and every option that a page names is there, and every command that it gives runs in a test here."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from harness.cli import app
from tests.docs.pages import FROM, PAGES, commands, sections, shown, text

ELSEWHERE = {  # options of pytest's, of our benchmarks', of tox's and of other programs
    "--device", "--quick", "--kernel", "--report", "--collect-only", "--benchmark-autosave", "--benchmark-save-data",
    "--all-files",
}  # fmt: skip
TOP: Any = typer.main.get_command(app)  # a group of typer's own click


def given() -> set[tuple[str, str]]:
    """Each section that gives commands beyond those whose output is shown, by its page."""
    each = ((page, section) for page in PAGES for section in sections(page))
    return {(page, section) for page, section in each if set(commands(page, section)) - set(shown())}


def run_in_tests() -> set[tuple[str, str]]:
    """Each section whose page and heading a module of tests here names."""
    found = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        code = path.read_text()
        named = dict(re.findall(r'^(PAGE) = "(.*)"$', code, re.MULTILINE))
        strings = {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
        pages = {page for page in PAGES if page in strings or page in named.values()}
        found |= {(page, section) for page in pages for section in sections(page) if section in strings}
    return found


def test_every_command_of_a_page_runs_in_a_test() -> None:
    assert given() - run_in_tests() == set()


def inline(page: str) -> Iterator[str]:
    """The commands that a page names within its sentences and tables."""
    yield from re.findall(r"`(specimen [^`]*)`", FROM.sub("", text(page)))


def known(command: Any) -> set[str]:
    own = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    return own.union(*(known(one) for one in getattr(command, "commands", {}).values()), {"--help"})


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_exists(page: str) -> None:
    for line in inline(page):
        name = shlex.split(line)[1]
        assert name.startswith("-") or name in ("...", *TOP.commands), f"{page}: `{line}`"


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text(page)))
    assert named <= known(TOP) | ELSEWHERE

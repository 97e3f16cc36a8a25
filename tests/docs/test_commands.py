"""Every command of a page is taken by a test here, and every command and option that a page names is there."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from harness.cli import app
from harness.target import ROOT
from tests.docs.pages import EXAMPLES, PAGES, PROGRAMS, commands, in_sentences, in_table, inline, prose, sections, shown

INDEX = "needs the package index: tests/docs/test_readme.py runs it where CI is set"
MARKUS = "sets up a machine of MarkUs's from the package index; the tester itself runs in tests/harness/report"
VENV = "python3 -m venv .venv && .venv/bin/pip install -q tox"
WHOLE_MACHINE = {
    f"{VENV} && .venv/bin/tox -e check": INDEX,
    f"{VENV} && .venv/bin/tox -e check -- path/to/nmt.ipynb": INDEX,
    f"{VENV} && .venv/bin/tox": "needs the package index, and is the whole of the tests: .ci/run",
    f"{VENV} pre-commit && .venv/bin/pre-commit install": "needs the package index, and changes a clone's hooks",
    "git clone . /opt/specimen": MARKUS,
    "python3 -m venv /opt/specimen/.venv": MARKUS,
    "/opt/specimen/.venv/bin/pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu": MARKUS,
    "/opt/specimen/.venv/bin/pip install --editable /opt/specimen": MARKUS,
}
"""The commands that only a whole machine can run, each with the reason."""
OF_PYTEST = {"-k", "-m", "--device"}
"""Those of pytest's own options that pages name, and the plugin's."""
ELSEWHERE = {
    "docs/compare.md": {"--benchmark-autosave", "--benchmark-save-data"}  # pytest-benchmark's
}
"""Options that a page names of programs that are neither ours nor tox."""
CALLED = {page: ["specimen grade FOLDER"] for page in EXAMPLES}
"""Commands that a page does not name, and the scripts beside it call."""
TOP: Any = typer.main.get_command(app)  # a group of typer's own click


INLINE = {
    "specimen check --help": "tests/docs/test_readme.py",
    "specimen grade class/*": "a shell makes several paths of it: tests/harness/grading",
    "specimen check clip.ipynb --weights NAME --images DIR --target FILE": "as in docs/experiments.md, where it is taken",
}
"""Commands within sentences that are the beginning of none in a block, each with where it runs."""


def given() -> dict[tuple[str, str], int]:
    """How many commands a section gives, for each that has one which is neither shown with its output nor a machine's."""
    each = {(page, section): commands(page, section) for page in PAGES for section in sections(page)}
    return {where: len(found) for where, found in each.items() if set(found) - set(shown()) - set(WHOLE_MACHINE)}


def taken_in_tests() -> dict[tuple[str, str], int]:
    """How many commands of a section the tests here take, from the calls as they are written."""
    found = {}
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text())
        values: dict[str, Any] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = getattr(node.value, "value", None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "taken":
                page, section, count = (
                    values.get(getattr(one, "id", ""), getattr(one, "value", None)) for one in node.args
                )
                found[page, section] = count
    return found


def test_every_command_of_a_page_is_taken_by_a_test() -> None:
    assert given() == taken_in_tests()


def test_every_command_within_a_sentence_is_taken_by_a_test() -> None:
    whole = {command for page in PAGES for section in sections(page) for command in commands(page, section)}
    whole |= {*shown(), *in_table("docs/students.md"), *in_sentences("benchmarks/README.md", "specimen compare")}
    ours = {command for page in PAGES for command in inline(page) if command.startswith("specimen ")}
    assert {one for one in ours if not any(f"{command} ".startswith(f"{one} ") for command in whole)} == set(INLINE)


def test_every_command_that_no_test_takes_is_given_by_a_page() -> None:
    every = {command for page in PAGES for section in sections(page) for command in commands(page, section)}
    assert set(WHOLE_MACHINE) - every == set()


def known(command: Any) -> set[str]:
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}


def of_ours(words: list[str]) -> set[str]:
    """The options of the command of ours that the words after `specimen` begin with."""
    command = TOP
    for word in words:
        if word.startswith("-") or not hasattr(command, "commands"):
            break
        assert word in command.commands, f"there is no {' '.join(words)}"
        command = command.commands[word]
    below = getattr(command, "commands", {}).values()
    return known(command).union(*map(known, below)) if command is not TOP else known(TOP)


def added(path: str, call: str) -> set[str]:
    """The options that a module of ours adds to a parser."""
    return set(re.findall(rf'{call}\(\s*"(--[a-z-]+)"', (ROOT / path).read_text()))


OF_BENCHMARKS = OF_PYTEST | added("benchmarks/conftest.py", "addoption")
OF_TOX: dict[str, Callable[[list[str]], set[str]]] = {
    "check": lambda words: of_ours(["check", *words]),
    "tests": lambda _: OF_PYTEST,
    "bench": lambda _: OF_BENCHMARKS,
    "bench-sweep": lambda _: added("benchmarks/sweep.py", "add_argument"),
    "images": lambda _: added("docs/making/__main__.py", "add_argument"),
}
"""By a tox environment, the options of what it hands its words to."""


def allowed(words: list[str]) -> set[str]:
    """The options that a command may have, by what it begins with."""
    match words:
        case ["specimen", *rest]:
            return of_ours(rest)
        case ["tox" | ".venv/bin/tox"]:
            return set()
        case ["tox" | ".venv/bin/tox", "-e", environment, *rest]:
            assert f"[testenv:{environment}]" in (ROOT / "tox.ini").read_text(), f"there is no {environment}"
            return {"-e", "--"} | (OF_TOX[environment](rest[1:]) if rest[1:] and environment in OF_TOX else set())
        case ["python", "-m", "pytest", "benchmarks", *_]:
            return {"-m"} | OF_BENCHMARKS
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module), f"there is no {module}"
            return {"-m"}
        case ["pre-commit" | ".venv/bin/pre-commit", "run" | "install", *_]:
            return {"--all-files"}
    raise AssertionError(f"nothing is known of {shlex.join(words)}")


def named(page: str) -> Iterator[str]:
    """Every command of ours, of tox's and the like that a page names, in blocks and in sentences."""
    yield from (command for command, places in shown().items() if page in dict(places))
    for section in sections(page):
        for line in commands(page, section):
            yield from (part for part in line.split(" && ") if part.partition(" ")[0] in PROGRAMS)
    yield from inline(page)
    yield from CALLED.get(page, ())


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_has_the_options_that_it_is_named_with(page: str) -> None:
    for command in named(page):
        words = shlex.split(command)
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]|--$", word)}
        assert options <= allowed(words), f"{page}: {command}"


@pytest.mark.parametrize("page", PAGES)
def test_every_option_by_itself_is_one_of_a_command_that_the_page_names(page: str) -> None:
    alone = {option for part in prose(page) for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", part)}
    of_commands = [allowed(shlex.split(command)) for command in named(page)]
    assert alone <= set().union(*of_commands) | ELSEWHERE.get(page, set())

"""The first cell says what the notebook lacks, in a sentence, before anything is imported."""

import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from notebooks.make import HERE, NAMES, read
from tests.notebooks.needed import packages

Begin = Callable[[str], dict[str, Any]]
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]


def first(name: str) -> str:
    return str(next(cell.source for cell in read(name).cells if cell.cell_type == "code"))


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Runs a notebook's first cell in its own folder, for what it defines; whatever it changes is put back."""
    monkeypatch.chdir(HERE)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")

    def run(name: str) -> dict[str, Any]:
        defined: dict[str, Any] = {}
        exec(first(name), defined)  # noqa: S102 - it is ours
        return defined

    return run


@pytest.mark.parametrize("name", NAMES)
def test_it_names_every_package_that_the_notebook_imports(name: str, begin: Begin) -> None:
    assert begin(name)["NEEDED"].split() == sorted(packages(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_package_that_is_not_there_is_named(name: str, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda one: None if one == "lark" else there(one))
    with pytest.raises(ModuleNotFoundError, match=r"^lark not installed: run `%pip install -q -e .*` in a cell, once"):
        begin(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("found", ["2.10.1+cu128", "1.13.0"])
def test_a_torch_that_is_too_old_is_named(name: str, found: str, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", {"torch": found}.__getitem__)
    with pytest.raises(
        RuntimeError, match=rf"^torch here is {re.escape(found)}, and must be 2\.11 or later: run `%pip"
    ):
        begin(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_python_that_is_too_old_is_named(name: str, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    with pytest.raises(RuntimeError, match=r"^Python here is .*, and must be 3\.11 or later\.$"):
        begin(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_too_old_is_what_the_project_says_is(name: str) -> None:
    least: list[Any] = re.findall(r" < \((\d+), (\d+)\)", first(name))
    asked = [PROJECT["requires-python"], *(one for one in PROJECT["dependencies"] if re.match(r"torch\W", one))]
    assert [".".join(one) for one in least] == [one.partition(">=")[2] for one in asked]

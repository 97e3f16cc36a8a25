"""The notebooks as they are shipped: the cells of their texts, with outputs, and nothing of the machine that made them."""

import json
import re
import socket

import nbformat
import pytest
from nbformat import NotebookNode

from notebooks.__main__ import main
from notebooks.make import HERE, NAMES, read

MOST_BYTES = 600_000
PATHS = re.compile(r"/(home|root|tmp|work|mnt|Users|content|usr|opt|var)/|[A-Z]:\\\\")


def shipped(name: str) -> NotebookNode:
    return nbformat.read(HERE / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_the_cells_of_its_text(name: str) -> None:
    expected = [(cell.cell_type, cell.id, cell.source) for cell in read(name).cells]
    assert expected == [(cell.cell_type, cell.id, cell.source) for cell in shipped(name).cells]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_was_run_in_its_order_and_none_raised(name: str) -> None:
    code = [cell for cell in shipped(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert {output.output_type for output in outputs} <= {"display_data", "execute_result", "stream"}
    assert {output.name for output in outputs if output.output_type == "stream"} <= {"stdout"}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_nothing_of_the_machine_that_made_it(name: str) -> None:
    outputs = [output for cell in shipped(name).cells for output in cell.get("outputs", [])]
    shown = json.dumps([without_pictures(output) for output in outputs])
    assert not PATHS.search(shown), PATHS.search(shown)
    assert socket.gethostname() not in shown
    assert " at 0x" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_soon_loaded(name: str) -> None:
    assert (HERE / f"{name}.ipynb").stat().st_size <= MOST_BYTES


def test_all_begin_alike() -> None:
    """What finds the project and says what is missing is the same in each, but for the packages' names and CLIP's threads."""
    first = [next(cell.source for cell in read(name).cells if cell.cell_type == "code") for name in NAMES]
    assert len({re.sub(r"(?m)^(NEEDED = .*|import os|os\..*)\n", "", source) for source in first}) == 1


def test_a_notebook_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nmt", "none"]) == 2
    assert capsys.readouterr().err == "none is no notebook; there are nmt, bert, clip\n"


def without_pictures(output: NotebookNode) -> dict[str, object]:
    data = {kind: text for kind, text in output.get("data", {}).items() if not kind.startswith("image/")}
    return {**output, "data": data}

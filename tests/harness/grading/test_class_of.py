"""The class that is made for tests is the same each time, and comes to what it must."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from harness.grading import executors
from harness.grading.gather import gather
from harness.grading.grade import Order, grade
from harness.notebook.cells import read
from tests.harness.grading.class_of import CHEATS, MUTANTS, faults, make, student
from tests.harness.grading.tiny import records

N, FEW = 300, 12


def test_a_class_has_mutants_of_every_item_right_ones_and_cheats() -> None:
    made = [student(i) for i in range(N)]
    named = {name for one in made for name in one.of.values()}
    assert all(named & {mutant.name for mutant in mutants} for mutants in MUTANTS.values())
    assert len(named & {cheat.name for cheat in CHEATS}) > N // 20
    assert sum(not one.of for one in made) > N // 10
    assert [one.files for one in made] == [student(i).files for i in range(N)]


def test_every_notebook_of_a_class_can_be_read_and_parsed() -> None:
    for i in range(0, N, 10):
        text = student(i).files["nmt.ipynb"]
        assert read(text, "nmt.ipynb")
        for cell in json.loads(text)["cells"]:
            assert cell["cell_type"] == "markdown" or ast.parse(cell["source"])


def test_whoever_is_marked_other_than_must_be_is_named() -> None:
    must = {"ann": {"must": {"3.3.3": "wrong"}, "broken": {"3.3.3": "line"}, "of": {"3.3.3": "a mutant"}}}
    law = {"name": "line", "status": "pass", "message": ""}
    question = {"id": "3.3.3", "status": "pass", "points": 1.0, "max_points": 1.0, "laws": [law]}
    record = {"name": "ann", "error": None, "questions": [question]}
    assert len(faults(must, [record])) == 2
    assert faults(must, []) == ["ann: there is no record"]
    right = {**question, "status": "partial", "points": 0.5, "laws": [{**law, "status": "broken"}]}
    assert faults(must, [{**record, "questions": [right]}]) == []
    assert len(faults(must, [{**record, "questions": [{**right, "points": 1.0}]}])) == 1


@pytest.mark.slow
def test_a_class_comes_to_what_it_must(tmp_path: Path) -> None:
    must = make(FEW, tmp_path / "class")
    asked = {"seed": 7, "examples": None, "timeout_s": 60.0, "isolation": None}
    order = Order(tmp_path / "grades", asked, resume=False, formats=["csv"], audience="staff", command="")
    grade(order, gather([tmp_path / "class"]), executors.local, [])
    assert faults(must, records(tmp_path / "grades")) == []

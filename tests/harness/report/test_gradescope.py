"""Gradescope's results.json: its form, its marks, what students see, and hostile texts in Markdown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from harness.report.gradescope import MAX_OUTPUT, as_gradescope, text
from harness.report.record import COLUMNS, Record, total
from tests.harness.report.records import LAWS, SEED, a_class, hostile, law, question, record

TOP = {
    "score": float, "execution_time": int, "output": str, "output_format": str, "test_output_format": str,
    "test_name_format": str, "visibility": str, "stdout_visibility": str, "extra_data": dict, "tests": list,
}  # fmt: skip
TEST = {
    "score": float, "max_score": float, "status": str, "name": str, "name_format": str, "number": str, "output": str,
    "output_format": str, "visibility": str, "tags": list,
}  # fmt: skip


def found_in(made: dict[str, Any], number: str) -> dict[str, Any]:
    (found,) = [test for test in made["tests"] if test["number"] == number]
    return found


def outputs(made: dict[str, Any]) -> list[str]:
    return [made["output"], *(test["output"] for test in made["tests"])]


@pytest.mark.parametrize("audience", ["students", "staff"])
def test_every_field_is_one_that_gradescope_knows_and_of_its_type(audience: Any) -> None:
    for one in [*a_class(40), hostile()]:
        made = json.loads(text(one, audience=audience))
        assert {name: type(value) for name, value in made.items()} == TOP
        for test in made["tests"]:
            assert {name: type(value) for name, value in test.items()}.items() <= TEST.items()
            assert test["visibility"] in {"visible", "hidden"}


def test_there_is_a_test_a_question_and_the_total_is_their_sum() -> None:
    for one in a_class(40):
        made = as_gradescope(one)
        assert [test["number"] for test in made["tests"]] == [column.id for column in COLUMNS]
        assert made["score"] == round(sum(test.get("score", 0) for test in made["tests"]), 2) == total(one)[0]


@pytest.mark.parametrize("status", ["partial", "fail", "error", "timeout", "missing", "not-run"])
def test_only_what_passes_is_passed_and_has_full_marks(status: str) -> None:
    test = found_in(as_gradescope(record("a", [question("3.1.1", status, points=0.49)])), "3.1.1")
    assert test["status"] == "failed"
    assert test["score"] < test["max_score"] == 0.5
    assert found_in(as_gradescope(record("a", [question("3.1.1", "pass")])), "3.1.1")["status"] == "passed"


def test_what_a_person_marks_has_no_score_no_status_and_not_what_a_marker_looks_for() -> None:
    test = found_in(as_gradescope(record("a", [question("3.1.3", "human")])), "3.1.3")
    assert not {"score", "max_score", "status"} & test.keys()
    assert test["tags"] == ["marked by a person"]
    assert "equivariant" not in json.dumps(as_gradescope(record("a", [question("3.1.3", "human")])))


def test_students_are_told_no_seed_and_have_nothing_hidden(unscaled: Record) -> None:
    for one in [*a_class(10), unscaled]:
        made = text(one)
        assert str(SEED) not in made
        assert '"hidden"' not in made.replace('"stdout_visibility": "hidden"', "")


def test_staff_are_told_the_seed_and_every_command_in_a_hidden_test_alone() -> None:
    one = record("a", [question("3.1.1", "fail"), question("3.1.3", "human")])
    made = as_gradescope(one, audience="staff")
    hidden = [test for test in made["tests"] if test["visibility"] == "hidden"]
    assert [test["number"] for test in hidden] == ["staff"]
    assert f"--seed {SEED}" in hidden[0]["output"]
    assert "landlock" in hidden[0]["output"]
    assert "equivariant" in hidden[0]["output"]
    assert "score" not in hidden[0]
    visible = as_gradescope(one)
    assert [test for test in made["tests"] if test not in hidden] == visible["tests"]
    assert made | {"tests": 0} == visible | {"tests": 0}


def test_a_student_reads_which_laws_broke_on_what_and_how_to_see_it(unscaled: Record) -> None:
    output = found_in(as_gradescope(unscaled), "3.1.1")["output"]
    shown = re.sub(r"<[^>]*>", "", MarkdownIt().render(output))
    assert "The context is softmax(q k^T / sqrt(hidden)) v of the projected inputs." in shown
    assert re.search(r"context\[0, 0, 0\] is -?[\d.]+, expected -?[\d.]+", shown)
    assert "specimen check 'my work/nmt.ipynb' --law context --question 3.1.1 --examples 3" in shown


@pytest.mark.parametrize("audience", ["students", "staff"])
def test_hostile_texts_stay_text_in_markdown(audience: Any) -> None:
    one = hostile()
    for output in outputs(as_gradescope(one, audience=audience)):
        rendered = MarkdownIt("commonmark", {"html": True}).render(output)
        tags = set(re.findall(r"</?([a-z0-9]+)", rendered))
        assert tags <= {"p", "pre", "code", "strong"}
        assert all(c.isprintable() or c == "\n" for c in output)
    assert "alarm()" in json.dumps(as_gradescope(one, audience=audience))  # it is shown


def long_record() -> Record:
    laws = [law(f"law-{i}", "3.1.1", "broken", message="x" * 50_000, sentence="y" * 50_000) for i in range(200)]
    asked = [question(column.id, "fail", laws=laws, note="z" * 50_000) for column in COLUMNS]
    return record("long", asked, remarks=["r" * 10_000] * 1000)


def test_outputs_are_bounded_and_say_what_they_leave_out() -> None:
    made = as_gradescope(long_record())
    assert all(len(output) <= MAX_OUTPUT + 100 for output in outputs(made))
    assert "There is more, which is left out here." in found_in(made, "3.1.1")["output"]


def test_a_submission_that_could_not_be_judged_says_why_and_has_nothing() -> None:
    made = as_gradescope(record("a", [], error="the archive is damaged"))
    assert made["score"] == 0
    assert "the archive is damaged" in made["output"]
    assert {test["status"] for test in made["tests"] if "status" in test} == {"failed"}


def test_half_a_record_is_a_whole_file_in_which_the_rest_was_not_judged() -> None:
    made = as_gradescope(record("a", [question("3.1.1", "pass")]))
    assert made["score"] == 0.5
    assert "was not judged" in found_in(made, "3.1.2")["output"]
    assert len(made["tests"]) == len(COLUMNS)


def test_the_broken_laws_of_a_question_are_all_named() -> None:
    one = record(
        "a", [question("3.1.1", "fail", laws=[law(f"{n}-{i}", "3.1.1", "broken") for n in LAWS for i in range(2)])]
    )
    output = found_in(as_gradescope(one), "3.1.1")["output"].replace("\\", "")
    assert all(f"{name}-{i}" in output for name in LAWS for i in range(2))

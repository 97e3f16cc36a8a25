"""JUnit XML and the JSON document: what a parser finds in them."""

from __future__ import annotations

import json as plain
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.report.class_json import json
from harness.report.junit import junit
from harness.report.record import COLUMNS, Record
from harness.target import ROOT
from tests.harness.report.records import SEED, a_class, hostile, law, question, record


def suites(records: Any, **options: Any) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring("".join(junit(records, **options)).encode()))  # noqa: S314 - ours


def children(case: ElementTree.Element) -> list[str]:
    return [child.tag for child in case]


def test_there_is_a_suite_a_submission_and_a_case_a_law() -> None:
    records = list(a_class(20))
    found = suites(records)
    assert [suite.get("name") for suite in found] == [one["name"] for one in records]
    for suite, one in zip(found, records, strict=True):
        n_laws = sum(max(1, len(q["laws"])) for q in one["questions"]) if one["questions"] else len(COLUMNS)
        assert len(suite.findall("testcase")) == int(str(suite.get("tests"))) == n_laws
        for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{kind}")) == int(str(suite.get(count)))


@pytest.mark.parametrize(
    ("status", "child"),
    [("pass", []), ("broken", ["failure"]), ("flaky", ["failure"]), ("error", ["error"]), ("timeout", ["error"]),
     ("not-run", ["skipped"])],
    ids=str,
)  # fmt: skip
def test_a_law_is_a_case_of_its_outcome(status: str, child: list[str]) -> None:
    (suite,) = suites([record("a", [question("3.1.1", "partial", laws=[law("context", "3.1.1", status)])])])
    (case,) = [case for case in suite.findall("testcase") if case.get("name") == "context"]
    assert children(case) == child
    assert case.get("classname") == "3.1.1 ScaledDotAttention"


@pytest.mark.parametrize(("status", "child"), [("missing", "failure"), ("not-run", "skipped"), ("human", "skipped")])
def test_a_question_without_laws_never_passes(status: str, child: str) -> None:
    (suite,) = suites([record("a", [question("3.1.1", status)])])
    (case,) = [case for case in suite.findall("testcase") if case.get("classname") == "3.1.1 ScaledDotAttention"]
    assert children(case) == [child]


@pytest.mark.parametrize("audience", ["students", "staff"])
def test_hostile_texts_are_text_in_xml(audience: Any) -> None:
    (suite, after) = suites([hostile(), record("after", [])], audience=audience)
    tags = {element.tag for element in suite.iter()}
    assert tags == {"testsuite", "testcase", "failure", "error", "skipped", "system-out"}
    assert "alarm()" in str(suite.get("name"))
    assert after.get("name") == "after"


def test_students_are_told_no_seed_and_staff_are(unscaled: Record) -> None:
    for made in (junit, json):
        assert str(SEED) not in "".join(made([unscaled], audience="students"))
        assert str(SEED) in "".join(made([unscaled], audience="staff"))


def test_the_json_document_has_every_submission_with_its_points() -> None:
    records = list(a_class(20))
    document = plain.loads("".join(json(records)))
    assert (document["schema"], document["audience"]) == (1, "staff")
    assert [one["name"] for one in document["submissions"]] == [one["name"] for one in records]
    assert document["submissions"][0].keys() == records[0].keys() | {"points", "max_points"}
    assert plain.loads("".join(json([])))["submissions"] == []


def test_the_json_document_of_hostile_records_is_json_that_any_program_reads() -> None:
    text = "".join(json([hostile()], audience="students"))
    assert text.isascii()
    assert not any("\ud800" <= c <= "\udfff" or c == "\x00" for c in str(plain.loads(text)))
    assert "f00d" not in text
    assert "look for" not in "".join(json([record("a", [question("3.1.3", "human")])], audience="students"))


def test_every_field_of_the_json_document_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "formats.md").read_text()))
    document = plain.loads("".join(json(a_class(1))))
    assert (document.keys() | document["submissions"][0].keys()) - documented == set()

"""Records as JUnit XML: a test suite a submission, a test case a law, for whatever reads test results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from harness.report import foreign
from harness.report.record import MAX_MESSAGE, Audience, Record, note_of, questions, replay

KIND = {
    "pass": "", "broken": "failure", "flaky": "failure", "fail": "failure", "partial": "failure", "missing": "failure",
    "error": "error", "timeout": "error", "not-run": "skipped", "human": "skipped",
}  # fmt: skip


def junit(records: Iterable[Record], *, audience: Audience = "students") -> Iterator[str]:
    """The document, a submission at a time.

    Units:   times in seconds.
    Edges:   a question without laws is one test case: missing is a failure, not-run and human are skipped, and nothing
             of these is passed.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="specimen">\n'
    for record in records:
        yield _suite(record, audience)
    yield "</testsuites>\n"


def _suite(record: Record, audience: Audience) -> str:
    cases = [case for question in questions(record) for case in _cases(question, record, audience)]
    counts = Counter(kind for kind, _ in cases)
    numbers = {
        "tests": len(cases), "failures": counts["failure"], "errors": counts["error"], "skipped": counts["skipped"],
    }  # fmt: skip
    attributes = "".join(f' {name}="{number}"' for name, number in numbers.items())
    name = foreign.xml_attribute(record["name"])
    start = f'<testsuite name={name}{attributes} time="{record["time_s"]:.3f}">\n'
    said = [record["error"] or "", *record["remarks"], *record["notes"]]
    if audience == "staff":
        said.append(f"seed {record['seed']}, {record['isolation']}, contents {record['digest']}")
    told = foreign.in_xml("\n".join(foreign.line(one) for one in said if one), at_most=10 * MAX_MESSAGE)
    return f"{start}{''.join(text for _, text in cases)}<system-out>{told}</system-out>\n</testsuite>\n"


def _cases(question: dict[str, Any], record: Record, audience: Audience) -> Iterator[tuple[str, str]]:
    """A kind and an element for each law; for a question without laws, for that."""
    group = f"{question['id']} {question['item'] or question['title']}"
    for law in question["laws"]:
        again = replay(law, question, record, audience)
        told = "\n".join([law["sentence"], law["message"], again])
        yield _case(group, law["name"], law["status"], law["message"], told, law["time_s"])
    if not question["laws"]:
        note = note_of(question, audience)
        yield _case(group, question["title"], question["status"], f"{question['status']}: {note}", note, 0.0)


def _case(group: str, name: str, status: str, message: str, told: str, time_s: float) -> tuple[str, str]:
    start = f'<testcase classname={foreign.xml_attribute(group)} name={foreign.xml_attribute(name)} time="{time_s:.3f}"'
    kind = KIND[status]
    if not kind:
        return kind, f"{start}/>\n"
    type_ = "" if kind == "skipped" else f" type={foreign.xml_attribute(status)}"
    inner = f"<{kind} message={foreign.xml_attribute(message)}{type_}>{foreign.in_xml(told, at_most=4 * MAX_MESSAGE)}</{kind}>"
    return kind, f"{start}>{inner}</testcase>\n"

"""MarkUs's rows: their form, their marks, and hostile texts that stay within a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.report.markus import MAX_OUTPUT, left_to_people, line, rows
from harness.report.record import COLUMNS, Record, total
from tests.harness.report.records import SEED, a_class, hostile, question, record

FIELDS = {"name": str, "output": str, "marks_earned": float, "marks_total": float, "status": str}


def printed(record: Any, **options: Any) -> list[dict[str, Any]]:
    """The rows as MarkUs reads them, a line each."""
    text = "".join(line(row) for row in rows(record, **options))
    return [json.loads(one) for one in text.splitlines()]


@pytest.mark.parametrize("audience", ["students", "staff"])
def test_every_row_is_one_that_markus_keeps(audience: Any) -> None:
    for one in [*a_class(40), hostile()]:
        found = printed(one, audience=audience)
        for row in found:
            time = row.pop("time")
            assert time is None or (type(time) is int and time >= 0)
            assert {name: type(value) for name, value in row.items()} == FIELDS
            assert row["status"] in {"pass", "partial", "fail", "error"}
            assert 0 <= row["marks_earned"] <= row["marks_total"]
            assert row["name"]
        assert len({row["name"] for row in found}) == len(found)


def test_marks_add_up_to_the_total_and_a_person_marks_the_rest() -> None:
    for one in a_class(20):
        assert round(sum(row["marks_earned"] for row in rows(one)), 2) == total(one)[0]
        people = [q.id for q in COLUMNS if q.kind == "prose"]
        assert not [row for row in rows(one) if row["name"].split()[0] in people]
        assert left_to_people(one) == f"Marked by a person, and no row here: {', '.join(people)}."


@pytest.mark.parametrize(
    ("status", "shown"),
    [("pass", "pass"), ("partial", "partial"), ("fail", "fail"), ("missing", "fail"), ("error", "error"),
     ("timeout", "error"), ("not-run", "error")],
    ids=lambda value: value,
)  # fmt: skip
def test_what_did_not_pass_is_no_pass_and_has_no_full_marks(status: str, shown: str) -> None:
    (row,) = [row for row in rows(record("a", [question("3.1.1", status)])) if row["name"].startswith("3.1.1")]
    assert row["status"] == shown
    assert (row["marks_earned"] == row["marks_total"]) == (status == "pass")


def test_times_are_whole_milliseconds_of_the_laws() -> None:
    times = {row["name"].split()[0]: row["time"] for row in rows(record("a", [question("3.1.1", "pass")]))}
    assert (times["3.1.1"], times["3.1.2"]) == (2000, None)


def test_students_are_told_no_seed_and_staff_are(unscaled: Record) -> None:
    assert str(SEED) not in json.dumps(printed(unscaled))
    assert f"--seed {SEED}" in json.dumps(printed(unscaled, audience="staff"))
    assert "again: specimen check 'my work/nmt.ipynb' --law context" in json.dumps(printed(unscaled))


def test_hostile_texts_stay_within_their_row_and_move_no_cursor() -> None:
    for row in printed(hostile()):
        assert all(c.isprintable() or c == "\n" for c in row["output"])
        assert len(row["output"]) <= MAX_OUTPUT + 100

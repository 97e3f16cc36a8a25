"""What a record comes to: its points, what students are told, and texts that cannot do anything."""

from __future__ import annotations

import pytest

from harness.report import foreign
from harness.report.record import COLUMNS, earned, faults, questions, said_of, total
from spec.handout import BY_ID
from tests.harness.report.records import HOSTILE, SEED, a_class, law, question, record

NOT_PASSED = ("fail", "error", "timeout", "missing", "not-run")


def test_every_marked_or_judged_question_is_a_column_once_in_the_handouts_order() -> None:
    ids = [column.id for column in COLUMNS]
    assert ids == [q for q in BY_ID if q in ids]
    assert {q.id for q in BY_ID.values() if q.points or q.kind == "prose"} <= set(ids)
    assert [q["id"] for q in questions(record("empty", []))] == ids


@pytest.mark.parametrize("status", NOT_PASSED)
def test_what_did_not_pass_has_no_points_whatever_a_record_says(status: str) -> None:
    assert earned(question("3.1.1", status, points=0.5)) == 0


def test_a_question_that_was_not_judged_says_why_and_has_no_points() -> None:
    found = {q["id"]: q for q in questions(record("a", [question("3.1.1", "pass")], error="the notebook is damaged"))}
    assert (found["3.1.1"]["status"], found["3.1.2"]["status"]) == ("pass", "error")
    assert found["3.1.2"]["note"] == "the notebook is damaged"
    assert (earned(found["3.1.2"]), earned(found["3.1.3"])) == (0, None)
    assert questions(record("b", []))[0]["note"] == "it was not judged"


def test_the_total_is_of_what_a_program_marks() -> None:
    people = sum(q.points for q in COLUMNS if q.kind == "prose")
    everything = sum(q.points for q in COLUMNS)
    judged = [question(q.id, "human" if q.kind == "prose" else "pass") for q in COLUMNS]
    assert total(record("a", judged)) == (everything - people, everything - people)
    by_hand = [question("2.1.1", "human") if q["id"] == "2.1.1" else q for q in judged]
    assert total(record("b", by_hand)) == (everything - people - 1, everything - people - 1)


def test_laws_that_fail_in_one_way_are_told_once() -> None:
    found = faults(question("3.1.1", "error"), record("a", []), "students")
    assert len(found) == 1
    assert len(found[0].laws) == 8
    assert len(faults(question("3.1.1", "fail"), record("a", []), "students")) == 8


def test_a_command_names_the_students_own_file_and_for_students_neither_seed_nor_isolation() -> None:
    broken = question("3.1.1", "fail", laws=[law("context", "3.1.1", "broken")])
    broken["laws"][0]["replay"] += " --isolation 2"
    ((for_students,), (for_staff,)) = (faults(broken, record("a", []), who) for who in ("students", "staff"))
    assert for_students.replay == "specimen check 'my work/nmt.ipynb' --law context --question 3.1.1 --examples 3"
    whole = for_students.replay.replace(" --examples", f" --seed {SEED} --examples") + " --isolation 2"
    assert for_staff.replay == whole


def test_a_sentence_says_what_came_of_a_question() -> None:
    assert said_of(question("3.1.1", "pass")) == "pass, 8 of 8 laws hold, 0.5 of 0.5 points."
    assert said_of(question("1.1.1", "missing")) == "missing, without points."
    assert said_of(question("3.1.3", "human")) == "Marked by a person, not by this program."


def test_nothing_that_cannot_be_seen_is_left_of_a_strangers_text() -> None:
    for text in (foreign.lines(HOSTILE, at_most=5000), foreign.line(HOSTILE), foreign.in_cell(HOSTILE)):
        assert all(c.isprintable() or c == "\n" for c in text)
        text.encode()
    assert "\n" not in foreign.line(HOSTILE)


def test_long_texts_are_cut_off_and_say_so() -> None:
    assert foreign.lines("x" * 10**6, at_most=100) == "x" * 100 + "... (cut off here)"
    assert foreign.line("x" * 10**6, at_most=100) == "x" * 97 + "..."
    assert foreign.lines("x" * 100, at_most=100) == foreign.line("x" * 100, at_most=100) == "x" * 100


def test_the_same_seed_makes_the_same_class() -> None:
    assert list(a_class(5)) == list(a_class(5))

"""The assignment as data agrees with the handout and with the contracts."""

from spec.contracts import CONTRACTS
from spec.handout import BY_ID, QUESTIONS, UNMARKED


def test_every_question_of_the_handout_is_there_once() -> None:
    sections = {"1.1": 2, "1.2": 4, "2.1": 3, "2.2": 1, "3.1": 4, "3.2": 3, "3.3": 4, "4": 5, "5": 2}
    assert len(QUESTIONS) == sum(sections.values())
    assert set(BY_ID) - {q.id for q in QUESTIONS} == UNMARKED
    for section, count in sections.items():
        assert sum(q.id == section or q.id.startswith(section + ".") for q in QUESTIONS) == count, section


def test_points_are_the_questions_own() -> None:
    points = {section: sum(q.points for q in QUESTIONS if q.id.startswith(section)) for section in "12345"}
    assert points == {"1": 2, "2": 4, "3": 9.0, "4": 2.0, "5": 1}


def test_every_contract_is_the_item_of_its_question() -> None:
    assert {BY_ID[c.question].item for c in CONTRACTS.values()} == set(CONTRACTS)


def test_prose_has_no_item_and_every_question_says_what_it_looks_for() -> None:
    assert all(q.item is None for q in QUESTIONS if q.kind != "programmed")
    assert all(q.looks_for for q in QUESTIONS)
    assert {q.id for q in QUESTIONS if q.kind == "prose"} >= {"3.1.3", "3.2.3", "3.3.1", "4.3"}

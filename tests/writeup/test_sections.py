"""What stands in the write-up: every question in the handout's order, its limits kept, and nothing from runs that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spec.handout import BY_ID, QUESTIONS
from writeup.paper.blocks import (
    Answer,
    Block,
    Derivation,
    Document,
    Heading,
    Listing,
    Missing,
    Mono,
    Note,
    Paragraph,
    Printed,
    Table,
    plain,
)
from writeup.paper.sections import bert, document, found, missing_in, translation
from writeup.record import Lacking, find, write

LIMITS = {
    "2.1.1": 3,
    "2.1.2a": 2,
    "2.2": 3,
    "3.1.3": 2,
    "3.1.4": 6,
    "3.3.1": 3,
    "3.3.4": 3,
    "4.3": 4,
    "4.4": 3,
    "5.2": 1,
}


@pytest.fixture(scope="module")
def without_runs() -> Document:
    """The write-up of somebody who has run nothing."""
    return document({})


def said_of(paper: Document, question: str) -> list[Block]:
    """The blocks under a question's heading."""
    places = [i for i, block in enumerate(paper.blocks) if isinstance(block, Heading)]
    start = next(i for i in places if paper.blocks[i].number == question)  # type: ignore[union-attr]
    end = next((i for i in places if i > start), len(paper.blocks))
    return list(paper.blocks[start + 1 : end])


def test_every_question_of_the_handout_is_there_in_its_order(without_runs: Document) -> None:
    shown = [block.number for block in without_runs.blocks if isinstance(block, Heading) and block.number in BY_ID]
    assert shown == [question.id for question in QUESTIONS]


@pytest.mark.parametrize("question", ["1.1.1", "1.1.2", "1.2.2", "1.2.3"])
def test_printed_answers_of_section_1_are_marked_where_they_go_wrong(without_runs: Document, question: str) -> None:
    found = [block for block in said_of(without_runs, question) if isinstance(block, Printed)]
    assert found
    for one in found:
        assert one.wrong is not None
        assert not one.steps[one.wrong].holds
        assert all(step.holds for step in one.steps[: one.wrong])


@pytest.mark.parametrize("question", ["1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "2.1.1"])
def test_derivations_show_steps_that_hold(without_runs: Document, question: str) -> None:
    steps = [step for block in said_of(without_runs, question) if isinstance(block, Derivation) for step in block.steps]
    assert steps
    assert all(step.holds for step in steps)


@pytest.mark.parametrize(
    "question", ["3.1.4", "3.2.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "4.2", "4.3", "4.4", "4.5", "5.1", "5.2"]
)
def test_what_no_run_has_found_is_missing_and_says_what_makes_it(without_runs: Document, question: str) -> None:
    lacking = [
        span
        for block in said_of(without_runs, question)
        if isinstance(block, Paragraph)
        for span in block.line
        if isinstance(span, Missing)
    ]
    assert lacking
    assert all(span.command for span in lacking)


def test_the_overview_says_what_is_missing(without_runs: Document) -> None:
    overview = next(block for block in without_runs.blocks if isinstance(block, Table))
    states = {str(row[0][0]): row[3][0] for row in overview.rows}
    assert states["1.1.2"] == "here"
    assert isinstance(states["3.1.4"], Missing)
    assert sum(float(str(row[2][0])) for row in overview.rows) == sum(question.points for question in QUESTIONS)


@pytest.mark.parametrize("question", ["2.1.1", "2.1.2a", "2.2", "3.1.3"])
def test_answers_have_the_handouts_limit(without_runs: Document, question: str) -> None:
    found = [block for block in said_of(without_runs, question) if isinstance(block, Answer)]
    assert [block.limit for block in found] == [LIMITS[question]] * len(found)
    assert found


def test_an_answer_beyond_its_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="3 sentences, and the handout allows 2"):
        Answer((("One.",), ("Two.",), ("Three.",)), 2)


def test_the_answer_to_4_3_has_four_sentences_and_leaves_the_rest_to_a_note() -> None:
    told = {"answers": {"4.3": [f"{n}." for n in range(5)]}}
    answer, note = bert._frozen(told, "4-x")
    assert isinstance(answer, Answer)
    assert [str(line[0]) for line in answer.sentences] == ["0.", "2.", "3.", "4."]
    assert isinstance(note, Note)


def test_translations_that_are_wrong_are_marked() -> None:
    results: list[dict[str, Any]] = [
        {"name": "a", "samples": [["air", "airway", "airway"]]}, {"name": "b", "samples": [["air", "airway", "irway"]]},
    ]  # fmt: skip
    (shown,) = translation._samples(results, "3.2.3-x")
    assert isinstance(shown, Table)
    assert [cell[-1] for cell in shown.rows[0][2:]] == ["", " ✗"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("[]", "KeyError", id="no-runs"),
        pytest.param('[{"name": "small-32"}]', "KeyError", id="a-field-lacks"),
        pytest.param('[{"name": "small-32", "lowest_val_loss": NaN}]', "NaN is no number", id="not-a-number"),
    ],
)
def test_results_that_cannot_be_told_are_missing_with_their_file(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(content)
    given = {"settings": {}, "data": {}, "weights": {}, "device": "cpu", "code": {}, "torch": []}
    write(tmp_path, "3.1.4", inputs=given, seeds=[0], command="specimen", time_s=1.0, files=["results.json"])
    run = find(tmp_path, "3.1.4")
    paper = document({"3.1.4": run})
    (first, *_) = (block for block in said_of(paper, "3.1.4") if isinstance(block, Paragraph))
    (span,) = first.line
    assert isinstance(span, Missing)
    assert "results.json says nothing that can be told" in span.what
    assert why in span.what
    assert span in missing_in(paper)


def test_a_run_that_lacks_is_missing_with_its_reason() -> None:
    paper = document({"3.3": Lacking("3.3", "there is no runs/sweep-small", "specimen sweep")})
    (first, *_) = (block for block in said_of(paper, "3.3.1") if isinstance(block, Paragraph))
    assert first.line == (Missing("the results of 3.3: there is no runs/sweep-small", "specimen sweep"),)


def test_code_is_shown_as_it_stands_in_the_notebook() -> None:
    shown = next(block for block in translation.attention({}) if isinstance(block, Listing))
    assert shown.lines[0].startswith("class ScaledDotAttention")
    assert shown.added
    assert all(shown.lines[number - shown.first].strip() for number in shown.added if number)


def test_the_choice_of_2_1_2a_comes_with_the_numbers_of_all_three_points(without_runs: Document) -> None:
    (answer,) = (block for block in said_of(without_runs, "2.1.2a") if isinstance(block, Answer))
    assert [plain(sentence).count(" times the fewest ") for sentence in answer.sentences] == [2, 2]


def test_the_answer_that_is_printed_in_words_is_judged_by_what_it_chooses(without_runs: Document) -> None:
    (shown,) = (block for block in said_of(without_runs, "2.1.1") if isinstance(block, Printed))
    assert shown.wrong is None
    assert "optimal learning rate tends to increase" in plain(shown.says)


def test_signs_of_numbers_are_minus_signs_and_options_are_code() -> None:
    ((*spans,),) = found.plain(["7 points less (-12.7 to -7.3), as in well-known cases: --weights takes it."])
    assert spans == [
        "7 points less (\N{MINUS SIGN}12.7 to \N{MINUS SIGN}7.3), as in well-known cases: ",
        Mono("--weights"),
        " takes it.",
    ]

"""No file of answers is marked right that is not, and none costs more than an answer may."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.answers import check
from harness.outcome import Unreadable
from harness.request import Request
from harness.target import resolve
from tests.harness.cheats.written import CHEATS, UNREADABLE, Written

AT_MOST_S = 5.0  # of the processor, which other work on the machine does not change


def came(path: Path, question: str) -> str:
    try:
        report = check(Request(str(path)), resolve(str(path)))
    except Unreadable as error:
        return UNREADABLE if str(error).endswith(".") else str(error)
    return next(verdict.status for verdict in report.verdicts if verdict.question.id == question)


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_what_is_not_the_answer_is_not_marked_right(tmp_path: Path, cheat: Written) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(cheat.text, encoding="utf-8")
    started = time.process_time()
    assert came(path, cheat.question) in cheat.statuses
    assert time.process_time() - started < AT_MOST_S


def test_what_is_the_answer_is_marked_right(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text("'1.2.2' = '(X^T X + 2 n lam I)^{-1} X^T t'\n'2.2a' = 'C'")
    assert [came(path, question) for question in ("1.2.2", "2.2")] == ["pass", "pass"]


def test_each_says_what_must_come_of_it_and_is_never_to_pass() -> None:
    assert len({cheat.name for cheat in CHEATS}) == len(CHEATS)
    for cheat in CHEATS:
        assert cheat.must.endswith(".")
        assert not {"pass", "partial"} & set(cheat.statuses)

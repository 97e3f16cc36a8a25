"""Written answers from the command line, one at a time and as a file: verdicts, exit codes, carets, and what it costs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.target import ROOT
from spec.answer import QUESTIONS
from spec.handout import BY_ID
from tests.spec.answers import HOSTILE, UNREADABLE

RIGHT, WRONG, UNREAD = 0, 1, 2
COLD_S, HANG_S = 1.5, 2.0
RIDGE = "inv(X.T @ X + 2*n*lam*eye(d)) @ X.T @ t"
HALF = "inv(X.T @ X + n*lam*eye(d)) @ X.T @ t"
ALL_RIGHT = r"""
1.1.1 = ['\|\delta_1\|_\infty = \epsilon', '\|\delta_2\|_\infty = \epsilon\max_i|w_i|', '\max_i|w_i| = 1', '\|\delta_1\|_\infty \le \epsilon']
"1.1.2" = 'w^T x - \epsilon w^T w'
"1.2.1" = ['w_1 + w_2 = 1', '(1/2, 1/2)', 'w^T w = 1/2', 'w_ridge = (1, 1)/(2(1 + lam))']
"1.2.2" = 'inv(X.T @ X + 2*n*lam*eye(d)) @ X.T @ t'
"1.2.3" = ['x*(sum(x_i**2) + 2*n*lam)/sum(x_i*t_i)', 'yes']
"1.2.4" = ['|x|', 'no']
"2.1.1" = 'a w^2/(a^2 w^2 + sigma^2/B)'
"2.1.2a" = 'C'
"2.1.2b" = 'A: noise dominated, seek parallel compute; B: curvature dominated, use higher order optimizers'
"2.2a" = 'C'
"""


def run(*words: str, **options: Any) -> Any:
    return CliRunner().invoke(app, words, env={"COLUMNS": "100"}, **options)


def answer(question: str, text: str) -> Any:
    return run("answer", question, text)


def check(path: Path, text: str, *options: str) -> tuple[int, dict[str, Any], str]:
    path.write_text(text)
    report = path.with_suffix(".json")
    result = run("check", str(path), "--json", str(report), *options)
    return result.exit_code, json.loads(report.read_text()) if report.exists() else {}, result.output


def children_s() -> float:
    """Seconds that processes started here have computed, which other work on the machine does not change."""
    times = os.times()
    return times.children_user + times.children_system


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {q["id"]: q["status"] for q in report["questions"]}


@pytest.mark.parametrize(("text", "code"), [(RIDGE, RIGHT), (HALF, WRONG), ("X.T @", UNREAD)])
def test_the_exit_code_says_right_wrong_or_unreadable(text: str, code: int) -> None:
    assert answer("1.2.2", text).exit_code == code


def test_a_wrong_answer_is_shown_at_the_smallest_numbers_exactly() -> None:
    shown = answer("1.2.2", HALF).output
    assert "at X = [[1]], t = [1], lam = 1: it comes to 1/2; the truth is 1/3." in shown


def test_a_wrong_condition_is_shown_with_what_the_true_one_compares() -> None:
    shown = " ".join(answer("1.1.1", "max|w_i| <= 1").output.split())
    assert (
        "at w = [1/2], epsilon = 1: it holds there, and should not: epsilon is 1 and epsilon max_i(abs(w_i)) is 1/2."
        in shown
    )


def test_a_caret_stands_under_the_place() -> None:
    lines = answer("1.2.2", "inv(X.T @ X + 2*n*lam*eye(d) @ X.T @ t").stderr.splitlines()
    assert lines[0] == "specimen: 1.2.2: this is never closed; a ) is missing"
    assert lines[2].index("^") == lines[1].index("(")


@pytest.mark.parametrize("text", ["ε + ? w", "w 寛 w", "a\nb ? c", "x" * 90 + " ? " + "x" * 90])
def test_a_caret_stands_under_the_place_whatever_stands_before_it(text: str) -> None:
    lines = answer("1.1.2", text).stderr.splitlines()
    assert len(lines) == 3
    assert set(lines[2].strip()) == {"^"}


def test_a_shape_that_does_not_fit_is_marked_too() -> None:
    result = answer("1.2.2", "inv(X @ X.T + 2*n*lam*eye(n)) @ X.T @ t")
    assert result.exit_code == WRONG
    assert "has no value" in " ".join(result.output.split())
    assert "^^^" in result.output


def test_an_answer_may_begin_with_a_minus_or_come_from_standard_input() -> None:
    assert answer("1.1.2", "-eps w^T w + w^T x").exit_code == RIGHT
    assert run("answer", "1.2.2", "-", input=RIDGE).exit_code == RIGHT


@pytest.mark.parametrize(
    ("question", "says"),
    [("9.9", "there is 1.1.1"), ("3.1.3", "prose"), ("3.1.1", "programmed"), ("2.1.2", "2.1.2a, 2.1.2b")],
)
def test_what_is_not_answered_in_writing_is_a_usage_error(question: str, says: str) -> None:
    result = answer(question, "C")
    assert result.exit_code == UNREAD
    assert says in result.stderr


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_says_how_it_is_to_be_answered(question: str) -> None:
    result = run("questions", question)
    assert result.exit_code == RIGHT
    assert BY_ID[question].title in result.output
    for line in result.output.splitlines():
        if line.startswith("  specimen answer"):  # an example shows the notation, and gives nothing away
            assert run(*shlex.split(line)[1:]).exit_code == WRONG, line


def test_a_question_that_is_not_written_is_described_and_an_unknown_one_refused() -> None:
    assert "positional" in run("questions", "3.1.3").output
    assert run("questions", "9.9").exit_code == UNREAD


def test_an_answer_starts_cold_without_sympy_in_a_second_and_a_half() -> None:
    watch = "import sys, harness.cli as c; sys.argv[1:] = ['answer', '1.2.2', sys.argv[1]]\ntry: c.main()\nfinally: print(sorted({'sympy', 'numpy', 'torch', 'pytest', 'mpmath'} & set(sys.modules)))"
    taken = []
    for _ in range(3):
        started = children_s()
        done = subprocess.run(
            [sys.executable, "-c", watch, RIDGE], cwd=ROOT, capture_output=True, text=True, check=True
        )
        taken.append(children_s() - started)
        assert done.stdout.splitlines()[-1] == "[]"
    assert min(taken) < COLD_S


@pytest.mark.parametrize("text", [t for t in HOSTILE if "\0" not in t and "\ud800" not in t and len(t) < 50_000][::3])
def test_a_hostile_answer_costs_no_more_than_any_other(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started = time.process_time()
    code = answer("1.1.2", text).exit_code
    assert code in (WRONG, UNREAD)
    assert time.process_time() - started < HANG_S
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_every_answer_right_passes_all(tmp_path: Path) -> None:
    code, report, shown = check(tmp_path / "answers.toml", ALL_RIGHT, "--require", "all")
    assert code == RIGHT, shown
    assert set(statuses(report).values()) == {"pass"}
    assert list(statuses(report)) == [q for q in BY_ID if q in QUESTIONS]
    assert all(q["points"] == q["max_points"] for q in report["questions"])


def test_a_wrong_answer_in_a_file_is_shown_with_its_numbers_and_its_replay(tmp_path: Path) -> None:
    code, report, shown = check(tmp_path / "answers.toml", f'"1.2.2" = "{HALF}"')
    assert code == WRONG
    (law,) = next(q for q in report["questions"] if q["id"] == "1.2.2")["laws"]
    assert law["status"] == "broken"
    assert law["counterexample"]["arrays"]["X"] == {"shape": [1, 1], "data": [[1]]}
    assert (law["counterexample"]["expected"]["data"], law["counterexample"]["actual"]["data"]) == (["1/3"], ["1/2"])
    again = run(*shlex.split(law["replay"])[1:])
    assert again.exit_code == WRONG
    assert law["message"] in " ".join(again.output.split())
    assert "again: specimen answer 1.2.2" in shown
    assert report["seed"] is None


def test_parts_that_are_not_answered_are_not_passed(tmp_path: Path) -> None:
    code, report, _ = check(tmp_path / "answers.toml", '"1.2.3" = "yes"')
    assert code == WRONG
    assert statuses(report)["1.2.3"] == "partial"
    assert statuses(report)["1.2.2"] == "missing"


def test_an_unreadable_answer_costs_itself_alone(tmp_path: Path) -> None:
    code, report, shown = check(tmp_path / "answers.toml", ALL_RIGHT.replace("eye(d)) @ X.T", "eye(d) @ X.T"))
    assert code == WRONG
    assert [q for q, status in statuses(report).items() if status != "pass"] == ["1.2.2"]
    assert statuses(report)["1.2.2"] == "error"
    assert "^" in shown


def test_the_printed_answers_are_judged_as_they_deserve() -> None:
    result = run("check", str(ROOT / "examples" / "answers.toml"))
    outcomes = {line.split()[0]: line.split()[2] for line in result.output.splitlines()[1:5]}
    assert outcomes == {"1.1.1": "partial", "1.1.2": "fail", "1.2.1": "0/0", "1.2.2": "fail"}
    assert result.exit_code == WRONG
    assert "human" in result.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "answers none of"),
        ("a = [", "is no TOML file"),
        ("a = " + "1" * 5000, "is no TOML file"),
        ("a." * 200_000 + "a = 1", "has a line with 200000 dots"),
        ("'9.9' = 'x'", "no question 9.9"),
        ("[x]\ny = 1", "no question x.y"),
        ("'2.2' = 'C'\n[2]\n1 = 'x'\n1 = 'y'", "is no TOML file"),
    ],
)
def test_a_file_that_is_no_file_of_answers_is_refused(tmp_path: Path, text: str, says: str) -> None:
    code, _, shown = check(tmp_path / "answers.toml", text)
    assert code == UNREAD
    assert says in " ".join(shown.split())


STRAYS = {
    "a question that is not there": ("9.9 = 'x'", "The handout has no question 9.9; see `specimen questions`."),
    "a typo": ("1.2.22 = 'x'", "The handout has no question 1.2.22; there is 1.2.2"),
    "a name": ("name = 'Alice'", "The handout has no question name;"),
}


@pytest.mark.parametrize(("text", "note"), STRAYS.values(), ids=STRAYS)
def test_a_key_that_is_no_question_costs_nothing_and_is_seen(tmp_path: Path, text: str, note: str) -> None:
    code, report, shown = check(tmp_path / "answers.toml", f"2.2 = 'C'\n{text}")
    assert (code, statuses(report)["2.2"]) == (WRONG, "pass")
    assert report["notes"][0].startswith(note)
    assert note in " ".join(shown.split())


@pytest.mark.parametrize("text", ["2.2 = 'C'\n2.2 = 'C'", "'2.2' = 'C'\n'2.2a' = 'C'", "'2.2' = 'A'\n2.2 = 'C'"])
def test_a_question_that_is_answered_twice_is_an_error_of_its_own(tmp_path: Path, text: str) -> None:
    code, report, _ = check(tmp_path / "answers.toml", f"{text}\n'2.1.2a' = 'C'")
    assert (code, statuses(report)["2.2"], statuses(report)["2.1.2a"]) == (WRONG, "error", "pass")


def test_latex_between_double_quotes_is_read_as_it_stands_and_said(tmp_path: Path) -> None:
    text = r"""1.1.2 = "w^T x - \epsilon w^T w" # "\epsilon"
    1.1.1 = ["\|\delta_1\|_\infty = \epsilon", '\|\delta_1\|_\infty \le \epsilon'] """
    code, report, _ = check(tmp_path / "answers.toml", text, "--question", "1.1.2")
    assert (code, statuses(report)["1.1.2"]) == (RIGHT, "pass")
    assert report["notes"][0].startswith("A backslash between double quotes is read as it stands")


def test_a_file_in_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text("'2.2' = 'C'", encoding="utf-16")
    assert run("check", str(path)).exit_code == RIGHT


@pytest.mark.parametrize("value", ["3", "true", "[]", "[1, 2]", "1979-05-27"])
def test_an_answer_that_is_no_text_is_an_error_of_that_answer(tmp_path: Path, value: str) -> None:
    code, report, _ = check(tmp_path / "answers.toml", f"'2.2' = {value}\n'2.1.2a' = 'C'")
    assert code == WRONG
    assert (statuses(report)["2.2"], statuses(report)["2.1.2a"]) == ("error", "pass")


@pytest.mark.parametrize(
    "options",
    [
        ["--law", "x"],
        ["--device", "cuda"],
        ["--in-process"],
        ["--seed", "3"],
        ["--question", "3.1.1"],
        ["--require", "3.1.1"],
    ],
)
def test_options_that_only_code_has_are_refused(tmp_path: Path, options: list[str]) -> None:
    assert check(tmp_path / "answers.toml", "'2.2' = 'C'", *options)[0] == UNREAD


def test_one_question_of_a_file_can_be_asked_about(tmp_path: Path) -> None:
    code, report, _ = check(tmp_path / "answers.toml", "'2.2' = 'C'\n'1.2.2' = 'X'", "--question", "2.2")
    assert code == RIGHT
    assert list(statuses(report)) == ["2.2"]
    assert check(tmp_path / "answers.toml", "'2.2' = 'C'", "--require", "2.2,1.2.2")[0] == WRONG


def test_prose_is_for_a_person_and_code_for_a_notebook(tmp_path: Path) -> None:
    text = "'2.2' = 'C'\n'3.1.3' = 'They tell positions apart.'\n'3.1.1' = 'see notebook'\n'2.1.1' = 'As the batch size increases, the noise falls, and so a larger rate can be used.'"
    code, report, _ = check(tmp_path / "answers.toml", text)
    found = statuses(report)
    assert (found["3.1.3"], found["3.1.1"], found["2.1.1"]) == ("human", "not-run", "human")
    assert code == RIGHT


@pytest.mark.parametrize(("question", "text"), [(q, texts[0]) for q, texts in UNREADABLE.items()])
def test_unreadable_answers_end_with_two_and_no_traceback(question: str, text: str) -> None:
    result = answer(question, text)
    assert result.exit_code == UNREAD
    assert result.exception is None or isinstance(result.exception, SystemExit)

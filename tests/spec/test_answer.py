"""Written answers, as they come: every one is judged as it should be, in time, and nothing in it runs."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.answer import QUESTIONS, NotAsked, judge
from spec.forms import own
from spec.formula.array import Array
from spec.formula.domain import Values, at, random_values
from spec.formula.number import TooLarge
from spec.formula.read import read
from spec.formula.scan import MAX_LENGTH
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.formula.value import NEVER, NoValue, same, value
from spec.written.condition import Truth, joined
from spec.written.questions import ASKED
from spec.written.statement import Judge
from tests.spec.answers import HOSTILE, RIGHT, UNREADABLE, WRONG

TIME_S = 2.0
ALL = [(q, text) for table in (RIGHT, WRONG, UNREADABLE) for q, texts in table.items() for text in texts]
FORMULAS = [(q, text) for table in (RIGHT, WRONG) for q, texts in table.items() if q in ASKED for text in texts]
PIECES = st.sampled_from(
    [
        r"w",
        r"x",
        r"X",
        r"t",
        r"n",
        r"d",
        r"lam",
        r"eps",
        r"\epsilon",
        r"\lambda",
        r"1",
        r"2",
        r"0.5",
        r"+",
        r"-",
        r"*",
        r"/",
        r"^",
        r"_",
        r"^T",
        r".T",
        r"@",
        r"(",
        r")",
        r"[",
        r"]",
        r"{",
        r"}",
        r"|",
        r"||",
        r"\|",
        r",",
        r";",
        r"=",
        r"<",
        r"\le",
        r"i",
        r"x_i",
        r"\sum",
        r"sum",
        r"max",
        r"\max_i",
        r"norm(",
        r"inv(",
        r"sgn(",
        r"\frac",
        r"\sqrt",
        r"\mathbf{w}",
        r"\left(",
        r"\right)",
        r"^2",
        r"^{-1}",
        r"**",
        r"'",
        r"\top",
        r"I",
        r"eye(",
        r"\text{or}",
        r"iff",
        r"all(",
        r"&",
        r"\\",
    ]
)


def verdict(question: str, text: str) -> str:
    try:
        return "right" if judge(question, text).right else "wrong"
    except Unread as error:
        return "unreadable" if 0 <= error.start <= max(error.end, len(text)) else f"at {error.start}, which is nowhere"


def cases(table: dict[str, tuple[str, ...]]) -> list[object]:
    return [pytest.param(q, text, id=f"{q}-{i}") for q, texts in table.items() for i, text in enumerate(texts)]


@pytest.mark.parametrize(("question", "text"), cases(RIGHT))
def test_a_right_answer_is_right(question: str, text: str) -> None:
    assert verdict(question, text) == "right"


@pytest.mark.parametrize(("question", "text"), cases(WRONG))
def test_a_wrong_answer_is_wrong_and_shown_to_be(question: str, text: str) -> None:
    answered = judge(question, text)
    wrong = [judged for judged in answered.statements if not judged.right]
    assert wrong
    assert all(judged.message or judged.values is not None for judged in wrong)


@pytest.mark.parametrize(("question", "text"), [(q, t) for q, t in FORMULAS if t in WRONG.get(q, ())])
def test_the_numbers_shown_are_such_that_the_answer_fails(question: str, text: str) -> None:
    """The counterexample, put by hand into the text, read again, gives what is said to come out: not the truth."""
    for judged in judge(question, text).statements:
        if judged.right or judged.values is None:
            continue
        node = stated(question, text, judged.read_as)
        asked, full = ASKED[question], filled(question, judged.values)
        if isinstance(judged.expected, bool):
            conditions = {p.truth for p in asked.parts if p.name == judged.part and p.kind == "condition"} or {"1 = 1"}
            assert Truth(node, NEVER)(full) == judged.actual
            assert {Truth(own(truth), NEVER)(full) for truth in conditions} == {not judged.actual}
            continue
        truths = {p.truth for p in asked.parts if p.name == judged.part and p.kind != "condition"}
        actual, expected = come_to(blamed(node, judged.message), full), {come_to(own(truth), full) for truth in truths}
        assert actual == judged.actual
        assert expected == {judged.expected}
        assert actual is None or not same(actual, expected.pop(), at(full))  # type: ignore[arg-type]


def stated(question: str, text: str, read_as: str) -> Node:
    """The statement of a text, read again, that a verdict is about."""
    names = ASKED[question].names
    try:
        readings = read(text, names)
    except Unread:  # with a choice behind a semicolon
        readings = read(text.split(";", maxsplit=1)[0], names)
    nodes = [node for reading in readings for node in joined(reading)]
    inner = [arg for node in nodes if node.op == "iff" for arg in node.args]
    return next(node for node in (*nodes, *inner) if show(node) == read_as)


def blamed(node: Node, message: str) -> Node:
    """The side of an equation that a message speaks of; where it speaks of none, the last."""
    sides = node.args if node.op == "chain" else (node,)
    return next((side for side in sides if show(side) == message.split(": ", maxsplit=1)[0]), sides[-1])


def filled(question: str, values: Values) -> Values:
    """Numbers that were shown, with any that are allowed for the symbols which do not matter."""
    asked = ASKED[question]
    symbols = (*asked.symbols, *asked.foreign)
    shown = {
        axis: k for s in symbols if s.name in values for axis, k in zip(s.shape, values[s.name].shape, strict=True)
    }
    given_sizes = {name: int(Fraction(values[name].numbers[0])) for name in ("n", "d") if name in values}
    size = {"n": asked.n or 3, "d": asked.d or 2} | {k: v for k, v in shown.items() if k in ("n", "d")} | given_sizes
    rest = random_values(
        symbols, size["n"], size["d"], random.Random(0), lambda drawn: asked.holds({**drawn, **values})
    )
    return asked.with_bound({**rest, **values})


def come_to(node: Node, values: Values) -> Array | None:
    try:
        return value(node, at(values))
    except NoValue:
        return None


@pytest.mark.parametrize(("question", "text"), cases(UNREADABLE))
def test_what_is_no_answer_is_unreadable_with_its_place(question: str, text: str) -> None:
    assert verdict(question, text) == "unreadable"


def test_there_are_more_than_a_hundred_and_twenty_of_them() -> None:
    assert len(ALL) + len(HOSTILE) > 120


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_neither_runs_nor_hangs_nor_passes(
    question: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started = time.process_time()
    assert verdict(question, text) in ("wrong", "unreadable")
    assert time.process_time() - started < TIME_S
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=25), question=st.sampled_from(sorted(ASKED)), glue=st.sampled_from(["", " "]))
def test_any_words_of_the_language_are_judged_or_refused(pieces: list[str], question: str, glue: str) -> None:
    started = time.process_time()
    assert verdict(question, glue.join(pieces)) in ("right", "wrong", "unreadable")
    assert time.process_time() - started < TIME_S


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), question=st.sampled_from(QUESTIONS))
def test_any_text_at_all_is_judged_or_refused(text: str, question: str) -> None:
    assert verdict(question, text) in ("right", "wrong", "unreadable")


@settings(max_examples=200, deadline=None)
@given(
    case=st.sampled_from(FORMULAS), place=st.integers(0, 200), sign=st.sampled_from([*"()[]{}|^_=+-*/\\' ", "x", "2"])
)
def test_one_sign_more_is_judged_or_refused(case: tuple[str, str], place: int, sign: str) -> None:
    question, text = case
    place = min(place, len(text))
    assert verdict(question, text[:place] + sign + text[place:]) in ("right", "wrong", "unreadable")


@pytest.mark.parametrize(
    ("question", "text"), [(q, t) for q, t in FORMULAS if t in RIGHT.get(q, ()) and "yes" not in t]
)
def test_a_formula_that_is_shown_reads_back_as_the_same(question: str, text: str) -> None:
    names = ASKED[question].names
    try:
        statements = read(text, names)[0]
    except Unread:  # an answer in words
        return
    for node in statements:
        again = read(show(node), names)[0][0]
        assert equal_everywhere(question, node, again)


def equal_everywhere(question: str, a: Node, b: Node) -> bool:
    """Whether two formulas have the same values, or none; what has no value at all is shown alike."""
    if a.op in ("either", "both", "iff", "all", "any") or a.free():
        return show(a) == show(b)
    judge_of = Judge(ASKED[question], a)
    for i in range(4):
        values = judge_of.random(i)
        for x, y in zip(a.args if a.op == "chain" else (a,), b.args if b.op == "chain" else (b,), strict=True):
            try:
                left, right = come_to(x, values), come_to(y, values)
            except TooLarge:
                continue
            if left is None or right is None or not same(left, right, at(values)):
                return left is right
    return True


def test_a_division_with_two_readings_is_refused_only_where_it_matters() -> None:
    assert verdict("1.2.2", r"(X^T X/2n + \lambda I)^{-1} X^T t /2n") == "unreadable"
    assert verdict("1.2.2", r"(X^T X/(2n) + \lambda I)^{-1} X^T t /(2n)") == "right"


def test_two_to_the_minus_98_is_not_zero() -> None:
    assert verdict("1.1.2", "w^T x - eps w^T w") == "right"
    assert verdict("1.1.2", "w^T x - eps w^T w + 1/2^98") == "wrong"
    assert verdict("1.1.2", "w^T x - eps w^T w + (1/2^98 - 1/2^98)") == "right"
    assert verdict("1.1.2", "w^T x - eps w^T w + sqrt(3)^2 - 3") == "right"
    assert verdict("1.1.2", "w^T x - eps w^T w + exp(-300)") == "wrong"


def test_assumptions_are_the_questions_own() -> None:
    assert verdict("1.2.4", "x sgn(w)") == "right"  # since w x > 0
    assert verdict("1.1.2", "|w^T x| - eps w^T w") == "right"  # since w^T x > 0
    assert verdict("1.2.2", "(X^T X + 2 n |lam| I)^-1 X^T t") == "right"  # since lam > 0


@pytest.mark.parametrize("name", ["9.9", "", "2.1.2", "3.1.1", "3.1.3", "1.2", "C"])
def test_what_is_not_answered_in_writing_says_so(name: str) -> None:
    with pytest.raises(NotAsked):
        judge(name, "C")


def test_questions_with_one_part_may_be_called_by_it() -> None:
    assert judge("2.2a", "C").right
    assert judge("2.1.1a", "increases").right


def test_a_text_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unread, match="at most"):
        judge("1.1.2", "x" * (MAX_LENGTH + 1))

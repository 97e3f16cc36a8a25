"""A file of written answers as a subject: TOML, a key a question; what each part of an answer comes to is a law's outcome.

Nothing in it is run: a grammar reads it (`spec.formula`), in this process.
"""

from __future__ import annotations

import platform
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import numpy as np

from harness.hunt import OPTIONS
from harness.law import Law
from harness.outcome import Counterexample, LawStatus, Outcome, Status, Unreadable
from harness.report.answer import number, sentence, unread
from harness.request import Report, Request
from harness.run import Judged
from harness.target import Target
from harness.toml import decoded, toml
from harness.verdict import Verdict, named_questions
from spec.answer import ALIASES, QUESTIONS, Answered, judge, parts
from spec.formula.array import Array
from spec.formula.scan import MAX_LENGTH
from spec.formula.tree import Unread
from spec.handout import BY_ID, Question
from spec.weights import credit
from spec.written import judged as came

MAX_BYTES = 1 << 20
MAX_DOTS = 500  # in a line: tomllib takes time by the square of a key's dots
WHOLE_BITS = 64
MAX_KEY, MAX_UNKNOWN = 40, 10  # characters of a key, and keys, that are shown
ISOLATION = "no process: an answer is read by a grammar, and nothing in it is run"
PROSE = re.compile(r"(?:[A-Za-z]{2,}[ ,.;:]+){6}")
OF_CODE = {
    "--law": "law", "--device": "device", "--in-process": "in_process", "--seed": "seed", "--examples": "examples",
    "--timeout": "timeout_s", **OPTIONS,
}  # fmt: skip
STATUS: dict[bool, LawStatus] = {True: "pass", False: "broken"}


def check(request: Request, target: Target) -> Report:
    """Judge a file of answers.

    Edges:   a key that is no question's is a note, and the report is not ok; a question that is answered twice is an error
             of that question.
    Raises:  Unreadable for a file that is no TOML or names no question, and for options that only code has.
    """
    started = time.monotonic()
    _refuse_options_of_code(request)
    found = read(target)
    answers = found.answers
    named = _named(request.question) if request.question is not None else None
    there = answers.keys() | found.doubled
    asked = [q for q in BY_ID if (q in QUESTIONS or q in there) and (named is None or q in named)]
    required = _named(request.require) if request.require not in ("offered", "all") else []
    request = replace(request, require=",".join(required) or request.require)
    if left_out := [q for q in [*required, *(named or [])] if q not in asked]:
        raise Unreadable(f"{', '.join(left_out)} is not asked about, or not answered in writing.")
    verdicts = [_twice(q) if q in found.doubled else _verdict(q, answers.get(q)) for q in asked]
    if all(verdict.status == "missing" for verdict in verdicts):
        if found.unknown and not answers:
            raise Unreadable(f"{target.name}: {_no_question(next(iter(found.unknown)))}.")
        raise Unreadable(f"{target.name} answers none of {', '.join(asked)}.")
    versions = {"python": platform.python_version(), "specimen": version("specimen")}
    time_s, notes = time.monotonic() - started, list(_notes(found))
    return Report(request, target, None, ISOLATION, versions, time_s, verdicts, notes, len(found.unknown))


def _named(names: str) -> list[str]:
    """The questions in a list such as "1.2.2,2.2a"."""
    return named_questions(",".join(ALIASES.get(name.strip(), name) for name in names.split(",")))


def _refuse_options_of_code(request: Request) -> None:
    default = Request("")
    for option, name in OF_CODE.items():
        if getattr(request, name) != getattr(default, name):
            raise Unreadable(f"{option} is for code; written answers have none.")


@dataclass(frozen=True)
class Answers:
    """What a file of answers says, by question.

    Edges:   `doubled` are questions that are answered more than once, and so not at all; `unknown` are keys that are no
             question's; `amended` says what had to be read otherwise than TOML has it.
    """

    answers: dict[str, Any]
    doubled: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()


def read(target: Target) -> Answers:
    """The answers in a file.

    Raises:  Unreadable, with one sentence.
    """
    content = target.path.read_bytes()
    if len(content) > MAX_BYTES:
        raise Unreadable(f"{target.name} has {len(content)} bytes; at most {MAX_BYTES} are read.")
    try:
        text, amended = decoded(content)
        if (dots := max((line.count(".") for line in text.split("\n")), default=0)) > MAX_DOTS:
            raise Unreadable(
                f"{target.name} has a line with {dots} dots; a key of so many is not read, {MAX_DOTS} are the most."
            )
        tree, again, changed = toml(text)
        flat = list(_flat(tree, ""))
    except (ValueError, RecursionError) as error:  # a number of 5000 digits is a ValueError too
        hint = "; LaTeX goes between single quotes" if "escape" in str(error).lower() else ""
        raise Unreadable(f"{target.name} is no TOML file: {str(error) or 'nested too deep'}{hint}.") from None
    names = [ALIASES.get(name, name) for name in (*(name for name, _ in flat), *again)]
    doubled = frozenset(name for name, times in Counter(names).items() if times > 1 and name in BY_ID)
    unknown = tuple(dict.fromkeys(name for name in names if name not in BY_ID))
    values = {ALIASES.get(name, name): value for name, value in flat}
    answers = {name: value for name, value in values.items() if name in BY_ID and name not in doubled}
    return Answers(answers, doubled, unknown, (*amended, *changed))


def _no_question(name: str) -> str:
    """That the handout has no such question, and what it has that may be meant."""
    near = [q for q in BY_ID if q.startswith(name)] or get_close_matches(name[:MAX_KEY], BY_ID, n=3, cutoff=0.7)
    there = f"there is {', '.join(near)}" if near else "see `specimen questions`"
    short = name if len(name) <= MAX_KEY else f"{name[:MAX_KEY]}..."
    return f"the handout has no question {short}; {there}"


def _notes(found: Answers) -> Iterator[str]:
    for said in (*map(_no_question, found.unknown[:MAX_UNKNOWN]), *found.amended):
        yield f"{said[0].upper()}{said[1:]}."
    if (more := len(found.unknown) - MAX_UNKNOWN) > 0:
        yield f"{more} more keys are no questions."


def _twice(name: str) -> Verdict:
    return Verdict(BY_ID[name], None, "error", 0.0, note="it is answered more than once, so none of it is judged")


def _flat(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Keys such as 1.2.2, which TOML reads as tables in tables when they are not quoted."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _verdict(name: str, value: Any) -> Verdict:
    question = BY_ID[name]
    if value is None:
        return Verdict(question, None, "missing", 0.0, note="no answer")
    if name not in QUESTIONS:
        return _not_in_writing(question)
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        return Verdict(question, None, "error", 0.0, note=f"an answer is a text or a list of texts, got {value!r}")
    text = ";\n".join(one.strip() for one in texts)[: MAX_LENGTH + 1]  # enough to be refused for its length
    try:
        return _of(question, judge(name, text), text)
    except Unread as error:
        return _unread(question, text, error)


def _not_in_writing(question: Question) -> Verdict:
    if question.kind == "prose":
        return Verdict(question, None, "human", None, note=f"look for: {question.looks_for}")
    return Verdict(question, None, "not-run", 0.0, note="it is programmed: check the notebook")


def _unread(question: Question, text: str, error: Unread) -> Verdict:
    """An answer that is no formula; in 2.1.1, which the handout asks for in sentences, it may be prose."""
    if question.id == "2.1.1" and PROSE.search(text):
        return Verdict(question, None, "human", None, note=f"prose; look for: {question.looks_for}", text=text)
    outcome = Outcome("error", "\n".join(unread(question.id, text, error)))
    return Verdict(question, None, "error", 0.0, (_judged("answer", "the answer can be read", outcome),), text=text)


def _of(question: Question, answered: Answered, text: str) -> Verdict:
    asks = parts(question.id)
    by_part = {part: [j for j in answered.statements if j.part == part] for part in asks}
    worst = {part: min(found, key=lambda j: j.right) for part, found in by_part.items() if found}
    laws = [_judged(part, asks[part], _outcome(judged)) for part, judged in worst.items()]
    laws += [_judged(part, asks[part], Outcome("not-run", "not answered")) for part in answered.unanswered]
    right = sum(law.outcome.status == "pass" for law in laws)
    status: Status = "pass" if right == len(laws) else "partial" if right else "fail"
    note = "; ".join(j.remark for j in answered.statements if j.remark)
    earned = credit(question.points, ((law.law.name, law.outcome.status == "pass") for law in laws))
    return Verdict(question, None, status, earned, tuple(laws), note, text)


def _judged(part: str, asks: str, outcome: Outcome) -> Judged:
    sentence = f"{asks[0].upper()}{asks[1:]}{'' if asks.endswith('?') else '.'}"
    return Judged(Law(part, sentence, ()), None, outcome, 0, 0.0)


def _outcome(judged: came.Judged) -> Outcome:
    if judged.right:
        return Outcome("pass")
    arrays = {name: _plain(a) for name, a in (judged.values or {}).items()}
    truth, found = (_plain(side) if isinstance(side, Array) else None for side in (judged.expected, judged.actual))
    seen = Counterexample("", arrays, truth, found, of=judged.read_as) if arrays else None
    return Outcome("broken", sentence(judged), seen)


def _plain(a: Array) -> Any:
    """An exact array as NumPy's, of whole numbers and of fractions as texts; long ones by their first digits."""
    whole = (
        isinstance(x, Fraction) and x.denominator == 1 and x.numerator.bit_length() <= WHOLE_BITS for x in a.numbers
    )
    entries = [int(x) if is_whole else number(x) for x, is_whole in zip(a.numbers, whole, strict=True)]
    return np.array(entries, dtype=object).reshape(a.shape)

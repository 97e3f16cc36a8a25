"""Whether a written answer is equal to the claim, and if not, where not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spec.choice import CHOICES, Choice
from spec.formula.read import read
from spec.formula.show import show
from spec.formula.tree import Unread
from spec.handout import BY_ID
from spec.statement import Judge, Judged
from spec.written import ASKED, Asked, Part

ALIASES = {"2.1.1a": "2.1.1", "2.2a": "2.2"}
ONE_IS_ENOUGH = ("2.1.1",)  # the handout asks for words; the formula says more
QUESTIONS = tuple(sorted({*ASKED, *CHOICES}))


class NotAsked(Exception):
    """A question that no written answer belongs to."""


@dataclass(frozen=True)
class Answered:
    """What came of an answer: of each statement in it, and which parts of the question it does not speak of."""

    question: str
    statements: list[Judged]

    @property
    def right(self) -> bool:
        return all(judged.right for judged in self.statements)

    @property
    def unanswered(self) -> list[str]:
        """The parts of the question that it does not speak of; where one of several is enough, none."""
        about = {judged.part for judged in self.statements}
        return [] if self.question in ONE_IS_ENOUGH else [name for name in parts(self.question) if name not in about]


def question_id(name: str) -> str:
    """The question that a name such as 2.2a means.

    Raises:  NotAsked, with what there is, for one that is not answered in writing.
    """
    name = ALIASES.get(name, name)
    if name in QUESTIONS:
        return name
    if name in BY_ID:
        question = BY_ID[name]
        how = f"is prose, for a person; look for: {question.looks_for}" if question.kind == "prose" else "is programmed"
        raise NotAsked(f"{name} ({question.title}) {how}")
    longer = [q for q in QUESTIONS if name and q.startswith(name)]
    raise NotAsked(f"there is no written question {name or repr(name)}; there is {', '.join(longer or QUESTIONS)}")


def parts(question: str) -> dict[str, str]:
    """What a question asks for, part by part: its name and a sentence."""
    asked: tuple[Part, ...] = ASKED[question].parts if question in ASKED else ()
    found: dict[str, str] = {}
    for part in asked:
        found.setdefault(part.name, part.asks)
    return found | ({CHOICES[question].part: CHOICES[question].asks} if question in CHOICES else {})


def judge(question: str, text: str) -> Answered:
    """Judge an answer: a formula, a condition, a choice by letter or words, or several with semicolons between.

    Raises:  NotAsked for a question that is not answered in writing; Unread, with the place, for what cannot be read.
    """
    question = question_id(question)
    choice, asked = CHOICES.get(question), ASKED.get(question)
    if choice is None:
        assert asked is not None
        return Answered(question, _formulas(asked, text))
    if asked is None or choice.matches(text):
        return Answered(question, [_chosen(choice, text)])
    head, cut, tail = _last_piece(text)
    if cut and choice.matches(tail):
        return Answered(question, [*_formulas(asked, head), _chosen(choice, tail)])
    return Answered(question, _formulas(asked, text))


def _last_piece(text: str) -> tuple[str, str, str]:
    found = re.match(r"(.*)(;|\n)([^;\n]+)$", text.rstrip(), re.DOTALL)
    return (found.group(1), found.group(2), found.group(3)) if found else (text, "", "")


def _chosen(choice: Choice, text: str) -> Judged:
    letter = choice.read(text)
    right = letter == choice.right
    message = "" if right else choice.against(letter)
    return Judged(choice.part, right, choice.shown(letter), message)


def _formulas(asked: Asked, text: str) -> list[Judged]:
    readings = read(text, asked.names)
    found = [[Judge(asked, node).judged() for node in statements] for statements in readings]
    if len({tuple(judged.right for judged in statements) for statements in found}) > 1:
        first, second = (" ; ".join(show(node) for node in statements) for statements in readings)
        place = text.find("/")
        raise Unread(f"it can be read as {first} and as {second}; put brackets", (place, place + 1))
    return found[0]

"""Whether a written answer is equal to the claim, and if not, where not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spec.formula.read import read
from spec.formula.scan import MAX_LENGTH
from spec.formula.show import show
from spec.formula.tree import Node, Unread
from spec.handout import BY_ID
from spec.written import training_inputs
from spec.written.choice import REASON, Choice, matches
from spec.written.condition import joined
from spec.written.judged import Judged, Unsolved
from spec.written.options import CHOICES
from spec.written.questions import ASKED, Asked, Part
from spec.written.statement import Judge

ALIASES = {"2.1.1a": "2.1.1", "2.2a": "2.2"}
ONE_IS_ENOUGH = ("2.1.1",)  # the handout asks for words; the formula says more
MAX_STATEMENTS = 12
TIME_S = 1.2  # of the processor, for all statements in all readings
PROSE = re.compile(r"(?:[A-Za-z']{2,}[ ,.;:]+){2}[A-Za-z']{2,}")
PIECE = re.compile(
    r"[;\n]|[.,]\s+(?=(?:and |so |thus |hence )?(?:yes|no|not|more|it|the|weight|lambda)\b)", re.IGNORECASE
)
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
    if len(text) > MAX_LENGTH:
        raise Unread(f"it has {len(text)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, len(text)))
    choice, asked = CHOICES.get(question), ASKED.get(question)
    if choice is None:
        assert asked is not None
        return Answered(question, _formulas(asked, text))
    if asked is None or matches(choice, text):
        return Answered(question, [_chosen(choice, text)])
    places = _pieces(text)
    choosing = [(start, end) for start, end in places if matches(choice, text[start:end])]
    said = {judged.read_as: judged for judged in (_chosen(choice, text[start:end]) for start, end in choosing)}
    chosen = list(said.values())
    rest = _blanked(text, choosing)
    try:
        return Answered(question, [*(_formulas(asked, rest) if rest.strip(" ;\n.,") else []), *chosen])
    except Unread as error:
        if chosen or not PROSE.search(text):
            raise
        raise Unread(f"this is neither a formula nor one of: {'; '.join(choice.help())}", (0, len(text))) from error


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where the pieces of a text are that may choose or be formulas."""
    ends = [found.span() for found in PIECE.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(text)], strict=True))


def _blanked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """A text with spaces at some places, so that what is left stands where it stood."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _chosen(choice: Choice, text: str) -> Judged:
    letter = choice.read(text)
    right = letter == choice.right
    message = "" if right else choice.against(letter)
    remark = "the reason is not judged; it is for a person" if REASON.search(text) else ""
    return Judged(choice.part, right, choice.shown(letter), message, remark=remark)


def _formulas(asked: Asked, text: str) -> list[Judged]:
    readings = read(text, asked.names)
    deadline = time.thread_time() + TIME_S
    found = [_best(asked, statements, text, deadline) for statements in readings]
    verdicts = [tuple(judged.right for judged in statements) for statements in found]
    sensible = [i for i, statements in enumerate(found) if not all(_shapeless(judged) for judged in statements)]
    if len(set(verdicts)) > 1 and len(sensible) != 1:
        differing = (0, next(i for i, verdict in enumerate(verdicts) if verdict != verdicts[0]))
        first, second = (" ; ".join(show(node) for node in readings[i]) for i in differing)
        place = text.find("/")
        raise Unread(f"it can be read as {first} and as {second}; put brackets", (place, place + 1))
    return found[sensible[0] if len(sensible) == 1 else 0]


def _best(asked: Asked, nodes: Sequence[Node], text: str, deadline: float) -> list[Judged]:
    """What came of statements, in the first sense of their letters in which they are right, else in the plain one."""
    found = [_statements(asked, sense, deadline) for sense in training_inputs.readings(nodes, asked.names, text)]
    return next((judged for judged in found if all(one.right for one in judged)), found[0])


def _shapeless(judged: Judged) -> bool:
    """Whether a statement failed because it has no value at all."""
    return not judged.right and judged.actual is None


def _statements(asked: Asked, nodes: Sequence[Node], deadline: float) -> list[Judged]:
    """What came of each statement; one that is true and not yet an answer is left out beside others."""
    if len(nodes) > MAX_STATEMENTS:
        raise Unread(f"it has {len(nodes)} statements; at most {MAX_STATEMENTS} are judged", nodes[MAX_STATEMENTS].at)
    found, unsolved = [], None
    for node in joined(list(_spread(asked, nodes))):
        try:
            found.append(Judge(asked, node, deadline).judged())
        except Unsolved as error:
            unsolved = error
    if unsolved is not None and not found:
        raise unsolved
    return _together(asked, nodes, found, deadline)


def _spread(asked: Asked, nodes: Sequence[Node]) -> Iterator[Node]:
    """Statements, with answers that an "and" joins as statements of their own; those of a condition belong together."""
    for node in nodes:
        if node.op == "both" and any(set(arg.symbols()) & set(asked.bound) for arg in node.args):
            yield from node.args
        else:
            yield node


def _together(asked: Asked, nodes: Sequence[Node], found: list[Judged], deadline: float) -> list[Judged]:
    """What came of statements; conditions of which one is wrong by itself are tried as one: w_1 = w_2, w_1 + w_2 = 1."""
    wrong = [judged for judged in found if not judged.right and isinstance(judged.expected, bool)]
    conditions = [node for node in nodes if node.op == "chain" and not set(node.symbols()) & set(asked.bound)]
    if not wrong or len(conditions) < 2:
        return found
    both = Node("both", tuple(conditions), None, (conditions[0].at[0], conditions[-1].at[1]))
    judged = Judge(asked, both, deadline).judged()
    return [j for j in found if not isinstance(j.expected, bool)] + [judged] if judged.right else found

"""A claim's proof as blocks: what is derived, each step typeset, and where a printed answer goes wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import sympy

from harness.report import assumptions
from harness.report.proof import counterexample, how, sides, wrong_at
from harness.toml import toml
from spec import claims
from spec.answer import judge
from spec.claims.claim import Claim
from spec.claims.claim import Step as Asserted
from spec.claims.prove import Checked, Proof, prove
from writeup.paper import prose
from writeup.paper.blocks import Answer, Block, Derivation, Line, Maths, Note, Paragraph, Printed, Step, line

EXAMPLES = Path(__file__).parents[3] / "examples" / "answers.toml"
LENGTH = re.compile(r"\bd = (\d+)")
SHOWN_LENGTH = "2"  # of the vectors that are written out, for which alone the steps are shown


@cache
def proof(question: str) -> Proof:
    """The proof of a claim, worked out now.

    Raises:  KeyError for a question without a claim.
    """
    return prove(claims.derive(question))


def statement(question: str, *, words: frozenset[str] = frozenset(), limit: int | None = None) -> Answer:
    """What a claim states, as the answer to its question."""
    said = sentences(proof(question).claim.statement)
    return Answer(tuple(prose.line(sentence, words=words) for sentence in said), limit)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return re.split(r"(?<=[.!?]) (?=[A-Z])", text)


def derivation(question: str, *, until: str | None = None) -> list[Block]:
    """The steps of a claim, down to the one that says `until`, and the assumptions that they are made under."""
    found = proof(question)
    steps = found.steps
    if until is not None:
        steps = steps[: next(i for i, one in enumerate(steps) if one.step.says == until) + 1]
    shown = [_step(one, says) for one, says in _for_one_length(steps)]
    held = sum(one.holds for one in found.steps)
    rest = len(found.steps) - len(steps)
    more = f" {rest} more steps are in `specimen prove {question}`." if rest else ""
    said = line(
        f"{held} of {len(found.steps)} steps hold: each was brought to zero by sympy, and borne out by exact numbers.{more}"
    )
    claim = _of_steps(found.claim, [one.step for one in steps])
    assumed = [Note(prose.line(f"{one.replace('assumed ', 'Assumed ')}.")) for one in assumptions.of_claim(claim)]
    return [Paragraph(said), *assumed, Derivation(tuple(shown))]


def _of_steps(claim: Claim, steps: list[Asserted]) -> Claim:
    """A claim as if it had these steps alone, and no letter that is in none of them."""
    free = {
        str(symbol)
        for step in steps
        for side in (step.left, step.right, step.by)
        for symbol in assumptions.symbols_of(side)
    }
    stem = {name.partition("_")[0] for name in free}
    letters = {letter: said for letter, said in claim.letters.items() if {*re.split(r", ?", letter)} & (free | stem)}
    return replace(claim, steps=steps, letters=letters)


def printed(question: str) -> list[Block]:
    """The answers that the handout prints to a question, with what comes of each of their steps."""
    return [
        Printed(prose.line(answer.says), tuple(_step(one, one.step.says) for one in steps), wrong_at(steps))
        for answer, steps in proof(question).printed
    ]


def printed_in_words(question: str, *, chosen: str) -> list[Block]:
    """An answer that the handout prints in words alone: judged by what it chooses, in its own word for it.

    Raises:  ValueError if it does not say that word.
    """
    tables, _, _ = toml(EXAMPLES.read_text(encoding="utf-8"))
    said = " ".join(tables[question].split())
    if chosen not in said:
        raise ValueError(f"the answer that the handout prints to {question} does not say {chosen!r}")
    right = judge(question, chosen).right
    about = f"It is in words, which no program marks; what it chooses, \u201c{chosen}\u201d, is {'right' if right else 'wrong'}."
    return [Printed((said,), (), None if right else 0), Note((about,))]


def notes(question: str, *, words: frozenset[str] = frozenset()) -> list[Block]:
    """What numbers say besides."""
    said = (f"In numbers: {note}." for note in proof(question).claim.notes)
    return [Note(prose.line(note, words=words)) for note in said]


def form(question: str, name: str, *, of: str) -> Maths:
    """A closed form that a claim has shown, as an equation for `of`, in LaTeX."""
    shown: Any = proof(question).claim.forms[name]
    return Maths(f"{of} = {sympy.latex(shown, symbol_names={sympy.Symbol('lam', positive=True): chr(92) + 'lambda'})}")


def _for_one_length(steps: Sequence[Checked]) -> list[tuple[Checked, str]]:
    """Steps with what they say; of those that differ in a vector's length alone one, which names the other lengths."""
    lengths: dict[str, list[str]] = {}
    for one in steps:
        if found := LENGTH.search(one.step.says):
            lengths.setdefault(LENGTH.sub("", one.step.says), []).append(found[1])
    shown = []
    for one in steps:
        found, kind = LENGTH.search(one.step.says), LENGTH.sub("", one.step.says)
        others = [length for length in lengths.get(kind, []) if length != SHOWN_LENGTH]
        if found is None or len(lengths[kind]) == 1:
            shown.append((one, one.step.says))
        elif found[1] == SHOWN_LENGTH:
            alike = f"{', '.join(others[:-1])} and {others[-1]}" if len(others) > 1 else others[0]
            shown.append((one, f"{one.step.says} (and likewise, shown as well, for d = {alike})"))
    return shown


def _step(checked: Checked, says: str) -> Step:
    left, relation, right = sides(checked)
    known = _where(checked) if checked.refuted is not None else prose.line("; ".join(how(checked)))
    return Step(prose.line(says), left, relation, right, checked.holds, known)


def _where(checked: Checked) -> Line:
    assert checked.refuted is not None
    return prose.line(f"Not so: {counterexample(checked.step, checked.refuted)}.")

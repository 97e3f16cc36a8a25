"""Outcomes of laws -> the outcome of a question -> whether all that is required passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.outcome import Status, Unreadable
from harness.run import Judged, Run
from spec.contracts import CONTRACTS
from spec.handout import BY_ID, UNMARKED, Question
from spec.weights import BY_RAISING, credit

NO_CONTRACT = "no contract for this question yet"


@dataclass(frozen=True)
class Verdict:
    """What holds of one question.

    Units:   points of `question.points`; partial credit in proportion to what the laws that pass weigh.
    Edges:   `text` is a written answer; a human question has no points here: no program marks it; nor has one of which one law alone was judged.
    """

    question: Question
    item: str | None
    status: Status
    points: float | None
    laws: tuple[Judged, ...] = ()
    note: str = ""
    text: str | None = None

    @property
    def passed(self) -> int:
        return sum(judged.outcome.status == "pass" for judged in self.laws)

    @property
    def holds(self) -> bool:
        """Whether it passes, or is a kernel that is right wherever it does not decline."""
        may_decline = self.item in CONTRACTS and CONTRACTS[self.item].may_decline
        right = all(judged.outcome.status in ("pass", "not-run") for judged in self.laws)
        return self.status == "pass" or (may_decline and right and self.passed > 0)


def verdicts(run: Run, only: str | None = None) -> list[Verdict]:
    """A verdict for every question of the handout that was asked about, in its order; or for one of them only."""
    asked = [q for q in BY_ID.values() if run.only_questions is None or q.id in run.only_questions]
    asked = [q for q in asked if only in (None, q.id)]
    return [_verdict(question, run) for question in asked]


def satisfied(found: Sequence[Verdict], require: str) -> bool:
    """Whether all that is required passes: what the subject offers, all that can be judged, or the named questions.

    Edges:   what a kernel declines it does not offer.
    Raises:  Unreadable for a question that the handout does not have.
    """
    by_id = {verdict.question.id: verdict for verdict in found}
    if require == "offered":
        offered = [v for v in found if v.laws or v.status not in ("missing", "not-run", "human")]
        return bool(offered) and all(verdict.holds for verdict in offered)
    if require == "all":
        required = [v for v in found if v.item in CONTRACTS] or [v for v in found if v.status != "human"]
    else:
        required = [by_id[name] for name in named_questions(require) if name in by_id]
    return bool(required) and all(verdict.status == "pass" for verdict in required)


def named_questions(names: str) -> list[str]:
    """The questions in a list such as "3.1.1,3.1.2".

    Raises:  Unreadable for one that the handout does not have.
    """
    found = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in found if name not in BY_ID]
    if unknown or not found:
        raise Unreadable(f"The handout has no question {', '.join(unknown) or repr(names)}; see `specimen questions`.")
    return found


def _verdict(question: Question, run: Run) -> Verdict:
    if question.kind == "prose":
        return Verdict(question, None, "human", None, note=f"look for: {question.looks_for}")
    if question.item not in CONTRACTS:
        return Verdict(question, question.item, "not-run", 0.0, note=NO_CONTRACT)
    item = str(question.item)
    subject = run.subject
    if item not in subject.offers or item in subject.missing:
        return Verdict(question, item, "missing", 0.0, note=f"the subject defines no {item}")
    if item in run.left_out:
        return Verdict(question, item, "not-run", 0.0, note=run.left_out[item])
    laws = tuple(judged for judged in run.judged if judged.contract and judged.contract.item == item)
    status = _status(laws)
    earned = credit(question.points, ((judged.law.name, judged.outcome.status == "pass") for judged in laws))
    points = None if run.only_law or question.id in UNMARKED else earned
    note = _notes(run, item) if laws else f"it owes no law {run.only_law}"
    return Verdict(question, item, status, points, laws, note)


def _notes(run: Run, item: str) -> str:
    places = run.subject.offers[item].places
    judged = run.item(CONTRACTS[item])
    notes = [judged.substitution, judged.note, run.subject.remarks.get(item, "")]
    if len(places) > 1 and places[-1][0] is not None:
        cells = ", ".join(str(cell) for cell, _ in places)
        notes.append(f"defined {len(places)} times, in cells {cells}; the last was judged")
    return "; ".join(note for note in notes if note)


def _status(laws: Sequence[Judged]) -> Status:
    if not laws:
        return "not-run"
    counts = Counter(judged.outcome.status for judged in laws)
    if counts["pass"] == len(laws):
        return "pass"
    if any(judged.outcome.status == "pass" and judged.law.name not in BY_RAISING for judged in laws):
        return "partial"
    for status in ("not-run", "timeout", "error"):
        if counts[status] == len(laws) - counts["pass"]:
            return status
    return "fail"

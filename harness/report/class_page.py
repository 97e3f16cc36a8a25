"""What came of a class as a page: one file with everything in it, which asks no network for anything.

Foreign texts are escaped by the template, and the page's own policy lets nothing run but the one script whose hash it
names (`harness.report.page`). It is for staff: names and marks of everybody are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from harness.report import foreign
from harness.report.class_summary import Student, Summary
from harness.report.page import render
from harness.report.record import COLUMNS, STATUSES

if TYPE_CHECKING:
    from harness.grading.similar import Pair

HERE = Path(__file__).parent
TITLES = {question.id: question.title for question in COLUMNS}


def page(made: Summary, alike: Sequence[Pair] = (), *, title: str = "A class") -> str:
    """The page as text; the same class is the same text."""
    anchors = {student.name: f"s{i}" for i, student in enumerate(made.students)}
    heading = foreign.line(title)
    return render(
        HERE / "class.html.j2",
        title=f"{heading} \N{EN DASH} what came of it",
        styles=[HERE / "class.css"],
        heading=heading,
        facts=_facts(made),
        statuses=STATUSES,
        outcomes=_outcomes(made),
        commonest=made.commonest(15),
        slowest=[(student, anchors[student.name]) for student in made.slowest()],
        alike=[_pair(pair, anchors) for pair in alike],
        students=[(student, f"s{i}") for i, student in enumerate(made.students)],
        summaries=[_in_words(student) for student in made.students],
        titles=TITLES,
    )


def _facts(made: Summary) -> list[str]:
    """What holds of the class as a whole, in sentences."""
    students = made.students
    if not students:
        return ["Nobody handed anything in."]
    points = [student.points for student in students]
    most = max(student.max_points for student in students)
    times = [student.time_s for student in students]
    people = [question.id for question in COLUMNS if question.kind == "prose"]
    failed = sum(bool(student.error) for student in students)
    return [
        f"{len(students)} submissions; {failed} could not be judged, in part or at all.",
        f"Points that a program gives: {median(points):g} in the median, {min(points):g} to {max(points):g}, of {most:g}.",
        f"Marked by a person, and not in these points: {', '.join(people)}.",
        f"Seconds a submission: {median(times):.1f} in the median, {max(times):.1f} at most.",
        *(f"Of {count}: {level}." for level, count in made.isolation.most_common(5)),
    ]


def _outcomes(made: Summary) -> list[dict[str, Any]]:
    n = max(1, len(made.students))
    rows = []
    for question in COLUMNS:
        counts = made.outcomes[question.id]
        marked = n - counts["human"]
        mean = f"{made.points[question.id] / marked:.2f} of {question.points:g}" if question.points and marked else ""
        shares = [(status, counts[status], f"{100 * counts[status] / n:.3f}") for status in STATUSES if counts[status]]
        rows.append({"question": question, "counts": counts, "mean": mean, "shares": shares})
    return rows


def _pair(pair: Pair, anchors: dict[str, str]) -> dict[str, Any]:
    names = [foreign.line(name) for name in (pair.first, pair.second)]
    return {
        "names": [(name, anchors.get(name, "")) for name in names],
        "percent": f"{100 * pair.similarity:.0f} %",
        "value": pair.similarity,
        "what": foreign.line(", ".join(pair.where)),
    }


def _in_words(student: Student) -> str:
    """What did not pass, a word a question, which the filter finds."""
    words = [f"{seen.id}:{seen.status}" for seen in student.questions if seen.status not in ("pass", "human")]
    return " ".join(words)

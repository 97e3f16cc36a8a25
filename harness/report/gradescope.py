"""A record as Gradescope's `results.json`: one test a question, and what students see set apart from what staff see.

A question that a person marks has no score here, so the total stands at the top. A hidden test makes Gradescope hide the
total from students; that is why staff's test is there only when it is asked for.
"""

from __future__ import annotations

import json
from typing import Any

from harness.report import foreign
from harness.report.record import MAX_FAULTS, Audience, Record, earned, faults, note_of, questions, said_of, total

MAX_OUTPUT = 8_000
MAX_STAFF = 20_000


def as_gradescope(record: Record, *, audience: Audience = "students") -> dict[str, Any]:
    """The object that `results.json` holds.

    Units:   execution_time in whole seconds.
    Edges:   for staff there is one test more, hidden from students: seed, isolation, and every command with the seed.
    """
    tests = [_test(question, record) for question in questions(record)]
    if audience == "staff":
        tests.append(_of_staff(record))
    return {
        "score": total(record)[0],
        "execution_time": round(record["time_s"]),
        "output": _cut(_overview(record), MAX_OUTPUT),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"schema": record["schema"], "versions": _plain(record["versions"])},
        "tests": tests,
    }


def text(record: Record, *, audience: Audience = "students") -> str:
    """The content of `results.json`."""
    return json.dumps(as_gradescope(record, audience=audience), indent=1, allow_nan=False) + "\n"


def _test(question: dict[str, Any], record: Record) -> dict[str, Any]:
    test = {
        "name": question["title"],
        "name_format": "text",
        "number": question["id"],
        "output": _cut(_paragraphs(question, record, "students"), MAX_OUTPUT),
        "output_format": "md",
        "visibility": "visible",
    }
    points = earned(question)
    if points is None:
        return test | {"tags": ["marked by a person"]}
    status = "passed" if question["status"] == "pass" else "failed"
    return test | {"score": points, "max_score": float(question["max_points"]), "status": status}


def _paragraphs(question: dict[str, Any], record: Record, audience: Audience) -> list[str]:
    """What came of a question: a sentence, what is noted, and each way in which laws fail."""
    said = [foreign.in_markdown(said_of(question))]
    if note := note_of(question, audience):
        said.append(foreign.as_code(note, at_most=MAX_OUTPUT))
    found = faults(question, record, audience)
    for fault in found[:MAX_FAULTS]:
        more = f" \\(and {len(fault.laws) - 1} more laws in this way\\)" if len(fault.laws) > 1 else ""
        said.append(f"**{foreign.in_markdown(fault.status)}**: {foreign.in_markdown(fault.sentence)}{more}")
        said.append(foreign.as_code(fault.message, at_most=MAX_OUTPUT))
        if fault.replay:
            said += ["This law alone, again:", foreign.as_code(fault.replay, at_most=MAX_OUTPUT)]
    if len(found) > MAX_FAULTS:
        rest = ", ".join(foreign.in_markdown(fault.laws[0]) for fault in found[MAX_FAULTS:])
        said.append(f"Laws that fail in other ways: {rest}")
    return said


def _overview(record: Record) -> list[str]:
    points, most = total(record)
    people = [q["id"] for q in questions(record) if q["status"] == "human"]
    said = [foreign.in_markdown(f"{points:g} of the {most:g} points that a program gives.")]
    if people:
        said.append(foreign.in_markdown(f"Marked by a person, and not in this sum: {', '.join(people)}."))
    if record["error"]:
        said += ["This could not be judged, in part or at all:", foreign.as_code(record["error"], at_most=MAX_OUTPUT)]
    if remarks := [*record["remarks"], *record["notes"]]:
        said += ["Remarks:", foreign.as_code("\n".join(foreign.line(one) for one in remarks), at_most=MAX_OUTPUT // 2)]
    if parts := record["parts"]:
        files = "\n".join(f"{part}: {foreign.line(path)}" for part, path in parts.items())
        said += ["Taken for the parts of the assignment:", foreign.as_code(files, at_most=MAX_OUTPUT // 4)]
    return said


def _of_staff(record: Record) -> dict[str, Any]:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    facts = [
        f"submission: {record['name']}", f"contents: {record['digest']}", f"seed: {record['seed']}",
        f"isolation: {record['isolation']}", f"versions: {versions}",
    ]  # fmt: skip
    said = [foreign.as_code("\n".join(foreign.line(fact) for fact in facts), at_most=MAX_STAFF)]
    for question in questions(record):
        if question["laws"] or question["note"]:
            said += [f"**{foreign.in_markdown(question['id'])}**", *_paragraphs(question, record, "staff")]
    output = _cut(said, MAX_STAFF)
    return {"name": "For staff", "number": "staff", "output": output, "output_format": "md", "visibility": "hidden"}


def _cut(paragraphs: list[str], at_most: int) -> str:
    """Paragraphs, as many as there is room for: a half one might mean something else."""
    kept, room = [], at_most
    for paragraph in paragraphs:
        room -= len(paragraph) + 2
        if room < 0:
            kept.append("There is more, which is left out here.")
            break
        kept.append(paragraph)
    return "\n\n".join(kept)


def _plain(versions: dict[str, Any]) -> dict[str, str]:
    return {foreign.line(str(name)): foreign.line(str(number)) for name, number in versions.items()}

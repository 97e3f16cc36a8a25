"""A class of any size takes the parent no more memory than a small one, and what comes twice counts once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.grading.asked import Asked
from harness.grading.executors import Events, Place
from harness.grading.grade import Graded, Order, grade
from harness.grading.marking import begun
from harness.grading.serve import rss_bytes
from harness.grading.submission import Submission
from harness.grading.task import Task
from tests.harness.grading.tiny import records

N, EARLY = 300, 50
MB = 1 << 20
REPORT = json.dumps({"data": 100_000 * [0.125]})


def reply(name: str) -> dict[str, Any]:
    """What a worker sends of a large submission: a record of 300 KB, a report of 700 KB."""
    laws = [
        {"name": f"law-{i}", "sentence": "It holds.", "status": "broken", "message": f"{name} {i} " * 100, "replay": "",
         "calls": 1, "time_s": 0.1}
        for i in range(3)
    ]  # fmt: skip
    question = {"id": "3.1.1", "item": "A", "title": "A", "status": "fail", "points": 0.0, "max_points": 0.5, "note": "",
                "laws": laws, "part": "nmt"}  # fmt: skip
    record = begun(name, f"digest of {name}", Asked(7)) | {
        "questions": [question],
        "shape": [f"f {name}{i}" * 500 for i in range(60)],
    }
    return {"came": "judged", "record": record, "reports": {"nmt": REPORT}, "failure": ""}


class Weighed:
    """Takes note of the memory after each submission."""

    def __init__(self) -> None:
        self.bytes: list[int] = []

    def begun(self, names: list[str], asked: Asked, said: str) -> None: ...

    def started(self, name: str) -> None: ...

    def question(self, name: str, question: dict[str, Any]) -> None: ...

    def look(self) -> None: ...

    def came(self, record: dict[str, Any], *, known: bool) -> None:
        self.bytes.append(rss_bytes())


def graded(out: Path, n: int, times: int, watchers: list[Any]) -> Graded:
    """A class by workers that send the same thing each, so many times; whoever judges is not what is looked at here."""

    @contextlib.contextmanager
    def where(events: Events) -> Iterator[Place]:
        def submit(task: Task) -> None:
            for _ in range(times):
                events.put((task["name"], reply(task["name"])))

        yield Place(submit, lambda: 2, "two workers")

    asked = dict.fromkeys(("seed", "examples", "timeout_s", "isolation"))
    order = Order(out, asked, resume=False, formats=["csv", "gradescope"], audience="staff", command="")
    submissions = [Submission(f"s{i:03d}", (out / "nowhere",)) for i in range(n)]
    return grade(order, submissions, where, watchers)


def test_the_memory_of_the_parent_stays_flat(tmp_path: Path) -> None:
    weighed = Weighed()
    found = graded(tmp_path, N, 1, [weighed])
    assert (len(weighed.bytes), len(found.names), found.failed) == (N, N, {})
    assert (tmp_path / "journal.jsonl").stat().st_size > 50 * MB
    assert max(weighed.bytes[EARLY:]) - weighed.bytes[EARLY - 1] <= 50 * MB
    assert rss_bytes() - weighed.bytes[EARLY - 1] <= 50 * MB


def test_what_comes_twice_is_written_once(tmp_path: Path) -> None:
    graded(tmp_path, 4, 2, [])
    assert [record["name"] for record in records(tmp_path)] == ["s000", "s001", "s002", "s003"]

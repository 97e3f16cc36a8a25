"""What becomes of one submission: every question once, the same again from the same seed, and each part for itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness.grading.asked import Asked
from harness.grading.marking import Marked, mark
from harness.grading.submission import Contents
from harness.grading.workers import KEPT_FROM, Workers
from harness.process import Zygote
from harness.report.record import COLUMNS
from tests.harness.grading.tiny import contents, fit, without_times
from tests.harness.notebooks import notebook

ASKED = Asked(seed=7, examples=2)
WRONG = fit().replace("return m, c", "return c, m")
UNREAD = "nmt.ipynb is left out: it is encrypted."
ANSWERS = "'2.1.2a' = 'C'\n'2.2' = 'A'\n"
TELLS_ALL = """
    import os, tempfile
    raise RuntimeError(f"{os.getcwd()} {os.environ['HOME']} {object()!r} {tempfile.gettempdir()}")
"""
KILLS_ITS_WORKER = """
    import os, signal
    from pathlib import Path
    above, pid = [], os.getpid()
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if b"harness.worker.main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            above.append(pid)
    for pid in reversed(above):  # the first one first, for whoever loses its parent is ended
        os.kill(pid, signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as ours:
        yield ours


def marked(workers: Workers, found: Contents, told: list[dict[str, Any]] | None = None) -> Marked:
    return mark("ann", found, ASKED, workers, lambda question: told is not None and told.append(question))


def by_id(record: dict[str, Any]) -> dict[str, Any]:
    return {question["id"]: question for question in record["questions"]}


def doing(text: str) -> str:
    """A notebook whose fit does something else."""
    return notebook(f"def fit_linear_log(x, y):{text}")


def test_every_question_is_there_once_with_the_part_it_was_judged_in(workers: Workers) -> None:
    told: list[dict[str, Any]] = []
    record = marked(workers, contents(nmt=fit(), answers=ANSWERS), told).record
    assert [question["id"] for question in record["questions"]] == [question.id for question in COLUMNS]
    found = {name: (one["status"], one["points"], one["part"]) for name, one in by_id(record).items()}
    assert found["3.3.3"] == ("pass", 1, "nmt")
    assert (found["2.1.2a"], found["2.2"]) == (("pass", 1.0, "answers"), ("fail", 0.0, "answers"))
    assert (found["3.1.1"], found["4.1"]) == (("missing", 0.0, "nmt"), ("missing", 0.0, None))
    assert (found["3.1.3"], found["1.1.2"]) == (("human", None, None), ("missing", 0.0, "answers"))
    assert record["parts"] == {"nmt": "nmt.ipynb", "answers": "answers.toml"}
    assert {question["id"]: question["status"] for question in told} == {
        "3.3.3": "pass",
        "2.1.2a": "pass",
        "2.2": "fail",
    }


def test_a_section_in_two_notebooks_is_judged_in_both(workers: Workers) -> None:
    first = notebook("class ScaledDotAttention: pass")
    found = Contents({"part3-1.ipynb": first.encode(), "part3-3.ipynb": fit().encode()})
    record = marked(workers, found).record
    assert record["parts"] == {"nmt": "part3-1.ipynb", "nmt 2": "part3-3.ipynb"} or record["parts"] == {
        "nmt": "part3-3.ipynb",
        "nmt 2": "part3-1.ipynb",
    }
    fitted, attention, neither = (by_id(record)[name] for name in ("3.3.3", "3.1.1", "3.1.2"))
    assert (fitted["status"], record["parts"][fitted["part"]]) == ("pass", "part3-3.ipynb")
    assert (attention["points"], record["parts"][attention["part"]]) == (0.0, "part3-1.ipynb")
    assert neither["status"] == "missing"


def test_the_same_seed_gives_the_same_record_whatever_was_judged_before(workers: Workers) -> None:
    """And nothing in it is of where and when it was made; arrays stand in the full report alone."""
    found = contents(nmt=doing(TELLS_ALL), answers=ANSWERS)
    first, other, again = (marked(workers, one) for one in (found, contents(nmt=WRONG), found))
    assert without_times(first.record) == without_times(again.record)
    raised = [law for law in by_id(first.record)["3.3.3"]["laws"] if law["status"] == "error"]
    assert "0x..." in raised[0]["message"]
    assert raised[0]["replay"].startswith("specimen check nmt.ipynb --law")
    assert by_id(other.record)["3.3.3"]["status"] in ("fail", "partial")
    assert "counterexample" not in json.dumps(other.record)
    assert any(law["counterexample"] for q in json.loads(other.reports["nmt"])["questions"] for law in q["laws"])


def test_what_cannot_be_read_costs_its_own_questions(workers: Workers) -> None:
    record = marked(workers, contents(nmt='{"cells": [', answers=ANSWERS)).record
    found = by_id(record)
    assert (found["3.3.3"]["status"], found["3.3.3"]["points"], found["2.1.2a"]["status"]) in [
        ("error", 0.0, "pass"),
        ("missing", 0.0, "pass"),
    ]
    assert record["error"] == "nmt.ipynb is not JSON: Expecting value at line 1, column 12."
    assert record["error"] in record["remarks"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"answers.toml": b"'2.2' = \n", "nmt.ipynb": fit().encode()}, "answers.toml is no TOML file: "),
        ({"answers.toml": ANSWERS.encode(), "work.ipynb": b'{"cells": ['}, "work.ipynb cannot be looked through: "),
        ({"answers.toml": ANSWERS.encode()}, UNREAD),
    ],
    ids=["answers", "notebook", "what was left out"],
)
def test_a_part_that_cannot_be_read_beside_one_that_can_is_no_submission_that_was_judged(
    workers: Workers, files: dict[str, bytes], says: str
) -> None:
    unread = (UNREAD,) if says == UNREAD else ()
    record = marked(workers, Contents(files, unread, unread)).record
    assert record["error"].startswith(says)
    assert record["error"] in record["remarks"]
    assert sum(one["points"] or 0 for one in record["questions"]) > 0


@pytest.mark.parametrize("found", [contents(), contents(nmt="no notebook")], ids=["nothing", "no-notebook"])
def test_of_what_is_no_submission_every_question_says_so(workers: Workers, found: Contents) -> None:
    record = marked(workers, found).record
    assert record["error"]
    assert {one["status"] for one in record["questions"]} <= {"human", "error", "missing"}
    assert sum(one["points"] or 0 for one in record["questions"]) == 0


def test_a_subject_that_kills_its_worker_costs_itself_alone() -> None:
    """Which it can where it is not shut in."""
    with Workers("none") as workers:
        record = marked(workers, contents(nmt=doing(KILLS_ITS_WORKER), answers=ANSWERS)).record
        assert by_id(record)["3.3.3"]["note"].startswith("The process that all of its code runs in ended each time")
        assert [by_id(record)[name]["status"] for name in ("3.3.3", "2.1.2a")] == ["error", "pass"]
        assert by_id(marked(workers, contents(nmt=fit())).record)["3.3.3"]["status"] == "pass"


def test_a_worker_is_kept_only_where_a_subject_cannot_touch_it(workers: Workers) -> None:
    def pid_of(zygote: Zygote) -> tuple[int, int]:
        return zygote._process.pid, zygote.level

    (first, level), (second, _) = (workers.judged(pid_of) for _ in range(2))
    assert (first == second) == (level >= KEPT_FROM)


def test_an_error_of_ours_costs_one_submission_and_keeps_its_traceback(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("harness.check._run_pytest", broken)
    both = marked(workers, contents(nmt=fit(), answers=ANSWERS))
    assert both.record["error"] == "Judging nmt.ipynb failed: ZeroDivisionError: ours"
    assert by_id(both.record)["3.3.3"]["status"] == "error"
    assert "in broken" in both.failure


def test_code_that_only_raises_is_an_error_and_earns_nothing(workers: Workers) -> None:
    found = by_id(marked(workers, contents(nmt=doing(" raise ValueError('later')"))).record)["3.3.3"]
    assert (found["status"], found["points"]) == ("error", 0.0)
    assert "no-logarithm" in {law["name"] for law in found["laws"] if law["status"] == "pass"}


@pytest.mark.parametrize(("caption", "status"), [("a fish", "human"), ("", "fail")], ids=["one", "none"])
def test_a_caption_is_for_a_person_where_nothing_shows_what_it_finds(
    workers: Workers, caption: str, status: str
) -> None:
    text = notebook(f"import clip\ncaption = {caption!r}")
    found = by_id(marked(workers, contents(clip=text)).record)["5.2"]
    assert (found["status"], found["points"]) == (status, None if status == "human" else 0.0)

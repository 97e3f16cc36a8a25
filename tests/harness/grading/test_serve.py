"""A process that judges is replaced when it ends, has done its share, or hangs; a submission pays for itself alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.grading import child
from harness.grading.asked import Asked
from harness.grading.room import Room
from harness.grading.submission import Submission
from harness.grading.task import handed_in, task_of, task_with, whole
from harness.isolation.processes import runs
from tests.harness.grading.tiny import without_times

ANSWERS = '"2.1.2a" = "C"\n'  # which are judged without a worker
ASKED = Asked(seed=7, examples=2)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    child.STOPPED.clear()
    for one in list(child.CHILDREN):
        one.close()
    child._own.__dict__.clear()


@pytest.fixture
def submission(tmp_path: Path) -> Submission:
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "answers.toml").write_text(ANSWERS)
    return Submission("ann", (tmp_path / "ann",), ("a remark",))


def the_child() -> child.Child:
    (one,) = child.CHILDREN
    return one


def kill_when_read(times: int) -> Any:
    """Kills the process that has just read a submission, so many times."""
    left = [times]

    def tell(reply: dict[str, Any]) -> None:
        if "read" in reply and left[0]:
            left[0] -= 1
            os.kill(the_child().pid, signal.SIGKILL)

    return tell


def test_a_process_that_is_killed_is_replaced_and_its_submission_judged_again(submission: Submission) -> None:
    whole_one = child.judged_in_child(task_of(submission, ASKED, ()))
    again = child.judged_in_child(task_of(submission, ASKED, ()), kill_when_read(1))
    assert whole_one["came"] == again["came"] == "judged"
    assert without_times(again["record"]) == without_times(whole_one["record"])
    assert again["record"]["remarks"] == ["a remark"]


def test_a_submission_whose_process_ends_twice_is_lost_and_the_next_one_judged(submission: Submission) -> None:
    lost = child.judged_in_child(task_of(submission, ASKED, ()), kill_when_read(2))
    assert (lost["came"], lost["digest"]) == ("lost", whole(submission).digest)
    assert lost["said"] == "The process that judged it was killed by signal 9; twice."
    assert child.judged_in_child(task_of(submission, ASKED, ()))["came"] == "judged"


def test_a_process_that_ends_within_a_reply_is_replaced_too(
    submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_one = child.judged_in_child(task_of(submission, ASKED, ()))
    replies = the_child()._process.stdout
    readline, torn = replies.readline, []  # type: ignore[union-attr]

    def half() -> str:
        if torn:
            return ""
        line = readline()
        torn.append(line)
        the_child().kill()
        return line[: len(line) // 2]

    monkeypatch.setattr(the_child()._process, "stdout", SimpleNamespace(readline=half, close=replies.close))  # type: ignore[union-attr]
    again = child.judged_in_child(task_of(submission, ASKED, ()))
    assert (len(torn), again["came"]) == (1, "judged")
    assert without_times(again["record"]) == without_times(whole_one["record"])


def test_code_that_changes_meanwhile_judges_nobody(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.grading.task.laws_digest", lambda: "as it was")
    refused = child.judged_in_child(task_of(submission, ASKED, ()))
    assert (refused["came"], "other code than this was begun with" in refused["said"]) == ("refused", True)


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    leaves = "import os, pathlib; from harness.grading.room import Room; r = Room(); pathlib.Path(r.name, 'x').touch(); os.kill(os.getpid(), 9)"
    subprocess.run(
        [sys.executable, "-c", leaves], env={**os.environ, "TMPDIR": str(tmp_path)}, cwd=child.ROOT, check=False
    )
    (tmp_path / "specimen-grade-of-somebody").write_text("no folder")
    held = Room()
    (left,) = (path for path in tmp_path.iterdir() if path.is_dir())  # the next one, and no more
    assert left == Path(held.name)
    Room().close()
    assert left.exists()  # it is held
    held.close()
    assert [path.name for path in tmp_path.iterdir()] == ["specimen-grade-of-somebody"]


def test_a_process_that_hangs_is_ended_and_says_so(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(reply: dict[str, Any]) -> None:
        os.kill(the_child().pid, signal.SIGSTOP)

    monkeypatch.setattr(child, "BACKSTOP_S", 1.0)
    monkeypatch.setattr(child, "FILES", 0)
    lost = child.judged_in_child(task_of(submission, ASKED, ()), stop)
    assert (lost["came"], lost["said"]) == ("lost", "Judging it was given up: it took more than 1 s.")


def test_what_was_judged_before_is_not_judged_again(submission: Submission) -> None:
    digest = whole(submission).digest
    known = child.judged_in_child(task_of(submission, ASKED, [digest, "another"]))
    assert known == {"came": "known", "digest": digest}


def test_contents_that_come_along_are_judged_as_those_on_the_disk(submission: Submission) -> None:
    found = whole(submission)
    task = task_with(submission, found, ASKED)
    assert handed_in(task) == found
    (there, here) = (child.judged_in_child(one)["record"] for one in (task, task_of(submission, ASKED, ())))
    assert without_times(there) == without_times(here)


def test_a_worker_that_has_other_code_refuses(submission: Submission) -> None:
    task = task_with(submission, whole(submission), ASKED) | {"laws": "others"}
    refused = child.judged_in_child(task)
    assert (refused["came"], refused["said"].endswith("has other code than this was begun with.")) == ("refused", True)


def test_a_process_is_replaced_after_its_share(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MAX_SUBMISSIONS", 2)
    task, pids = task_of(submission, ASKED, [whole(submission).digest]), []
    for _ in range(4):
        child.judged_in_child(task)
        pids.append(the_child().pid)
    assert (pids[0] == pids[1], pids[1] == pids[2], pids[2] == pids[3]) == (True, False, True)


def test_a_process_ends_with_whoever_started_it_and_leaves_nothing(submission: Submission) -> None:
    child.judged_in_child(task_of(submission, ASKED, ()))
    one = the_child()
    room = Path(one._room.name)
    assert room.exists()
    one._process.stdin.close()  # type: ignore[union-attr] - as when whoever wrote there is gone
    end = time.monotonic() + 10
    while runs(one.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not runs(one.pid)
    one.close()
    assert not room.exists()


def test_a_room_that_is_taken_for_stale_before_it_is_held_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made, open_ = [], os.open

    def taken(path: Any, *flags: Any, **more: Any) -> int:
        made.append(path)
        if len(made) == 1:
            Path(path).rmdir()
        return open_(path, *flags, **more)

    monkeypatch.setattr(os, "open", taken)
    room = Room()
    assert Path(room.name).is_dir()
    assert len(set(made)) == 2
    room.close()


def test_a_process_that_begins_when_all_are_ended_judges_nothing(submission: Submission) -> None:
    child.STOPPED.set()
    assert child.judged_in_child(task_of(submission, ASKED, ()))["came"] == "lost"

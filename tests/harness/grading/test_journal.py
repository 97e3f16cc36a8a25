"""A journal loses nothing that was written, whatever ends the writing, and goes on only with what it was begun with."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.grading.journal import Journal, JournalError, opened

DEFAULT = {"laws": "abc", "specimen": "0.1", "seed": 5, "examples": 25}


def record(name: str, digest: str = "d1", **more: Any) -> dict[str, Any]:
    return {"name": name, "digest": digest, **more}


def journal(
    folder: Path, *, resume: bool = True, default: Any = DEFAULT, **asked: Any
) -> AbstractContextManager[Journal]:
    return opened(folder, asked, default, resume=resume, command="specimen grade X --resume")


def written(folder: Path, *records: dict[str, Any]) -> Path:
    with journal(folder) as book:
        for one in records:
            book.add(one)
    return folder / "journal.jsonl"


def test_a_last_line_that_is_torn_at_any_byte_costs_itself_alone(tmp_path: Path) -> None:
    path = written(tmp_path, record("ann", text="\u00e4\n"), record("bob"))
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for cut in range(last, len(whole) + 1):
        path.write_bytes(whole[:cut])
        with journal(tmp_path) as book:
            assert book.judged("ann") == {"d1"}
            assert book.judged("bob") == ({"d1"} if cut == len(whole) else frozenset())
            book.add(record("bob", "d2"))
        with journal(tmp_path) as book:
            assert (book.read("ann")["text"], book.judged("bob")) == ("\u00e4\n", {"d2"})


def test_a_first_line_that_is_torn_at_any_byte_is_begun_anew(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with journal(tmp_path, resume=False) as book:
            assert book.header["seed"] == 5
        assert path.read_bytes() == whole


def test_any_other_line_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, record("ann"), record("bob"))
    path.write_bytes(path.read_bytes().replace(b'"ann"', b'"ann'))
    with pytest.raises(JournalError, match=r"Line 2 of .* cannot be read"), journal(tmp_path):
        pass


def test_a_later_record_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    written(tmp_path, record("ann", "d1", n=1), record("bob"), record("ann", "d2", n=2))
    with journal(tmp_path) as book:
        assert (book.judged("ann"), book.read("ann")["n"], book.names()) == ({"d2"}, 2, {"ann", "bob"})


def test_what_failed_stands_and_is_tried_again(tmp_path: Path) -> None:
    with journal(tmp_path) as book:
        book.add(record("ann", error="lost"), again=True)
        assert (book.judged("ann"), book.read("ann")["error"]) == (frozenset(), "lost")
    with journal(tmp_path) as book:
        assert book.judged("ann") == frozenset()


def test_a_journal_is_gone_on_with_only_if_that_is_asked_for(tmp_path: Path) -> None:
    written(tmp_path)
    with journal(tmp_path, resume=False, seed=6) as book:  # nothing was judged yet
        assert book.header["seed"] == 6
        book.add(record("ann"))
    with pytest.raises(JournalError, match="to go on with them: specimen grade X --resume"):
        journal(tmp_path, resume=False).__enter__()


@pytest.mark.parametrize(
    ("asked", "default", "says"),
    [
        ({"examples": 26}, DEFAULT, "was begun with examples 25, not 26; leave that option out"),
        ({"seed": 6}, DEFAULT, "was begun with seed another; leave"),
        ({}, {**DEFAULT, "laws": "abd"}, "laws or the harness are not those"),
    ],
    ids=["other-examples", "other-seed", "other-code"],
)
def test_other_options_or_other_code_are_refused(tmp_path: Path, asked: Any, default: Any, says: str) -> None:
    written(tmp_path)
    with pytest.raises(JournalError, match=says):
        journal(tmp_path, default=default, **asked).__enter__()


def test_a_journal_that_is_gone_on_with_keeps_its_seed(tmp_path: Path) -> None:
    written(tmp_path)
    with journal(tmp_path, default={**DEFAULT, "seed": 99}, examples=25, seed=None) as book:
        assert book.header["seed"] == 5


def test_nobody_else_may_read_the_seed(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path).stat().st_mode) == 0o600


def test_a_folder_is_graded_by_one_process_at_a_time(tmp_path: Path) -> None:
    with journal(tmp_path), pytest.raises(JournalError, match="in use by another process"):
        journal(tmp_path).__enter__()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    with journal(tmp_path) as book:
        book.add(record("ann"))
        before = book.path.read_bytes()
        with no_file_larger_than(len(before) + 20), pytest.raises(OSError, match="too large"):
            book.add(record("bob", text=100 * "x"))
        assert book.path.read_bytes() == before
        book.add(record("cyd"))
    assert [json.loads(line).get("record", {}).get("name") for line in book.path.read_text().splitlines()] == [
        None, "ann", "cyd",
    ]  # fmt: skip

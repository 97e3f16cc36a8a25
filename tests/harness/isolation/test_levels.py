"""Which level is asked for, which is reached, and that nothing less is ever taken in silence."""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.isolation import landlock, level, proof
from harness.isolation.level import Asked, Unreached, asked
from harness.process import Zygote
from tests.harness.mutants import PLAIN

REASON = "the kernel has no Landlock"
PR_GET_DUMPABLE = 3


@pytest.fixture
def no_isolation(monkeypatch: pytest.MonkeyPatch, own_zygote: None) -> None:
    """A machine on which what is tried goes through."""
    monkeypatch.setattr(proof, "why_not", lambda *_, **__: REASON)


def checked(path: Path, *options: str) -> tuple[int, str]:
    path.write_text(PLAIN)
    words = ["check", str(path), "--law", "context", "--question", "3.1.1", "--examples", "2", *options]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    return result.exit_code, " ".join((result.output + result.stderr).split())


@pytest.mark.parametrize(
    ("word", "least", "most"),
    [("auto", 0, 2), ("require", 1, 2), ("none", 0, 0), ("0", 0, 0), ("1", 1, 1), ("2", 2, 2)],
)
def test_a_word_asks_for_a_level_at_least_and_at_most(word: str, least: int, most: int) -> None:
    assert asked(word) == Asked(least, most)


@pytest.mark.parametrize("word", ["", "3", "-1", "some", "1.0"])
def test_another_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="isolation is one of auto, require, none, 0, 1, 2; got"):
        asked(word)


@pytest.mark.usefixtures("no_isolation")
def test_what_is_not_reached_is_said_where_anything_will_do(tmp_path: Path) -> None:
    code, said = checked(tmp_path / "a.py")
    assert code == 0
    assert f"isolation 0 (separate process; not 1: {REASON})" in said


@pytest.mark.usefixtures("no_isolation")
@pytest.mark.parametrize("word", ["require", "1", "2"])
def test_what_is_not_reached_is_refused_where_it_is_asked_for(tmp_path: Path, word: str) -> None:
    code, said = checked(tmp_path / "a.py", "--isolation", word)
    assert code == 2
    assert "is not to be had here" in said
    assert REASON in said


@pytest.mark.parametrize(("word", "name"), [("none", level.NAMES[0]), ("1", level.NAMES[1])])
def test_a_level_that_is_asked_for_is_the_one_that_is_had(tmp_path: Path, word: str, name: str) -> None:
    code, said = checked(tmp_path / "a.py", "--isolation", word)
    if code == 2 and "is not to be had here" in said:
        pytest.skip(said)
    assert (code, f"({name})" in said) == (0, True)


def test_what_has_no_isolation_cannot_be_asked_for_some(tmp_path: Path) -> None:
    assert checked(tmp_path / "a.py", "--in-process", "--isolation", "require")[0] == 2


def test_bubblewrap_that_does_not_work_is_named_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho No permissions to create new namespace >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with Zygote("cpu") as zygote:
        zygote.await_ready()
        assert "bubblewrap does not work here (No permissions to create new namespace)" in zygote.isolation or (
            zygote.level == 0
        )


def test_bubblewrap_that_isolates_nothing_is_found_out_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bwrap").write_text('#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done; shift; exec "$@"\n')
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with Zygote("cpu", isolation=asked("2")) as zygote, pytest.raises(Unreached, match=r"isolation 2 .*: shut in, it"):
        zygote.await_ready()
    if not landlock.version():
        pytest.skip("the kernel has no Landlock")
    with Zygote("cpu", isolation=asked("require")) as zygote:
        zygote.await_ready()
        assert zygote.isolation.startswith("isolation 1 (Landlock and seccomp; not 2: shut in, it ")
        process, folder = zygote.fork(allowed=(), deadline=time.monotonic() + 20)
        assert process.ask({"op": "how", "pid": 0}, deadline=time.monotonic() + 20)
        zygote.clear(process)
        assert zygote.clear_all()
        assert not folder.exists()


def test_the_judges_memory_is_closed_to_others_of_its_user(zygote: Zygote) -> None:
    if sys.platform != "linux":
        pytest.skip("there is no such thing but on Linux")
    assert ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0


def test_what_a_level_forbids_goes_through_where_nothing_forbids_it(tmp_path: Path) -> None:
    """Or a trial would find everything in order on every machine."""
    with Zygote("cpu", isolation=Asked(0, 0)) as zygote:
        zygote.await_ready()
        nothing = proof.why_not(lambda end: zygote.fork(allowed=(), deadline=end)[0], programs=False)
    for attempt in ("reads a file", "lists a folder", "writes to a file", "empties a file", "removes a file", "makes a file",
                    "makes a link", "connects", "datagram", "signals the judge", "starts a program", "forks",
                    "reads the judge's command", "changes a file outside"):  # fmt: skip
        assert attempt in nothing
    assert "cannot" not in nothing


def test_unreached_says_why() -> None:
    with pytest.raises(Unreached, match=f"isolation 2 .* is not to be had here: {REASON}"):
        Asked(2, 2).demand(1, REASON)
    Asked(1, 2).demand(1, "")

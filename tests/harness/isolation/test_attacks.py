"""Attacks on the judge itself, and on what is judged next: by what the kernel tells, by the pipe, by the first words of a fork."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.clock import Limits
from harness.greeting import HELLO, greeted, prepare
from harness.isolation import watch
from harness.isolation.processes import children
from harness.isolation.removal import remove
from harness.judge import Drawing, judge
from harness.outcome import Outcome
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import ROOT, resolve
from spec.contracts import ScaledDotAttention
from tests.harness.mutants import PLAIN
from tests.harness.test_mutants import laws_of

FORWARD = "batch, flat = queries.shape[0], queries.ndim == 2"
TEST, ARGUMENTS = laws_of("ScaledDotAttention")["context"]
OURS = """
import sys
frame = sys._getframe()
while frame and '{0}' not in frame.f_globals: frame = frame.f_back
ours = frame.f_globals
"""
GREETING = (
    OURS.format("greet") + "import array, os, socket\nKEPT = [os.pipe(), os.pipe()]\nos.write(KEPT[0][1], b'x')\n"
)
SENDS = (
    "def greet(channel, listener=None):\n"
    "    channel.sendmsg([b'h'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', {0}))])\nours['greet'] = greet\n"
)
NAMED = "import ctypes; ctypes.CDLL(None).prctl(15, {0!r}, 0, 0, 0)"


def outcome(zygote: Zygote, path: Path, first: str = "", line: str = "pass") -> Outcome:
    """What comes of one law for the plain item with code before it, and a line before its own."""
    path.write_text(first + PLAIN.replace(FORWARD, f"{line}\n        {FORWARD}"))
    subject = Subject(resolve(str(path)), zygote, device="cpu", limits=Limits(20.0, 240.0))
    run = Run(subject, Drawing(2, None))
    run.read()
    try:
        return judge(TEST, run.item(ScaledDotAttention), run.drawing, ARGUMENTS)
    finally:
        subject.close()


@pytest.mark.parametrize(
    ("first", "line", "status"),
    [
        (NAMED.format(b"\xff\xfe) Z 1"), "raise RuntimeError", "error"),
        ("import os\n", "[(os.mkdir('x'), os.chdir('x')) for _ in range(1500)]; raise RuntimeError", "error"),
        (GREETING + SENDS.format("[os.open('/dev/null', 0)]"), "pass", "error"),
        (GREETING + SENDS.format("[KEPT[0][0]]"), "pass", "error"),
        (GREETING + SENDS.format("[KEPT[0][0], KEPT[1][0]]"), "pass", "error"),
        (GREETING + "ours['greet'] = lambda channel, _=None: ours['give_up'](channel, 'no')\n", "pass", "error"),
        ("import fcntl, os\n", "fcntl.fcntl(1, 4, os.O_NONBLOCK | fcntl.fcntl(1, 3))", "pass"),
        ("import fcntl, os\n", "fcntl.ioctl(os.open(__file__, 0), 0x40086602, b'@' * 8)", "error"),
        ("import fcntl, os\n", "fcntl.fcntl(os.open(os.__file__, 0), 1024, 0)", "error"),
    ],
    ids=["a name that is no text", "folders in folders", "a file for a listener", "a pipe for a listener",
         "two of them", "it says it is not shut in", "output that does not wait", "a file's flags", "a lease"],
)  # fmt: skip
def test_it_costs_its_own_law_and_the_next_subject_nothing(
    shut_in: Zygote, tmp_path: Path, first: str, line: str, status: str
) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    assert outcome(shut_in, tmp_path / "a.py", f"{first}\n", line).status == status
    waits = "import fcntl, os; assert not fcntl.fcntl(1, 3) & os.O_NONBLOCK, 'output does not wait'"
    honest = outcome(shut_in, tmp_path / "honest.py", line=f"{waits}; print('x' * 200_000, flush=True)")
    assert honest.status == "pass", honest.message
    assert shut_in._watch and shut_in._watch._thread.is_alive()  # noqa: PT018 - one sentence
    assert shut_in.supervisor and shut_in.supervisor._thread.is_alive()  # noqa: PT018
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_before + 1  # a listener, until the next look


def test_descriptors_that_come_with_a_greeting_are_closed() -> None:
    """A filter lets a subject send none; where there is no filter it may."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        prepare(ours)
        open_before = len(list(Path("/proc/self/fd").iterdir()))
        for count in (1, 2):
            socket.send_fds(theirs, [HELLO], [theirs.fileno()] * count)
            assert greeted(ours, os.getpid(), 5.0, is_trusted=False) == (os.getpid(), None)
        assert len(list(Path("/proc/self/fd").iterdir())) == open_before


HOARDS = {
    "files without names": "files = [open('u', 'wb') for _ in range(9) if not os.path.exists('u') or os.unlink('u') is None]\n"
                           "        [(f.write(bytes(1 << 20)), f.flush()) for f in files]; os.unlink('u'); time.sleep(9)",
    "files that no path reaches": "[(os.mkdir('d' * 250), os.chdir('d' * 250)) for _ in range(20)]\n"
                                  "        os.write(ctypes.CDLL(None).open(b'f', 65, 0o600), bytes(8 << 20)); time.sleep(9)",
}  # fmt: skip


@pytest.mark.parametrize("line", HOARDS.values(), ids=HOARDS)
def test_what_is_hidden_on_the_disk_counts(
    shut_in: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(watch, "DISK_BYTES", 4 << 20)
    found = outcome(shut_in, tmp_path / "a.py", "import ctypes, os, time\n", line)
    assert "GiB" in found.message, found.message


def test_what_has_lost_its_parent_is_ended(shut_in: Zygote, tmp_path: Path) -> None:
    orphan = OURS.format("_die_with_parent") + (
        "import os, time\nours['_die_with_parent'] = lambda: None\n"
        "def after():\n    os.setsid(); time.sleep(600)\n"
        "os.register_at_fork(after_in_child=after, after_in_parent=lambda: os._exit(3))\n"
    )
    (tmp_path / "a.py").write_text(orphan + PLAIN)
    subject = Subject(resolve(str(tmp_path / "a.py")), shut_in, device="cpu", limits=Limits(2.0, 24.0))
    run = Run(subject, Drawing(2, None))
    run.read()
    assert judge(TEST, run.item(ScaledDotAttention), run.drawing, ARGUMENTS).status in ("error", "timeout")
    known = {process.pid for process in shut_in._subjects}
    assert within(10, lambda: shut_in._root and set(children(shut_in._root.pid)) <= known), (
        "while its subject is still there"
    )
    subject.close()


def test_nothing_outlives_a_judge_that_is_killed(tmp_path: Path) -> None:
    stays = OURS.format("_die_with_parent") + "ours['_die_with_parent'] = lambda: None\n"
    code = f"{stays}import time\n{NAMED.format(b'stays-on')}\n{PLAIN}".replace(FORWARD, f"time.sleep(600); {FORWARD}")
    (tmp_path / "a.py").write_text(code)
    words = [sys.executable, "-m", "harness", "check", str(tmp_path / "a.py"), "--law", "context", "--timeout", "60"]
    judge_of_it = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert within(60, lambda: bool(called("stays-on"))), "it never began"
    finally:
        judge_of_it.send_signal(signal.SIGKILL)
        judge_of_it.wait()
    assert within(30, lambda: not called("stays-on"))


def within(seconds: float, happens: object) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happens():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def called(name: str) -> list[str]:
    """The processes of a name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            found += [path.parent.name] if path.read_bytes().strip() == name.encode() else []
        except OSError:
            continue
    return found


def test_what_cannot_be_read_leaves_no_process(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "bad.ipynb").write_text("no notebook")
    before = len(zygote._subjects)
    subject = Subject(resolve(str(tmp_path / "bad.ipynb")), zygote, device="cpu", limits=Limits.of(20.0))
    with pytest.raises(Exception, match="not JSON"):
        Run(subject, Drawing(2, None)).read()
    assert len(zygote._subjects) == before


def test_whatever_is_in_a_folder_is_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d" * 100, dir_fd=here)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=inner))
        os.close(here)
        here = inner
    os.close(here)
    (tmp_path / "kept").write_text("x")
    (top / "link").symlink_to(tmp_path / "kept")
    (top / "folder link").symlink_to(tmp_path)
    (top / "closed").mkdir(mode=0)
    assert remove(top)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]

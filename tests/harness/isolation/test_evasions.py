"""Subjects that mean to be counted wrong: by a name, by files that nobody sees, by processes that nobody asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import process
from harness.clock import Limits
from harness.isolation import holdings, supervisor, watch
from harness.isolation.level import Asked, Unreached
from harness.isolation.processes import runs
from harness.isolation.spent import Spent
from harness.judge import Drawing, judge
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import resolve
from spec.contracts import ScaledDotAttention
from tests.harness.isolation.test_attacks import ARGUMENTS, TEST, called, outcome, within
from tests.harness.mutants import PLAIN

OLD_LANDLOCK = "from harness.isolation import landlock; landlock.version = lambda: 5; from harness.worker"
NAMED = "import ctypes; ctypes.CDLL(None).prctl(15, {0!r}, 0, 0, 0)"
ENDS = {"a return": b"\r", "a line feed": b"\n"}


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel whose Landlock knows nothing of signals."""
    monkeypatch.setattr(process, "BOOT", process.BOOT.replace("from harness.worker", OLD_LANDLOCK, 1))


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else's."""
    with subprocess.Popen(["sleep", "600"]) as other:
        yield other
        other.kill()


@pytest.mark.usefixtures("old")
def test_a_name_with_a_line_in_it_signals_nobody(tmp_path: Path, victim: subprocess.Popen[bytes]) -> None:
    with Zygote("cpu", isolation=Asked(1, 1)) as zygote:
        zygote.await_ready()
        for end in ENDS.values():
            name = NAMED.format(end + b"NStgid: %d" % victim.pid)
            found = outcome(zygote, tmp_path / "a.py", "import os\n", f"{name}; os.kill({victim.pid}, 15)")
            assert "PermissionError" in found.message
    assert victim.poll() is None


@pytest.mark.usefixtures("old")
def test_a_level_at_which_such_a_name_signals_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def believes_names(thread: int) -> int:
        lines = Path(f"/proc/{thread}/status").read_bytes().splitlines()
        return int(next(line for line in lines if line.startswith(b"NStgid:")).split()[-1])

    monkeypatch.setattr(supervisor, "_own_number", believes_names)
    with Zygote("cpu", isolation=Asked(0, 1)) as zygote:
        zygote.await_ready()
        assert (zygote.level, "it signals the judge, by a return in its name" in zygote.isolation) == (0, True)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_name_with_a_line_in_it_hides_no_memory(
    shut_in: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr(watch, "MEMORY_BYTES", 100 << 20)
    name = NAMED.format(end + b"RssAnon: x")
    found = outcome(
        shut_in, tmp_path / "a.py", line=f"{name}; import time; kept = bytearray(b'x') * (300 << 20); time.sleep(9)"
    )
    assert "held more than" in found.message


def test_memory_that_cannot_be_read_is_not_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert holdings.own_bytes(os.getpid()) > 1 << 20
    monkeypatch.setattr(holdings, "status_of", lambda _: {b"RssAnon": [b"x"]})
    assert holdings.own_bytes(os.getpid()) == sys.maxsize
    monkeypatch.setattr(holdings, "status_of", lambda _: {b"RssAnon": []})
    assert holdings.own_bytes(os.getpid()) == sys.maxsize


DROP = "open('u', 'wb').write(bytes(2 << 20)); f = os.open('u', os.O_RDWR); os.unlink('u')"
HOARDS = {
    "mapped": f"for _ in range(4):\n            {DROP}; kept.append(mmap(None, 4096, 1, 1, f, 0)); os.close(f)",
    "in a process without its first thread": f"threading.Thread(target=lambda: time.sleep(20)).start()\n        for _ in range(4): {DROP}\n"
                                             "        libc.syscall(60, 0)",
}  # fmt: skip
HOARDING = (
    "import ctypes, os, socket, threading, time\nlibc, kept = ctypes.CDLL(None, use_errno=True), []\nmmap = libc.mmap\n"
    "mmap.restype, mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]\n"
    "def tried(result):\n    if result == -1: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\n"
)


@pytest.mark.parametrize("line", HOARDS.values(), ids=HOARDS)
@pytest.mark.parametrize("is_root", [True, False], ids=["for root", "for others"])
def test_files_without_names_count_however_they_are_kept(
    shut_in: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, is_root: bool
) -> None:
    monkeypatch.setattr(watch, "DISK_BYTES", 4 << 20)
    if not is_root:
        monkeypatch.setattr(holdings, "MAP_FILES", "/proc/{}/nothing")
        monkeypatch.setattr(holdings, "FILE_BYTES", 2 << 20)
    found = outcome(shut_in, tmp_path / "a.py", HOARDING, f"{line}\n        time.sleep(9)")
    assert re.search("in files without names|wrote more than", found.message)  # the last where one still has its name


@pytest.mark.parametrize(
    "line",
    [
        "socket.send_fds(socket.socketpair()[0], [b'x'], [0])",
        "tried(libc.sendmmsg(1, 0, 0, 0))",
        "tried(libc.prctl(4, 0, 0, 0, 0))",
        "tried(libc.prctl(4, 2, 0, 0, 0))",
        "tried(libc.close_range(90, 91, 2))",
        "tried(libc.syscall(56, 0x10f00 & ~0x400, 0, 0, 0, 0))",
        "tried(libc.syscall(56, 0x8011, 0, 0, 0, 0))",
        "tried(libc.syscall(444, 0, 0, 1))",
        "import mmap; mmap.mmap(-1, 4096)",
    ],
    ids=["a message", "messages", "no dump", "another dump", "files of its own", "a thread with files of its own",
         "a process of its parent's", "a rule", "memory that is shared"],
)  # fmt: skip
def test_what_would_hide_something_is_refused(shut_in: Zygote, tmp_path: Path, line: str) -> None:
    found = outcome(shut_in, tmp_path / "a.py", HOARDING, line)
    assert "PermissionError" in found.message, found


SPINS = """
import ctypes, hashlib, os, threading
LAW = os.fork
def spin():
    while True: hashlib.sha256(bytes(1 << 22))
def fork():
    {0}
    for _ in range({1}):
        pid = ctypes.CDLL(None).fork()
        if pid == 0: break
    if pid == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(15, b'spins-on', 0, 0, 0)
        for _ in range(4): threading.Thread(target=spin).start()
        spin()
    return {2}
os.fork = fork
"""


def spinning() -> list[str]:
    return [pid for pid in called("spins-on") if runs(int(pid))]


def test_a_process_that_nobody_asked_for_is_ended_with_its_law(shut_in: Zygote, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SPINS.format("pass", 1, "pid") + PLAIN)
    subject = Subject(resolve(str(tmp_path / "a.py")), shut_in, device="cpu", limits=Limits.of(1.0))
    run = Run(subject, Drawing(2, None))
    run.read()
    assert judge(TEST, run.item(ScaledDotAttention), run.drawing, ARGUMENTS).status in ("error", "timeout")
    assert within(3, lambda: not spinning()), "while its subject is still there"
    subject.close()


def test_the_processor_is_bounded_for_all_of_a_subject_together(tmp_path: Path) -> None:
    """Where processes are made unasked, each has a limit of its own."""
    (tmp_path / "a.py").write_text(
        SPINS.format("pid = LAW()\n    if pid == 0: return 0\n    law = pid", 8, "law") + PLAIN
    )
    with Zygote("cpu", isolation=Asked(0, 0)) as zygote:
        zygote.await_ready()
        subject = Subject(resolve(str(tmp_path / "a.py")), zygote, device="cpu", limits=Limits(1.0, 1.0))
        run = Run(subject, Drawing(2, None))
        run.read()
        judge(TEST, run.item(ScaledDotAttention), run.drawing, ARGUMENTS)
        assert within(12, lambda: not spinning()), "while its subject is still there"
        found = judge(TEST, run.item(ScaledDotAttention), run.drawing, ARGUMENTS)
        subject.close()
    assert (found.status, "time on the processor" in found.message) == ("timeout", True), found


def test_processes_that_are_gone_count_too() -> None:
    spent, burn = Spent(), "import hashlib, time\nwhile time.process_time() < .5: hashlib.sha256(bytes(1 << 20))"
    with subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.DEVNULL) as child:
        seen = 0.0
        while child.poll() is None:
            seen = spent.seconds(child.pid + (1 << 24), [child.pid])
            time.sleep(0.02)
    assert spent.seconds(child.pid + (1 << 24), []) == seen > 0.2
    assert Spent().seconds(os.getpid(), []) >= 0.4, "what has been waited for"


def test_processes_in_sessions_of_their_own_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MOST_PROCESSES", 16)
    line = (
        "r, w = os.pipe()\n        for made in range(40):\n            try: pid = os.fork()\n"
        "            except PermissionError: break\n"
        "            if pid == 0: os.setsid(); os.close(w); os.read(r, 1); os._exit(0)\n"
        "        os.close(w); [os.wait() for _ in range(made)]\n        raise RuntimeError(f'made {made}.')"
    )
    with Zygote("cuda", isolation=Asked(2, 2)) as zygote:  # as for a GPU, whether there is one or not
        try:
            zygote.await_ready()
        except Unreached as error:
            pytest.skip(str(error))
        found = outcome(zygote, tmp_path / "a.py", "import os\n", line)
    made = re.search(r"made (\d+)\.", found.message)
    assert made, found.message
    assert 5 < int(made[1]) < 16

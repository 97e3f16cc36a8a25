"""What a process remembers of the copies that it made of itself."""

import os
import signal
import time
from pathlib import Path

import pytest

from harness.process import Zygote
from harness.worker.children import Children


def forked(status: int = 0, *, killed: bool = False) -> int:
    pid = os.fork()
    if pid == 0:
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(status)
    return pid


@pytest.mark.parametrize(
    ("status", "killed", "how"), [(3, False, "exited with status 3"), (0, True, "was killed by SIGKILL")]
)
def test_how_one_ended_is_told_also_after_it_was_reaped(status: int, killed: bool, how: str) -> None:
    children = Children()
    pid = forked(status, killed=killed)
    children.add(pid)
    assert [children.how(pid), children.how(pid)] == [how, how]
    assert not Path(f"/proc/{pid}").exists()


def test_a_process_that_somebody_else_has_waited_for_has_ended() -> None:
    children = Children()
    pid = forked()
    children.add(pid)
    os.waitpid(pid, 0)
    assert children.how(pid) == "ended"


def test_what_is_not_its_own_is_left_to_be_waited_for() -> None:
    children, pid = Children(), forked(5)
    time.sleep(0.1)
    children.reap()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


@pytest.mark.skipif(not Path("/proc").exists(), reason="counts processes in /proc")
def test_a_zygote_keeps_no_dead_forks(zygote: Zygote) -> None:
    deadline = time.monotonic() + 20
    processes = [zygote.fork(allowed=(), deadline=deadline)[0] for _ in range(10)]
    forks = [process.fork(deadline) for process in processes]
    for process in processes:
        process.end()
    time.sleep(0.2)
    last, _ = zygote.fork(allowed=(), deadline=deadline)
    left = [p.pid for p in processes + forks if Path(f"/proc/{p.pid}").exists()]
    last.end()
    assert left == []

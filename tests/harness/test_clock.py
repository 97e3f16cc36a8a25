"""A law's clock counts what the subject takes, not what it waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from harness import clock
from harness.clock import Limits, waited_s
from harness.outcome import TimedOut

PAUSE_S = 0.2


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the process has waited for a core, in seconds, as the kernel would tell."""
    told = [0.0]
    monkeypatch.setattr(clock, "waited_s", lambda pid: told[0])
    return told


def test_time_between_answers_does_not_count() -> None:
    limits = Limits.of(10.0)
    ours = limits.clock()
    time.sleep(PAUSE_S)
    with ours.running(os.getpid()):
        pass
    assert ours.left() > 10.0 - PAUSE_S / 2
    assert limits.spent_s < PAUSE_S / 2


def test_time_in_which_others_had_the_core_does_not_count(waiting: list[float]) -> None:
    ours = Limits.of(PAUSE_S / 2).clock()
    with ours.running(os.getpid()):
        time.sleep(PAUSE_S)
        waiting[0] = PAUSE_S
        assert ours.left() > 0
    assert ours.left() > PAUSE_S / 4


def test_time_asleep_counts(waiting: list[float]) -> None:
    ours = Limits.of(PAUSE_S / 2).clock()
    with ours.running(os.getpid()):
        time.sleep(PAUSE_S)
        assert ours.left() <= 0


def test_a_busy_machine_is_no_excuse_for_ever(waiting: list[float]) -> None:
    ours = Limits.of(PAUSE_S / clock.AT_MOST / 2).clock()
    with ours.running(os.getpid()):
        time.sleep(PAUSE_S)
        waiting[0] = PAUSE_S
        assert ours.left() <= 0


def test_a_subject_that_has_used_up_its_time_begins_no_law() -> None:
    limits = Limits(1.0, 12.0, spent_s=12.0)
    with pytest.raises(TimedOut, match="the 12 s for the whole subject are used up"):
        limits.clock()


@pytest.fixture
def rivals() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes on one core, each of which wants all of it."""
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    started = [subprocess.Popen([sys.executable, "-I", "-c", code]) for _ in range(2)]
    yield started
    for one in started:
        one.kill()
        one.wait()


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="this kernel does not tell")  # noqa: PTH110
def test_the_kernel_tells_what_a_process_waits(rivals: list[subprocess.Popen[bytes]]) -> None:
    time.sleep(PAUSE_S)
    before, began = waited_s(rivals[0].pid), time.monotonic()
    time.sleep(5 * PAUSE_S)
    waited, passed = waited_s(rivals[0].pid) - before, time.monotonic() - began
    assert passed / 5 < waited <= passed + PAUSE_S

"""The filter of system calls, run here instruction by instruction, on both architectures."""

from __future__ import annotations

import errno
import signal
import socket
from typing import Any

import pytest

from harness.isolation import syscalls
from harness.isolation.seccomp import (
    ALLOW,
    AND,
    ARCHITECTURE,
    ASK,
    EQUAL,
    ERRNO,
    GREATER,
    KILL,
    LOAD,
    NUMBER,
    RETURN,
    program,
)  # fmt: skip

MACHINES = tuple(syscalls.ARCHITECTURES)
REFUSED, UNKNOWN, PRETENDED = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS, ERRNO
NO_TERMINAL = ERRNO | errno.ENOTTY
PLAIN = {"x86_64": (0, 1, 9, 39, 257), "aarch64": (63, 64, 222, 172, 56)}  # read, write, mmap, getpid, openat


def answer(machine: str, number: int, arguments: tuple[int, ...] = (), **how: Any) -> int:
    """What the filter answers to a call."""
    architecture = how.pop("architecture", syscalls.ARCHITECTURES[machine][1])
    seen = {NUMBER: number, ARCHITECTURE: architecture}
    for i, value in enumerate((*arguments, 0, 0, 0, 0, 0, 0)[:6]):
        seen |= {16 + 8 * i: value & 0xFFFFFFFF, 20 + 8 * i: value >> 32 & 0xFFFFFFFF}
    steps, held, at = program(machine=machine, **({"programs": False} | how)), 0, 0
    while True:
        code, jump_if, jump_else, value = steps[at]
        at += 1
        if code == RETURN:
            return value
        if code == LOAD:
            held = seen[value]
        elif code == AND:
            held &= value
        else:
            is_so = held == value if code == EQUAL else held > value
            assert code in (EQUAL, GREATER)
            at += jump_if if is_so else jump_else


def numbered(machine: str, table: str) -> dict[str, int]:
    return syscalls.numbers(table, machine)


@pytest.mark.parametrize("machine", MACHINES)
def test_each_call_has_the_answer_of_its_table(machine: str) -> None:
    for table, expected in (
        (syscalls.NETWORK, REFUSED), (syscalls.PROGRAMS, REFUSED), (syscalls.FILES_IN_MEMORY, REFUSED),
        *((table, REFUSED) for table in syscalls.REFUSED), (syscalls.MODES, PRETENDED), (syscalls.UNKNOWN, UNKNOWN),
        (syscalls.ASKED, ASK),
    ):  # fmt: skip
        for name, number in numbered(machine, table).items():
            assert answer(machine, number) == expected, name
    for number in PLAIN[machine]:
        assert answer(machine, number) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_or_a_later_call_gets_nothing(machine: str) -> None:
    assert answer(machine, 1, architecture=0x40000003) == KILL  # i386, whose numbers mean other calls
    assert answer(machine, syscalls.LAST + 1) == UNKNOWN
    assert answer(machine, 0x40000000 | 59) == UNKNOWN  # x32's execve


@pytest.mark.parametrize("machine", MACHINES)
def test_compilers_may_be_started_for_a_gpu_and_nothing_else_is_different(machine: str) -> None:
    differ = {n for n in range(syscalls.LAST + 1) if answer(machine, n) != answer(machine, n, programs=True)}
    may_start = numbered(machine, f"{syscalls.PROGRAMS}, {syscalls.FILES_IN_MEMORY}")
    ioctl = numbered(machine, syscalls.BY_ARGUMENT)["ioctl"]
    assert differ == {*may_start.values(), ioctl}
    assert answer(machine, ioctl, (3, 0xC020462A), programs=True) == ALLOW  # a driver's own
    assert answer(machine, ioctl, (3, 0x40086602), programs=True) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("prlimit64", (0, 7, 0, 0x7F00_0000_0000), ALLOW), ("prlimit64", (0, 7, 0x7F00_0000_0000), REFUSED),
        ("prlimit64", (4321, 7, 0), REFUSED),
        ("sched_setaffinity", (0, 8), ALLOW), ("sched_setaffinity", (4321, 8), REFUSED),
        ("sendto", (5, 1, 1, 0, 0), ALLOW), ("sendto", (5, 1, 1, 0, 0x7F00_0000_0000), REFUSED),
        ("socketpair", (socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC), ALLOW),
        ("socketpair", (socket.AF_UNIX, socket.SOCK_DGRAM), REFUSED),
        ("fcntl", (3, 4), ALLOW), ("fcntl", (3, 8, 4321), REFUSED), ("fcntl", (3, 15), REFUSED), ("fcntl", (3, 10), REFUSED),
        ("ioctl", (0, 0x5401), ALLOW), ("ioctl", (0, 0x5412), NO_TERMINAL),
        ("ioctl", (3, 0x40086602), NO_TERMINAL), ("fcntl", (1, 1031), REFUSED), ("fcntl", (3, 1024), REFUSED),
        ("prctl", (1, signal.SIGKILL), ALLOW), ("prctl", (1, 0), REFUSED), ("prctl", (36, 1), REFUSED),
        ("prctl", (4, 1), ALLOW), ("prctl", (4, 0), REFUSED), ("prctl", (4, 2), REFUSED), ("prctl", (4, 1 << 32), REFUSED),
        ("close_range", (3, 9, 0), ALLOW), ("close_range", (3, 9, 4), ALLOW), ("close_range", (3, 9, 6), REFUSED),
        ("mmap", (0, 1, 3, 0x22), ALLOW), ("mmap", (0, 1, 1, 0x01), ALLOW), ("mmap", (0, 1, 3, 0x21), REFUSED),
        ("mmap", (0, 1, 3, 0x4023), REFUSED),
        ("prctl", (0x59616D61, 1), REFUSED), ("prctl", (15, 0), ALLOW),
    ],
)  # fmt: skip
def test_an_argument_decides(machine: str, call: str, arguments: tuple[int, ...], expected: int) -> None:
    assert answer(machine, numbered(machine, syscalls.BY_ARGUMENT)[call], arguments) == expected

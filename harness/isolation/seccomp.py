"""A filter of system calls that a process puts on itself, and that every process it makes inherits.

Refused calls fail as they would for want of permission. Those that depend on who asks are put to whoever holds the
listener, which the filter comes with (`supervisor.py`).

Source:  seccomp(2), seccomp_unotify(2); the instructions are classic BPF's.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence

from harness.isolation import syscalls

LIBC = ctypes.CDLL(None, use_errno=True)
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER, WITH_LISTENER, SPEED = 1, 1 << 3, 1 << 2  # SPEED: no mitigation that costs every branch
PR_SET_NO_NEW_PRIVS = 38
LOAD, EQUAL, GREATER, AND, RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
ALLOW, ERRNO, ASK, KILL = 0x7FFF0000, 0x00050000, 0x7FC00000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in what a filter is shown
LOW = 0xFFFFFFFF
CLOSE_RANGE_UNSHARE = 1 << 1
KIND_OF_MAPPING, SHARED_AND_OF_NO_FILE = 0x2F, (0x21, 0x23)
"""Of which one page keeps all in memory, when the rest is unmapped and counts no more."""
PR_SET_DUMPABLE = 4
PR_SET_PDEATHSIG, PR_SET_MM, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER = 1, 35, 36, 0x59616D61
SIGNALLING = (8, 15, 10)  # F_SETOWN, F_SETOWN_EX, F_SETSIG: signals to whom one names
SHARED = (1024, 1026, 1031)  # F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ: of what others have open as well
OF_TERMINALS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: what is asked of a file that may be a terminal."""
OF_FILE_SYSTEMS = (0xC0045877, 0xC0045878, 0xC0185879, 0x40086602, 0x40046602, 0x401C5820, 0x40087602, 0x40806685,
                   0x8004587D, 0x6611, 0x8901, 0x8902, 0x5412, 0x541C)  # fmt: skip
"""FIFREEZE, FITHAW, FITRIM, FS_IOC_SETFLAGS (two), FSSETXATTR, SETVERSION, ENABLE_VERITY, EXT4's SHUTDOWN and SWAP_BOOT;
FIOSETOWN, SIOCSPGRP; TIOCSTI, TIOCLINUX: refused where a GPU's driver needs others that nobody can list."""
Instruction = tuple[int, int, int, int]


def install(*, programs: bool) -> int:
    """Filter this process from now on; the listener's descriptor.

    Edges:   with `programs` it may start some, as compilers of kernels for a GPU must be; what may be started is
             Landlock's to say.
    Raises:  OSError where the kernel has no such filter, or the architecture no table.
    """
    if platform.machine() not in SECCOMP:
        raise OSError(errno.ENOSYS, f"no table of system calls for {platform.machine()}")
    _check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return _put_on(program(programs=programs), WITH_LISTENER)


def refuse_sending() -> None:
    """Have this process, filtered already, send no more messages that descriptors may be in.

    Raises:  OSError where the kernel does not let it.
    """
    number = syscalls.numbers(syscalls.SENDING)["sendmsg"]
    _put_on([(LOAD, 0, 0, NUMBER), (EQUAL, 0, 1, number), REFUSE, (RETURN, 0, 0, ALLOW)])


def _put_on(steps: Sequence[Instruction], flags: int = 0) -> int:
    code = b"".join(struct.pack("<HBBI", *one) for one in steps)
    held = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    about = Program(len(code) // 8, ctypes.addressof(held))
    return _check(LIBC.syscall(SECCOMP[platform.machine()], SET_MODE_FILTER, flags | SPEED, ctypes.byref(about)))


def program(*, programs: bool, machine: str | None = None) -> list[Instruction]:
    """The filter's instructions."""
    machine = machine or platform.machine()
    architecture = syscalls.ARCHITECTURES[machine][1]
    refused = [syscalls.NETWORK, *syscalls.REFUSED]
    if not programs:
        refused += [syscalls.PROGRAMS, syscalls.FILES_IN_MEMORY]
    steps: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER), (GREATER, 0, 1, syscalls.LAST), (RETURN, 0, 0, ERRNO | errno.ENOSYS),
    ]  # fmt: skip
    for table, action in (
        (",".join(refused), ERRNO | errno.EPERM),
        (syscalls.UNKNOWN, ERRNO | errno.ENOSYS),
        (syscalls.MODES, ERRNO),  # no error, and nothing done
        (syscalls.ASKED, ASK),
    ):
        for number in syscalls.numbers(table, machine).values():
            steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, action)]
    by_name = syscalls.numbers(syscalls.BY_ARGUMENT, machine)
    for name, body in _bodies(programs=programs).items():
        steps += [(EQUAL, 0, len(body), by_name[name]), *body]
    return [*steps, (RETURN, 0, 0, ALLOW)]


def _bodies(*, programs: bool) -> dict[str, list[Instruction]]:
    """What is asked of the arguments of a call; each body ends in an answer."""
    return {
        "prlimit64": _body(_unless_zero(0), _unless_zero(2)),  # of itself, and only to read them
        "sched_setaffinity": _body(_unless_zero(0)),
        "sendto": _body(_unless_zero(4)),  # to whom it is connected, by no address
        "socketpair": _body(_unless(0, socket.AF_UNIX), _unless(1, socket.SOCK_STREAM, mask=0xF)),
        "fcntl": _body(_if(1, (*SIGNALLING, *SHARED))),
        "ioctl": _body(_if(1, OF_FILE_SYSTEMS) if programs else _unless_among(1, OF_TERMINALS)),
        "prctl": _body(
            _if(0, (PR_SET_MM, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER)),
            _only(PR_SET_PDEATHSIG, signal.SIGKILL),  # whoever asks for a signal when its parent dies cannot catch it
            _only(PR_SET_DUMPABLE, 1),  # or the judge could not count what it holds
        ),
        "close_range": _body(_unless(2, 0, mask=CLOSE_RANGE_UNSHARE)),  # or one thread had files that the others lack
        "mmap": _body(() if programs else _if(3, SHARED_AND_OF_NO_FILE, mask=KIND_OF_MAPPING)),
    }  # fmt: skip


def _body(*checks: Iterable[Instruction]) -> list[Instruction]:
    return [*(step for check in checks for step in check), (RETURN, 0, 0, ALLOW)]


def _low(argument: int) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument)


REFUSE: Instruction = (RETURN, 0, 0, ERRNO | errno.EPERM)


def _unless(argument: int, value: int, mask: int = LOW) -> Iterator[Instruction]:
    yield from (_low(argument), (AND, 0, 0, mask), (EQUAL, 1, 0, value), REFUSE)


def _unless_zero(argument: int) -> Iterator[Instruction]:
    yield from _unless(argument, 0)
    yield from ((LOAD, 0, 0, ARGUMENTS + 8 * argument + 4), (EQUAL, 1, 0, 0), REFUSE)


def _if(argument: int, values: Iterable[int], mask: int = LOW) -> Iterator[Instruction]:
    yield from (_low(argument), (AND, 0, 0, mask))
    for value in values:
        yield from ((EQUAL, 0, 1, value), REFUSE)


def _unless_among(argument: int, values: Sequence[int]) -> Iterator[Instruction]:
    """As of a file that knows no such request, unless it is one of these."""
    yield _low(argument)
    for left, value in zip(range(len(values), 0, -1), values, strict=True):
        yield (EQUAL, left, 0, value)
    yield (RETURN, 0, 0, ERRNO | errno.ENOTTY)


def _only(first: int, second: int) -> Iterator[Instruction]:
    """Of a first argument, with one second argument alone."""
    yield from (_low(0), (EQUAL, 0, 3, first), _low(1), (EQUAL, 1, 0, second), REFUSE)


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

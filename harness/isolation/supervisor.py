"""The judge's answer to system calls that depend on who asks: a subject forks when it was told to, has so many threads and
no more, and signals nobody but itself.

The kernel stops the call and asks here, with arguments that lie in registers, so nobody changes them meanwhile.

Source:  seccomp_unotify(2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import sys
import threading
from collections.abc import Iterator

from harness.isolation import syscalls
from harness.isolation.holdings import status_of
from harness.isolation.processes import descendants, parent_of, threads_of

RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_*
ASKED_BYTES = 80
GO_ON = 1
CLONE_THREAD, CLONE_FILES, CLONE_PARENT, NAMESPACES = 0x00010000, 0x00000400, 0x00008000, 0x7E020000
MOST_THREADS = 64
MOST_PROCESSES = 64  # of all that may start programs, the first ones included


class Supervisor:
    """Answers for all subjects of one zygote, in a thread of the judge's.

    Edges:   whoever holds no permission is refused at once, by EPERM, so that no call waits for ever.
    """

    def __init__(self, *, programs: bool) -> None:
        self._programs = programs
        self._permitted: set[int] = set()
        self._listeners: set[int] = set()
        self._poll = select.epoll()
        self._wake, self._woken = os.pipe()
        self._poll.register(self._wake, select.EPOLLIN)
        by_name = syscalls.numbers(syscalls.ASKED)
        self._names = {number: name for name, number in by_name.items()}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def watch(self, listener: int) -> None:
        """Answer what comes by this descriptor, which is ours from now on."""
        self._listeners.add(listener)
        self._poll.register(listener, select.EPOLLIN)

    @contextlib.contextmanager
    def permitting(self, pid: int) -> Iterator[None]:
        """Let a process fork, once, while this lasts."""
        self._permitted.add(pid)
        try:
            yield
        finally:
            self._permitted.discard(pid)

    def close(self) -> None:
        """Answer no more; what still waits for an answer is told that there is no such call."""
        os.write(self._woken, b"x")
        self._thread.join()
        for descriptor in (*self._listeners, self._wake, self._woken):
            os.close(descriptor)
        self._poll.close()

    def _serve(self) -> None:
        while True:
            for descriptor, event in self._poll.poll():
                if descriptor == self._wake:
                    return
                may_go_on = event & select.EPOLLIN and self._answer(descriptor)
                if not may_go_on or event & select.EPOLLHUP:  # nobody is left behind this filter
                    self._poll.unregister(descriptor)
                    self._listeners.discard(descriptor)
                    os.close(descriptor)

    def _answer(self, listener: int) -> bool:
        """Answer one call; whether more may come."""
        asked = bytearray(ASKED_BYTES)
        try:
            fcntl.ioctl(listener, RECEIVE, asked)
        except OSError as error:
            return error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN)  # whoever asked is gone; else all are
        number, pid, _, call, _, _, *arguments = struct.unpack("<QIIiIQ6Q", asked)
        allowed = self._may(self._names.get(call, ""), pid, arguments)
        answer = (0, 0, GO_ON) if allowed else (0, -errno.EPERM, 0)
        with contextlib.suppress(OSError):
            fcntl.ioctl(listener, SEND, struct.pack("<QqiI", number, *answer))
        return True

    def _may(self, name: str, pid: int, arguments: list[int]) -> bool:
        if name in ("clone", "fork", "vfork"):
            flags = arguments[0] if name == "clone" else 0
            is_thread = bool(flags & CLONE_THREAD)
            hides = flags & (NAMESPACES | CLONE_PARENT) or (is_thread and not flags & CLONE_FILES)
            return not hides and self._may_make(pid, is_thread=is_thread)
        if name in ("kill", "tgkill"):
            target = arguments[0] & 0xFFFFFFFF
            target = target - (1 << 32) if target >> 31 else target
            own = _own_number(pid)
            return own is not None and (target == own or (name == "kill" and target in (0, -own)))
        return False

    def _may_make(self, pid: int, *, is_thread: bool) -> bool:
        if is_thread:
            return 0 < threads_of(pid) < MOST_THREADS
        if pid in self._permitted:
            self._permitted.discard(pid)
            return True
        return self._programs and _size_of_family(pid) < MOST_PROCESSES


def _own_number(thread: int) -> int | None:
    """The number that the process of a thread has in its own namespace."""
    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
        return int(status_of(thread)[b"NStgid"][-1])
    return None


def _size_of_family(pid: int) -> int:
    """How many processes there are below the one of the judge's own children that a process descends from; too many where
    there is no such child."""
    while (parent := parent_of(pid)) != os.getpid():
        if not parent:
            return sys.maxsize
        pid = parent
    return 1 + len(descendants(pid))

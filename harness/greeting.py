"""What a new process says to the judge before anything else: that it is ready, who it is, and who is asked about its calls."""

from __future__ import annotations

import array
import os
import socket
import struct
import sys
import time
from typing import Any, NamedTuple

from harness import wire
from harness.isolation.seccomp import refuse_sending
from harness.outcome import Died, TimedOut

HELLO, FAILED = b"h", b"f"
LINUX = sys.platform == "linux"
ROOM = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4)  # for credentials and for one descriptor
INHERITED_BY_NOBODY = socket.MSG_CMSG_CLOEXEC if LINUX else 0


class Greeting(NamedTuple):
    """What a new process says first: its number, as the kernel tells it, and who is asked about its system calls."""

    pid: int
    listener: int | None


def prepare(channel: socket.socket) -> None:
    """Have the kernel say by what process a greeting is sent, where it does."""
    if LINUX:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


def greeted(channel: socket.socket, told: Any, within_s: float, *, is_trusted: bool) -> Greeting:
    """The greeting of a process that was just made; `told` is its number by its parent's account, for where the kernel is
    silent.

    Edges:   only one that is trusted, as no foreign code has run in it yet, may say that it could not shut itself in, or
             send a descriptor.
    Raises:  RuntimeError if it could not shut itself in; Died or TimedOut if it says nothing, or no number.
    """
    channel.settimeout(within_s)
    try:
        word, ancillary, _, _ = channel.recvmsg(1, ROOM, INHERITED_BY_NOBODY)
        if word == FAILED and is_trusted:
            said, _ = wire.receive(channel, time.monotonic() + within_s)
            raise RuntimeError(f"a subject's process could not be shut in: {said.get('failed')}")
    except TimeoutError:
        raise TimedOut("a copy of the subject's process did not begin in time") from None
    except (OSError, EOFError, wire.Garbled):
        word, ancillary = b"", []
    pid, descriptors = told, array.array("i")
    for level, kind, data in ancillary:
        if LINUX and level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid = struct.unpack("iii", data[:12])[0]
        elif level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    kept = 1 if is_trusted and word == HELLO else 0
    for descriptor in descriptors[kept:]:
        os.close(descriptor)
    if word != HELLO or type(pid) is not int or pid <= 1:
        raise Died("a copy of the subject's process ended before it began")
    return Greeting(pid, next(iter(descriptors[:kept]), None))


def greet(channel: socket.socket, listener: int | None = None) -> None:
    """Say that a new process is ready, the process's own part of it; afterwards, if it has a filter, it sends nobody a
    descriptor any more.

    Raises:  OSError where the filter takes no more; nothing else may then run in this process.
    """
    if listener is None:
        channel.sendall(HELLO)  # by whom it comes, the kernel says all the same
        return
    channel.sendmsg([HELLO], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))])
    os.close(listener)
    refuse_sending()


def give_up(channel: socket.socket, why: str) -> None:
    """Say instead that the process could not be made ready."""
    channel.sendall(FAILED)
    wire.send(channel, {"failed": why})

"""The process: serves requests on one socket, and forks copies of itself that serve on another.

The first copy, the zygote, has torch imported, one thread, and has never computed; so a fork of it is safe, and costs
milliseconds. A fork that has read a subject is forked again for every item, and that one for every law.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch  # here, once: a fork must not pay for it

from harness import wire
from harness.greeting import give_up, greet
from harness.isolation.processes import await_end, be_unreadable
from harness.isolation.sandbox import enter
from harness.isolation.trial import attempts
from harness.worker.children import Children
from harness.worker.guard import shut_out
from harness.worker.pages import settle
from harness.worker.session import Session

with contextlib.suppress(ImportError):
    import torch.fx.experimental.symbolic_shapes

END_S = 20.0
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ABOUT: dict[str, Callable[[wire.Header, Children], wire.Header]] = {
    "how": lambda request, children: {"how": children.how(request["pid"])},
    "versions": lambda request, children: {"torch": torch.__version__},
    "trial": lambda request, children: {"came": attempts(request)},
}
"""What is asked of a process itself, with no subject in it."""


def main(fd: int, root: str) -> None:
    """Serve until the other side closes.

    Units:   fd is an inherited socket; root is the checkout whose packages a foreign subject must not see.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # what subjects leave behind can be found
    be_unreadable()
    torch.set_num_threads(1)
    settle()
    channel = socket.socket(fileno=fd)
    greet(channel)
    serve(channel, Session(), Children(is_reaper=True), Path(root))


def serve(channel: socket.socket, session: Session, children: Children, root: Path) -> None:
    """Answer requests in turn; `fork` hands a copy of this process the socket that comes with it."""
    while True:
        try:
            request, buffers = wire.receive(channel)
        except (EOFError, OSError):
            if children.is_reaper:  # the judge is gone, by whatever cause
                await_end(os.getpid(), END_S)
            os._exit(0)
        if request["op"] == "fork":
            channel, children = _fork(channel, request, children, root)
            continue
        number = request["number"]
        if request["op"] in ABOUT:
            wire.send(channel, {**ABOUT[request["op"]](request, children), "number": number})
            continue
        session.progress = functools.partial(_tell, channel, number)
        try:
            reply, output = session.answer(request, buffers)
        except BaseException as error:  # noqa: BLE001 - a subject that wants to exit exits, and nothing of ours unwinds
            os._exit(_status(error))
        wire.send(channel, {**reply, "number": number}, output)


def _tell(channel: socket.socket, number: str, place: str) -> None:
    wire.send(channel, {"progress": place, "number": number})


def _fork(
    channel: socket.socket, request: wire.Header, children: Children, root: Path
) -> tuple[socket.socket, Children]:
    """Fork; the parent keeps its channel and children, the child gets the channel that was sent along, and has none yet."""
    children.reap()
    _, (fd,), _, _ = socket.recv_fds(channel, 1, 1)
    sys.stdout.flush()
    sys.stderr.flush()
    luck = random.getstate()
    pid = os.fork()
    if pid:
        os.close(fd)
        children.add(pid)
        wire.send(channel, {"pid": pid, "number": request["number"]})
        return channel, children
    channel.close()
    random.setstate(luck)  # Python has a fork begin where the system says
    os.setsid()
    _die_with_parent()
    channel = socket.socket(fileno=fd)
    listener = None
    try:
        if "allowed" in request:
            listener = _shut_in(request, root)
    except (OSError, KeyError) as error:
        give_up(channel, f"{type(error).__name__}: {error}")
        os._exit(1)
    greet(channel, listener)
    return channel, Children()


def _shut_in(request: wire.Header, root: Path) -> int | None:
    """What a process goes through before it reads a subject: it forgets the project, moves to its folder, is shut in."""
    folder = request["folder"]
    _have_own_output()
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = folder  # a library may have asked for it before
    listener = enter(folder, request["isolation"])
    shut_out(root, request["allowed"])
    return listener


def _have_own_output() -> None:
    """Open the pipe that output goes into once more: how one subject has set it is nobody else's then."""
    with contextlib.suppress(OSError):  # where there is no such way, it is shared
        own = os.open("/proc/self/fd/1", os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(own, descriptor)
        os.close(own)


def _status(error: BaseException) -> int:
    code = error.code if isinstance(error, SystemExit) else 1
    return code & 0xFF if isinstance(code, int) else int(code is not None)


def _die_with_parent() -> None:
    """On Linux, be killed when the parent is, so that a killed judge leaves nothing behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

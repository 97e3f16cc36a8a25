"""The process: serves requests on one socket, and forks copies of itself that serve on another.

The first copy, the zygote, has torch imported, one thread, and has never computed; so a fork of it is safe, and costs
milliseconds. A fork that has read a subject is forked again for every item, and that one for every law.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import resource
import signal
import socket
import sys
from pathlib import Path

import torch  # here, once: a fork must not pay for it

from harness import wire
from harness.worker.children import Children
from harness.worker.guard import shut_out
from harness.worker.session import Session

with contextlib.suppress(ImportError):
    import torch.fx.experimental.symbolic_shapes

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main(fd: int, root: str) -> None:
    """Serve until the other side closes.

    Units:   fd is an inherited socket; root is the checkout whose packages a foreign subject must not see.
    """
    _die_with_parent()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # what subjects leave behind can be found
    torch.set_num_threads(1)
    serve(socket.socket(fileno=fd), Session(), Children(is_reaper=True), Path(root))


def serve(channel: socket.socket, session: Session, children: Children, root: Path) -> None:
    """Answer requests in turn; `fork` hands a copy of this process the socket that comes with it."""
    while True:
        try:
            request, buffers = wire.receive(channel)
        except (EOFError, OSError):
            os._exit(0)
        if request["op"] == "fork":
            channel, children = _fork(channel, request, children, root)
            continue
        number = request["number"]
        if request["op"] in ("how", "versions"):
            reply = {"how": children.how(request["pid"])} if request["op"] == "how" else {"torch": torch.__version__}
            wire.send(channel, {**reply, "number": number})
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
    pid = os.fork()
    if pid:
        os.close(fd)
        children.add(pid)
        wire.send(channel, {"pid": pid, "number": request["number"]})
        return channel, children
    channel.close()
    os.setsid()
    _die_with_parent()
    if "allowed" in request:
        shut_out(root, request["allowed"])
    if folder := request.get("folder"):
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
    if extra := request.get("memory_bytes"):
        limit_memory(extra)
    return socket.socket(fileno=fd), Children()


def limit_memory(extra: int) -> None:
    """Allow so many bytes of address space beyond what the process has mapped already.

    Units:   bytes.
    Edges:   macOS ignores the limit.
    """
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + extra
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _status(error: BaseException) -> int:
    code = error.code if isinstance(error, SystemExit) else 1
    return code & 0xFF if isinstance(code, int) else int(code is not None)


def _die_with_parent() -> None:
    """On Linux, be killed when the parent is, so that a killed judge leaves nothing behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

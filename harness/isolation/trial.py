"""Tries what a level forbids, and what it must leave: a level is reached where the first fails and the second does not."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_NAME, PR_GET_NAME = 15, 16


def attempts(about: dict[str, Any]) -> list[str]:
    """What went other than it must, each in a few words; nothing where the level is reached.

    Edges:   `about` names a "canary" of the judge's, a file in a folder of its own; a "port" that it listens at; its own
             number, "pid", as it is seen from here; and whether "programs" may be started. Whether the canary is as it was
             is for the judge to see.
    """
    canary = Path(about["canary"])
    forbidden: dict[str, Callable[[], Any]] = {
        "it reads a file outside": canary.read_bytes,
        "it lists a folder outside": lambda: list(canary.parent.iterdir()),
        "it writes to a file outside": lambda: canary.open("ab"),
        "it empties a file outside": lambda: os.truncate(canary, 0),
        "it removes a file outside": canary.unlink,
        "it makes a file outside": lambda: (canary.parent / "made").open("xb"),
        "it makes a link outside": lambda: (canary.parent / "link").symlink_to(canary),
        "it gives a file outside away": lambda: os.chown(canary, os.getuid(), os.getgid()),
        "it connects": lambda: socket.create_connection(("127.0.0.1", about["port"]), 1),
        "it makes a datagram socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        "it sets the judge's priority": lambda: os.setpriority(os.PRIO_PROCESS, about["pid"], _priority(about["pid"])),
        "it reads the judge's memory": lambda: _read(f"/proc/{about['pid']}/mem"),
        "it reads the judge's command": lambda: _read(f"/proc/{about['pid']}/cmdline"),
        "it reads the judge's environment": lambda: _read(f"/proc/{about['pid']}/environ"),
        **_signals(about["pid"]),
    }
    if not about["programs"]:
        forbidden |= {"it starts a program": _start, "it forks": _fork}
    needed: dict[str, Callable[[], Any]] = {
        "it cannot write to its own folder": _use_own_folder,
        "it cannot import": lambda: importlib.import_module("colorsys"),
        "it cannot start a thread": _use_a_thread,
        "it cannot signal itself": lambda: os.kill(os.getpid(), 0),
    }
    with contextlib.suppress(OSError):
        canary.chmod(0o777)
    with contextlib.suppress(OSError):
        os.utime(canary, (0, 0))
    gone_through = [said for said, attempt in forbidden.items() if _goes_through(attempt)]
    return gone_through + [said for said, attempt in needed.items() if not _goes_through(attempt)]


def _goes_through(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except (OSError, RuntimeError, ImportError):
        return False
    return True


def _priority(pid: int) -> int:
    """What it is already: where setting it goes through, nothing has changed."""
    return os.getpriority(os.PRIO_PROCESS, pid)


def _signals(pid: int) -> dict[str, Callable[[], Any]]:
    """Signals to a process, from threads of several names; two read as if /proc said that they belong to it."""
    found: dict[str, Callable[[], Any]] = {"it signals the judge": lambda: os.kill(pid, 0)}
    if sys.platform == "linux":
        for kind, end in (("return", b"\r"), ("line feed", b"\n")):
            name = end + b"NStgid: %d" % pid
            found[f"it signals the judge, by a {kind} in its name"] = functools.partial(_signal_as, name, pid)
    return found


def _signal_as(name: bytes, pid: int) -> None:
    """Signal a process from a thread that goes by another name."""
    libc, own = ctypes.CDLL(None), ctypes.create_string_buffer(16)
    libc.prctl(PR_GET_NAME, own, 0, 0, 0)
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)
    try:
        os.kill(pid, 0)
    finally:
        libc.prctl(PR_SET_NAME, own, 0, 0, 0)


def _read(path: str) -> None:
    with Path(path).open("rb") as file:
        if path.endswith("mem"):
            return  # opening it is enough
        file.read()


def _start() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0)


def _fork() -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _use_own_folder() -> None:
    folder = Path("trial")
    folder.mkdir()
    (folder / "a").write_text("x")
    (folder / "a").rename(folder / "b")
    (folder / "b").chmod(0o600)
    (folder / "b").read_text()
    (folder / "b").unlink()
    folder.rmdir()


def _use_a_thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

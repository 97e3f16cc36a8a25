"""The command that starts a process in namespaces of its own: no other process, no network, a file system that is read-only
but for one folder."""

from __future__ import annotations

import shutil
import sys

from harness.isolation.places import OF_A_GPU, there


def program() -> str | None:
    """Where bubblewrap is, on Linux."""
    return shutil.which("bwrap") if sys.platform == "linux" else None


def command(bwrap: str, scratch: str, *, gpu: bool) -> list[str]:
    """What stands before a command so that it runs in namespaces, with `scratch` to write to.

    Edges:   with `gpu` its devices are there, and /dev/shm is its own.
    """
    words = [bwrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL"]
    words += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", scratch, scratch]
    for device in there(*OF_A_GPU) if gpu else ():
        words += ["--dev-bind", device, device]
    return [*words, "--"]

"""A command of Specimen in a process of its own, with threads and memory of its own: `python -m writeup.runs.child PARENT ...`."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from writeup.runs.code import ROOT

SAVES_WITHIN_S = 60.0
PR_SET_PDEATHSIG = 1


def run(arguments: Sequence[str]) -> int:
    """Run a command, which writes where this process does; -> its exit code.

    Edges:   an interrupt is told to the command once, whoever sent it, and what it has computed is saved before this returns.
             On Linux a command that has lost this process is interrupted too.
    Raises:  KeyboardInterrupt.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(  # noqa: S603 - one of our own commands
        [sys.executable, "-m", "writeup.runs.child", str(os.getpid()), *arguments],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # a terminal's Ctrl-C would reach it a second time
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SAVES_WITHIN_S)
        finally:
            process.kill()  # if it does not end, or somebody has lost patience
            process.wait()
        raise


def main() -> None:
    """The process itself."""
    parent = int(sys.argv.pop(1))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has begun all of it in the background
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            return
    from harness.cli import main as specimen

    specimen()


if __name__ == "__main__":
    main()

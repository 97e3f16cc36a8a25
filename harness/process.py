"""The judge's end of a worker: ask it, fork it, end it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness import wire
from harness.outcome import Died, TimedOut

ROOT = Path(__file__).resolve().parents[1]
START_S = 120.0  # importing torch from a cold disk
CLOSE_S = 2.0  # until whoever still holds the output's other end is dead
MEMORY_BYTES = 4 << 30
KEPT_OUTPUT = 4096
BOOT = "import sys; sys.path.insert(0, sys.argv[2]); from harness.worker.main import main; main(int(sys.argv[1]), sys.argv[2])"

Reply = tuple[wire.Header, list[bytearray]]


class Process:
    """One worker process and the socket to it.

    Units:   deadlines in seconds of `time.monotonic`.
    Raises:  Died when it gives no more answers, TimedOut past a deadline; either way it is ended first.
    """

    def __init__(self, channel: socket.socket, pid: int, how: Callable[[], str]) -> None:
        self._channel, self.pid, self._how = channel, pid, how
        self._forks: list[Process] = []
        self.place = ""
        self.ended = False

    def ask(
        self, header: wire.Header, buffers: Sequence[wire.Buffer] = (), *, deadline: float, max_bytes: int = 0
    ) -> Reply:
        """The reply to one request, of at most `max_bytes` of buffers."""

        def talk() -> Reply:
            wire.send(self._channel, header, buffers, deadline)
            return self._receive(deadline, max_bytes)

        return self._guarded(talk)

    def first_word(self, deadline: float) -> Reply:
        """What it says unasked, once it is ready."""
        return self._guarded(lambda: self._receive(deadline, 0))

    def _guarded(self, talk: Callable[[], Reply]) -> Reply:
        try:
            return talk()
        except TimeoutError:
            self.end()
            raise TimedOut(f"no answer in time{self._where()}") from None
        except wire.Garbled as error:
            self.end()
            raise Died(f"the subject's process sent what is no reply: {error}") from None
        except (EOFError, OSError):
            how = self._how()
            self.end()
            raise Died(f"the subject's process {how}{self._where()}") from None

    def fork(self, deadline: float, **options: Any) -> Process:
        """A copy of the process as it is now."""
        ours, theirs = socket.socketpair()
        try:
            wire.send(self._channel, {"op": "fork", **options}, deadline=deadline)
            socket.send_fds(self._channel, [b"f"], [theirs.fileno()])
            reply, _ = self._receive(deadline, 0)
        except (TimeoutError, EOFError, OSError, wire.Garbled) as error:
            ours.close()
            self.end()
            raise Died(f"the subject's process does not fork ({type(error).__name__})") from None
        finally:
            theirs.close()
        pid = int(reply["pid"])
        self._forks = [fork for fork in self._forks if not fork.ended]
        self._forks.append(Process(ours, pid, lambda: self._how_of(pid)))
        return self._forks[-1]

    def end(self) -> None:
        """Kill it, its group and its forks; nothing that it has not yet sent counts."""
        if self.ended:
            return
        self.ended = True
        for fork in self._forks:
            fork.end()
        self._channel.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _receive(self, deadline: float, max_bytes: int) -> Reply:
        while True:
            reply, data = wire.receive(self._channel, deadline, max_bytes)
            if "progress" not in reply:
                return reply, data
            self.place = str(reply["progress"])[:80]

    def _how_of(self, pid: int) -> str:
        try:
            reply, _ = self.ask({"op": "how", "pid": pid}, deadline=time.monotonic() + 2)
        except (Died, TimedOut):
            return "ended"
        return str(reply["how"])

    def _where(self) -> str:
        return f" while running {self.place}" if self.place else ""


class Zygote:
    """The first process, with torch imported, from which all others are forked; a context manager.

    Edges:   its output, and every fork's, is read and dropped past the last few kilobytes, so that a flood blocks nobody.
             With `device` "cpu" no process sees a GPU.
    """

    isolation = "separate process"

    def __init__(self, device: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="specimen-", ignore_cleanup_errors=True)
        self._device = device
        self._numbered = 0
        self.output = bytearray()
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Zygote:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-c", BOOT, str(theirs.fileno()), str(ROOT)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            cwd=self._folder.name,
            env=_environment(self._folder.name, self._device),
            start_new_session=True,
        )
        theirs.close()
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()
        self._root = Process(ours, self._process.pid, lambda: f"exited with status {self._process.wait(5)}")
        return self

    def __exit__(self, *_: object) -> None:
        self._root.end()
        self._process.wait()
        self._drainer.join(CLOSE_S)
        if self._process.stdout and not self._drainer.is_alive():
            self._process.stdout.close()
        self._folder.cleanup()

    def fork(self, *, allowed: Sequence[str], deadline: float) -> tuple[Process, Path]:
        """A process for one subject, in a fresh folder of its own, which cannot import the project's packages."""
        self._numbered += 1
        folder = Path(self._folder.name, str(self._numbered))
        folder.mkdir()
        options: dict[str, Any] = {"allowed": list(allowed), "folder": str(folder)}
        if self._device == "cpu":
            options["memory_bytes"] = MEMORY_BYTES
        return self._root.fork(deadline, **options), folder

    def await_ready(self) -> None:
        """Wait until torch is imported; starting is done beside whatever the judge does meanwhile.

        Raises:  RuntimeError with what the process printed, if it does not start.
        """
        if self.versions:
            return
        try:
            reply, _ = self._root.first_word(time.monotonic() + START_S)
        except (Died, TimedOut) as error:
            raise RuntimeError(f"the worker did not start: {error}; {self.output.decode(errors='replace')}") from None
        self.versions = {"torch": reply["torch"]}

    def _drain(self) -> None:
        assert self._process.stdout
        while chunk := self._process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            self.output = (self.output + chunk)[-KEPT_OUTPUT:]


def _environment(folder: str, device: str) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")
        if name in os.environ
    }
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    offline = {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg"}
    eager = {"TORCHDYNAMO_DISABLE": "1"}  # compiling takes longer than a law; what is compiled must hold uncompiled
    if device == "cpu":
        kept["CUDA_VISIBLE_DEVICES"] = ""
    return {**kept, **threads, **offline, **eager, "HOME": folder, "TMPDIR": folder}

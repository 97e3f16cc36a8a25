"""The judge's end of a worker: ask it, fork it, end it."""

from __future__ import annotations

import contextlib
import os
import secrets
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
from harness.outcome import Died, Ended, TimedOut

ROOT = Path(__file__).resolve().parents[1]
START_S = 120.0  # importing torch from a cold disk
CLOSE_S = 2.0  # until whoever still holds the output's other end is dead
MEMORY_BYTES = 4 << 30
PROC = Path("/proc/self/stat").exists()
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
        self,
        header: wire.Header,
        buffers: Sequence[wire.Buffer] = (),
        *,
        deadline: float,
        max_bytes: int = 0,
        descriptor: int | None = None,
    ) -> Reply:
        """The reply to one request, of at most `max_bytes` of buffers.

        Edges:   every request has a number that nobody can guess, so that no frame sent beforehand answers it.
        """
        number = secrets.token_hex(8)
        started = time.monotonic()
        try:
            wire.send(self._channel, {**header, "number": number}, buffers, deadline)
            if descriptor is not None:
                socket.send_fds(self._channel, [b"f"], [descriptor])
            return self._receive(number, deadline, max_bytes)
        except TimeoutError:
            self.end()
            raise TimedOut(f"no answer within {time.monotonic() - started:.2g} s{self._where()}") from None
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
            reply, _ = self.ask({"op": "fork", **options}, deadline=deadline, descriptor=theirs.fileno())
            pid = self._child(reply.get("pid"))
        except Ended:
            ours.close()
            raise
        finally:
            theirs.close()
        self._forks = [fork for fork in self._forks if not fork.ended]
        self._forks.append(Process(ours, pid, lambda: self._how_of(pid)))
        return self._forks[-1]

    def import_all(self, names: Sequence[str]) -> None:
        """Import modules of libraries, where they are there; it takes as long as it takes on a cold disk."""
        if names:
            self.ask({"op": "import", "names": list(names)}, deadline=time.monotonic() + START_S)

    def end(self) -> None:
        """Kill it, its group and its forks; nothing that it has not yet sent counts."""
        if self.ended:
            return
        self.ended = True
        for fork in self._forks:
            fork.end()
        self._channel.close()
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)

    def _child(self, pid: Any) -> int:
        """A process id that was told, if it is a child of this process: nothing else may ever be killed by it."""
        if type(pid) is not int or pid <= 1 or parent_of(pid) != self.pid:
            self.end()
            raise Died("the subject's process sent what is no reply: the number of a process that is not its fork")
        return pid

    def _receive(self, number: str, deadline: float, max_bytes: int) -> Reply:
        while True:
            reply, data = wire.receive(self._channel, deadline, max_bytes)
            if reply.get("number") != number:
                raise wire.Garbled("an answer to another question")
            if "progress" not in reply:
                return reply, data
            self.place = str(reply["progress"])[:80]

    def _how_of(self, pid: int) -> str:
        try:
            reply, _ = self.ask({"op": "how", "pid": pid}, deadline=time.monotonic() + 2)
        except Ended:
            return "ended"
        return str(reply.get("how", "ended"))[:80]

    def _where(self) -> str:
        return f" while running {self.place}" if self.place else ""


class Zygote:
    """The first process, with torch imported, from which all others are forked; a context manager.

    Edges:   its output, and every fork's, is read and dropped past the last few kilobytes, so that a flood blocks nobody.
             With `device` "cpu" no process sees a GPU. `preload` names modules that every process has imported already.
    """

    isolation = "separate process"

    def __init__(self, device: str, preload: Sequence[str] = ()) -> None:
        self._preload = list(preload)
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
        left = descendants(self._process.pid)
        self._root.end()
        for pid in left:  # what a subject started and put out of its group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
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
            reply, _ = self._root.ask({"op": "versions"}, deadline=time.monotonic() + START_S)
            self._root.import_all(self._preload)
        except Ended as error:
            raise RuntimeError(f"the worker did not start: {error}; {self.output.decode(errors='replace')}") from None
        self.versions = {"torch": reply["torch"]}

    def _drain(self) -> None:
        assert self._process.stdout
        while chunk := self._process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            self.output = (self.output + chunk)[-KEPT_OUTPUT:]


def parent_of(pid: int) -> int | None:
    """The parent of a process, or None when it is gone."""
    try:
        if PROC:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        told = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603, S607
        return int(told.stdout)
    except (OSError, ValueError, IndexError):
        return None


def descendants(pid: int) -> list[int]:
    """All that a process has started and that still runs, where /proc tells; orphans fall to the zygote, a subreaper."""
    parents = {int(p.name): parent_of(int(p.name)) for p in Path("/proc").glob("[0-9]*")} if PROC else {}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def _environment(folder: str, device: str) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")
        if name in os.environ
    }
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    offline = {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg", "TOKENIZERS_PARALLELISM": "false"}
    eager = {"TORCHDYNAMO_DISABLE": "1"}  # compiling takes longer than a law; what is compiled must hold uncompiled
    if device == "cpu":
        kept["CUDA_VISIBLE_DEVICES"] = ""
    return {**kept, **threads, **offline, **eager, "HOME": folder, "TMPDIR": folder}

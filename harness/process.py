"""The judge's end of a worker: the zygote, from which the processes of subjects are forked, and how well they are shut in."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from harness.clock import Clock
from harness.fork import START_S, Process
from harness.greeting import greeted, prepare
from harness.isolation import bubblewrap, level, proof
from harness.isolation.level import AUTO, Asked
from harness.isolation.limits import MEMORY_BYTES
from harness.isolation.places import NOTHING, Readable
from harness.isolation.processes import await_end, be_unreadable, descendants, kill_all, runs
from harness.isolation.removal import remove
from harness.isolation.supervisor import Supervisor
from harness.isolation.watch import Watch
from harness.outcome import Ended

ROOT = Path(__file__).resolve().parents[1]
END_S = 20.0  # until all that a subject has started is dead; on a busy machine hundreds of processes take their time
CLOSE_S = 2.0  # until whoever still holds the output's other end is dead
KEPT_OUTPUT = 4096
BOOT = "import sys; sys.path.insert(0, sys.argv[2]); from harness.worker.main import main; main(int(sys.argv[1]), sys.argv[2])"


class Zygote:
    """The first process, with torch imported, from which all others are forked; a context manager.

    Edges:   its output, and every fork's, is read and dropped past the last few kilobytes, so that a flood blocks nobody.
             With `device` "cpu" no process sees a GPU. `preload` names modules that every process has imported already.
             The judge's memory is closed to its other processes from here on.
    """

    def __init__(self, device: str, preload: Sequence[str] = (), isolation: Asked = AUTO) -> None:
        self._preload, self._asked = list(preload), isolation
        self._folder = Path(tempfile.mkdtemp(prefix="specimen-"))
        self._gpu = device != "cpu"
        self._numbered = 0
        self._root: Process | None = None
        self._subjects: dict[Process, Path] = {}
        self.supervisor: Supervisor | None = None
        self._watch: Watch | None = None
        self.output = bytearray()
        self.versions: dict[str, str] = {}
        self.level, self.why_not_higher = 0, ""

    @property
    def isolation(self) -> str:
        """The level that is reached, in words."""
        return level.described(self.level, self.why_not_higher)

    def __enter__(self) -> Zygote:
        be_unreadable()
        bwrap = bubblewrap.program()
        if self._asked.most > 1 and bwrap is None:
            self.why_not_higher = "bubblewrap is not installed"
        self._start(
            bubblewrap.command(bwrap, str(self._folder), gpu=self._gpu) if bwrap and self._asked.most > 1 else []
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._watch:
            self._watch.close()
        self._stop()
        if self.supervisor:
            self.supervisor.close()
        remove(self._folder)

    def fork(
        self, *, allowed: Sequence[str], deadline: float | Clock, readable: Readable = NOTHING
    ) -> tuple[Process, Path]:
        """A process for one subject, in a fresh folder of its own, which cannot import the project's packages, and where the
        level reached is one at least reads nothing but the system and what is `readable`.

        Raises:  RuntimeError if it cannot be shut in, which is no fault of the subject's.
        """
        return self._fork(self.level, allowed, readable, deadline)

    def clear(self, process: Process) -> None:
        """End a subject, what it started and put out of its group included, and remove its folder: afterwards nothing of
        it runs, or nothing of the first process either."""
        process.end()
        folder = self._subjects.pop(process, None)
        others = [pid for other in self._subjects for pid in (other.pid, *descendants(other.pid))]
        if self._root and not await_end(self._root.pid, END_S, but=others):
            self._root.end()  # so that nobody is judged beside what cannot be killed
        if folder:
            remove(folder)

    def clear_all(self) -> bool:
        """End every subject that is left, as `clear` does; whether the first process itself still runs."""
        for process in list(self._subjects):
            self.clear(process)
        return self._root is not None and await_end(self._root.pid, END_S) and runs(self._root.pid)

    def await_ready(self) -> None:
        """Wait until torch is imported; starting is done beside whatever the judge does meanwhile. Then find out which
        level of isolation is reached.

        Raises:  RuntimeError with what the process printed, if it does not start; Unreached if the level is not what was
                 asked for.
        """
        if self.versions:
            return
        try:
            self._root = self._rooted()
            reply, _ = self._root.ask({"op": "versions"}, deadline=time.monotonic() + START_S)
            self._root.import_all(self._preload)
        except Ended as error:
            raise RuntimeError(f"the worker did not start: {error}; {self.output.decode(errors='replace')}") from None
        self.versions = {"torch": reply["torch"]}
        if sys.platform == "linux":
            self._watch = Watch(self._root.pid)
        self._rise(int(bool(self._prefix)) + 1)
        if self._prefix and not self.level and self._asked.least < 2:
            self._go_without_namespaces()
            self.await_ready()
            return
        self._asked.demand(self.level, self.why_not_higher)

    def _go_without_namespaces(self) -> None:
        """Start anew, where they are to be had and yet keep nothing apart; why not is said as it was found."""
        self.clear_all()
        for one in (self._watch, self.supervisor):
            if one:
                one.close()
        self._stop()
        self._root, self.supervisor, self._watch, self.versions = None, None, None, {}
        self.output.clear()
        self._start([])

    def _rise(self, highest: int) -> None:
        """Go to the level that may be had, if a process that tries what it forbids fails to."""
        if self._asked.most == 0:
            return
        try:
            self.supervisor = Supervisor(programs=self._gpu)
        except (KeyError, OSError, AttributeError):  # an architecture without a table; a system without epoll
            reason = "there is no seccomp here"
        else:
            assert self._root
            self._root.supervisor = self.supervisor
            reached = min(highest, self._asked.most)
            reason = proof.why_not(lambda end: self._fork(reached, (), NOTHING, end)[0], programs=self._gpu)
        if reason:
            self.why_not_higher = reason
        else:
            self.level = reached

    def _fork(
        self, reached: int, allowed: Sequence[str], readable: Readable, deadline: float | Clock
    ) -> tuple[Process, Path]:
        assert self._root, "a fork before it was awaited"
        self._numbered += 1
        folder = self._folder / str(self._numbered)
        folder.mkdir()
        wanted = {"level": reached, "gpu": self._gpu, "memory_bytes": None if self._gpu else MEMORY_BYTES}
        wanted |= readable._asdict()
        with self._watch.lock if self._watch else contextlib.nullcontext():
            process = self._root.fork(deadline, allowed=list(allowed), folder=str(folder), isolation=wanted)
            if watch := self._watch:
                watch.add(process.pid, folder, deadline.processor_s if isinstance(deadline, Clock) else math.inf)
                process.why = lambda: watch.why(process.pid)
        self._subjects[process] = folder
        return process, folder

    def _start(self, prefix: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        prepare(ours)
        command = [*prefix, sys.executable, "-I", "-c", BOOT, str(theirs.fileno()), str(ROOT)]
        self._prefix, self._channel = prefix, ours
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            cwd=str(self._folder),
            env=_environment(str(self._folder), gpu=self._gpu),
            start_new_session=True,
        )
        theirs.close()
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()

    def _rooted(self) -> Process:
        """The first process, once it says that it is there; without namespaces if it cannot have them."""
        try:
            pid = greeted(self._channel, self._process.pid, START_S, is_trusted=True).pid
        except Ended:
            if not self._prefix:
                raise
            self._stop()
            said = self.output.decode(errors="replace").strip().partition("\n")[0]
            self.why_not_higher = f"bubblewrap does not work here ({said})"
            self.output.clear()
            self._start([])
            return self._rooted()
        return Process(self._channel, pid, lambda: f"exited with status {self._process.wait(5)}")

    def _stop(self) -> None:
        first = self._root.pid if self._root else self._process.pid
        left = descendants(first)
        if self._root:
            self._root.end()
        self._channel.close()
        kill_all([first, *left, self._process.pid])  # what a subject started and put out of its group, too
        self._process.wait()
        self._drainer.join(CLOSE_S)
        if self._process.stdout and not self._drainer.is_alive():
            self._process.stdout.close()

    def _drain(self) -> None:
        assert self._process.stdout
        while chunk := self._process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            self.output = (self.output + chunk)[-KEPT_OUTPUT:]


def _environment(folder: str, *, gpu: bool) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")
        if name in os.environ
    }
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    offline = {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg", "TOKENIZERS_PARALLELISM": "false"}
    eager = {"TORCHDYNAMO_DISABLE": "1"}  # compiling takes longer than a law; what is compiled must hold uncompiled
    if not gpu:
        kept["CUDA_VISIBLE_DEVICES"] = ""
    return {**kept, **threads, **offline, **eager, "HOME": folder, "TMPDIR": folder}

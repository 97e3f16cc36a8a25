"""The first process of a team: it starts the others, asks them, and ends them."""

import contextlib
import os
import signal
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from multiprocessing import current_process
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

import torch
import torch.multiprocessing as mp

from impl.nmt.team import Memory, Team

STARTED_WITHIN_S = 120.0
ENDED_WITHIN_S = 1.0
Work = Callable[[Any], Any]


class TeamError(RuntimeError):
    """A process that trains along cannot be started, has failed or has ended."""


class Leader(Team):
    """The process that was asked to train.

    `member` is what the others run: a function of their view of the team that gives another, of what they are asked.
    They are started when they are first asked, and end with this process or when the leader is closed or forgotten;
    whatever goes wrong closes it, and whoever asks again starts them again.
    """

    def __init__(self, size: int, parameters: int, member: Callable[[Team], Work]) -> None:
        super().__init__(0, size)
        self._parameters, self._member = parameters, member
        self._pipes, self._processes = list[Connection](), list[Any]()
        self._end = weakref.finalize(self, _end, self._processes)

    @property
    def is_there(self) -> bool:
        """Whether the others have been started."""
        return bool(self._processes)

    def ask(self, question: Any) -> None:
        """Have all others begin to answer a question.

        Raises:  TeamError if one of them cannot be started, or has ended.
        """
        if not self.is_there:
            self._start()
        for place, pipe in enumerate(self._pipes):
            try:
                pipe.send(question)
            except OSError:
                self._lost(place)

    def answers(self) -> list[Any]:
        """What each of the others answers.

        Raises:  TeamError if one of them has failed or ended.
        """
        return [self._received(place, None) for place in range(len(self._pipes))]

    def close(self) -> None:
        """End the others."""
        self._end()
        self._pipes, self._processes = [], []
        self._slots = []

    def _start(self) -> None:
        if current_process().daemon:
            raise TeamError("this process may start no others, which it needs to train as it was asked to")
        try:
            memory = Memory.of(self.size, self._parameters)
        except (RuntimeError, OSError) as error:
            raise TeamError(f"there is no shared memory for {self.size} processes to meet in: {error}") from error
        self.use(memory)
        self._end = weakref.finalize(self, _end, self._processes)
        try:
            with _main_hidden(), _interrupts_held():
                for rank in range(1, self.size):
                    self._start_one(rank, memory)
            for pipe in self._pipes:
                pipe.send(self._member)
            for place in range(len(self._pipes)):
                self._received(place, STARTED_WITHIN_S)
        except OSError as error:
            self.close()
            raise TeamError(f"a process that was to train along could not be started: {error}") from error
        except BaseException:
            self.close()
            raise

    def _start_one(self, rank: int, memory: Memory) -> None:
        context = mp.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(rank, self.size, memory, there), daemon=True)
        process.start()
        there.close()
        self._pipes.append(here)
        self._processes.append(process)

    def _received(self, place: int, within_s: float | None) -> Any:
        """The next answer of one of them."""
        pipe = self._pipes[place]
        try:
            if not pipe.poll(within_s):
                self.close()
                raise TeamError(f"a process that was to train along did not start within {within_s:.0f} s")
            is_answer, answer = pipe.recv()
        except (EOFError, OSError):
            self._lost(place)
        if not is_answer:
            self.close()
            raise TeamError(f"a process that trains along has failed:\n{answer}")
        return answer

    def _lost(self, place: int) -> None:
        process = self._processes[place]
        process.join(ENDED_WITHIN_S)  # its pipe closes a moment before it has ended
        code = process.exitcode
        self.close()
        raise TeamError(f"a process that trains along has ended, with exit code {code}")

    def _demand_all_there(self) -> None:
        for place, process in enumerate(self._processes):
            if not process.is_alive():  # what it has said before it ended tells why
                self._received(place, None)


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """For as long as a process is started: it would run the program's main file again, which may begin with training."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits, and a process that is started meanwhile never hears of it: it is the leader's to handle."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(processes: list[Any]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.join()


def _serve(rank: int, size: int, memory: Memory, pipe: Connection) -> None:
    """Answer questions until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    team = Team(rank, size)
    team.use(memory)
    try:
        work = pipe.recv()(team)
        pipe.send((True, os.getpid()))
        while True:
            pipe.send((True, work(pipe.recv())))
    except (EOFError, OSError):
        return
    except Exception:  # noqa: BLE001 - told to the leader
        with contextlib.suppress(OSError):
            pipe.send((False, traceback.format_exc()))

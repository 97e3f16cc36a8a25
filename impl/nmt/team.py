"""Processes that train one model together: each has a share of every batch, and every step they add up their gradients.

A step of a model this small is some hundred operations of a few microseconds. Threads share each operation and wait for
one another after each; processes wait once a step, and what Python does between operations is shared as well.
"""

import os
import signal
import sys
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, NamedTuple

import torch
import torch.multiprocessing as mp
from torch import Tensor

from impl.nmt.batches import Batch

SPINS = 2_000  # looks at the others before the core is offered to somebody else: some 200 us
LOOKS_A_CHECK = 20_000  # until it is asked whether the others are still there
LINE = 8  # int64 of a cache line: what each process writes has one of its own
STARTED_WITHIN_S = 120.0
Work = Callable[[Any], Any]


class TeamError(RuntimeError):
    """A process that trained along has ended."""


class Memory(NamedTuple):
    """What the processes share. The gradients of a step are written where those of the last one are not read."""

    gradients: Tensor  # [2, size, parameters]
    arrived: Tensor  # int64 [size, LINE]: how many steps' gradients a process has written


class Team:
    """One process's view of its team.

    Edges:   the others see gradients before they see that these have arrived only on processors that keep the order in
             which one of them writes: x86 (`machine.plan` asks for one process elsewhere).
    """

    def __init__(self, rank: int, size: int, memory: Memory | None = None) -> None:
        self.rank, self.size, self.steps = rank, size, 0
        if memory is not None:
            self._slots = [(slot, slot[rank]) for slot in memory.gradients]
            self._arrived = memory.arrived.numpy()
            self._others = [other for other in range(size) if other != rank]

    def share(self, batch: Batch) -> Batch:
        """This process's rows of a batch; there may be none."""
        if self.size == 1:
            return batch
        rows = [tensor.tensor_split(self.size)[self.rank] for tensor in (*batch.inputs, batch.targets)]
        return Batch(tuple(rows[:-1]), rows[-1])

    def add_up(self, gradients: Tensor, weight: float) -> None:
        """Put the weighted sum of all processes' gradients, the same in each, in the place of this one's."""
        if self.size == 1:
            return
        slot, own = self._slots[self.steps % 2]
        torch.mul(gradients, weight, out=own)
        self.steps += 1
        self._arrived[self.rank, 0] = self.steps
        for other in self._others:
            self._wait_for(other)
        torch.sum(slot, 0, out=gradients)

    def _wait_for(self, other: int) -> None:
        looks = 0
        while self._arrived[other, 0] < self.steps:
            looks += 1
            if looks > SPINS:
                time.sleep(0)
            if looks % LOOKS_A_CHECK == 0:
                self._demand_all_there()

    def _demand_all_there(self) -> None:
        """Raise SystemExit where nobody is left to train for."""
        leader = parent_process()
        if leader is None or not leader.is_alive():
            raise SystemExit


class Leader(Team):
    """The process that was asked to train, the first of its team.

    `member` is what the others run: a function of their view of the team that gives another, of what they are asked.
    They are started when they are first asked, and end with this process or when the leader is closed or forgotten.
    """

    def __init__(self, size: int, parameters: int, member: Callable[[Team], Work]) -> None:
        self._member, self._pipes = member, list[Connection]()
        self._processes = list[Any]()
        self._memory = Memory(
            torch.zeros(2, size, parameters).share_memory_(),
            torch.zeros(size, LINE, dtype=torch.int64).share_memory_(),
        )
        super().__init__(0, size, self._memory)
        self._end = weakref.finalize(self, lambda: None)

    @property
    def is_there(self) -> bool:
        """Whether the others have been started."""
        return bool(self._processes)

    def ask(self, question: Any) -> None:
        """Have all others begin to answer a question."""
        if not self.is_there:
            self._start()
        for pipe in self._pipes:
            pipe.send(question)

    def answers(self) -> list[Any]:
        """What each of the others answers.

        Raises:  TeamError if one of them has ended.
        """
        return [self._received(place, None) for place in range(len(self._pipes))]

    def close(self) -> None:
        """End the others."""
        self._end()
        self._pipes, self._processes = [], []

    def _start(self) -> None:
        self.steps = 0
        self._memory.arrived.zero_()
        context = mp.get_context("spawn")
        for rank in range(1, self.size):
            here, there = context.Pipe()
            arguments = (rank, self.size, self._memory, self._member, there)
            process = context.Process(target=_serve, args=arguments, daemon=True)
            with _main_hidden():
                process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        self._end = weakref.finalize(self, _terminate, self._processes)
        for place in range(len(self._pipes)):
            self._received(place, STARTED_WITHIN_S)

    def _received(self, place: int, within_s: float | None) -> Any:
        """The next answer of one of them."""
        pipe = self._pipes[place]
        try:
            if not pipe.poll(within_s):
                raise TeamError(f"a process that trains along did not start within {within_s:.0f} s")
            is_answer, answer = pipe.recv()
        except (EOFError, OSError) as error:
            code = self._processes[place].exitcode
            self.close()
            raise TeamError(f"a process that trains along has ended, with exit code {code}") from error
        if not is_answer:
            self.close()
            raise TeamError(f"a process that trains along has failed:\n{answer}")
        return answer

    def _demand_all_there(self) -> None:
        for place, process in enumerate(self._processes):
            if self._pipes[place].poll() or not process.is_alive():
                self._received(place, None)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """For as long as a process is started: it would run the program's main file again, which may begin with training."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _terminate(processes: list[Any]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.join()


def _serve(rank: int, size: int, memory: Memory, member: Callable[[Team], Work], pipe: Connection) -> None:
    """Answer questions until nobody asks any more; an interrupt is the leader's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    try:
        work = member(Team(rank, size, memory))
        pipe.send((True, os.getpid()))
        while True:
            pipe.send((True, work(pipe.recv())))
    except EOFError:
        return
    except Exception:  # noqa: BLE001 - told to the leader
        pipe.send((False, traceback.format_exc()))

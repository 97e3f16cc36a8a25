"""Processes that train one model together: each has a share of every batch, and every step they add up their gradients.

A step of a model this small is some hundred operations of a few microseconds. Threads share each operation and wait for
one another after each; processes wait once a step, and what Python does between operations is shared as well.
`impl.nmt.leader` starts them.
"""

import time
from multiprocessing import parent_process
from typing import NamedTuple

import torch
from torch import Tensor

from impl.nmt.batches import Batch

SPINS = 2_000  # looks at another process before the core is offered to somebody else: some 200 us
LOOKS_A_CHECK = 20_000  # looks until it is asked whether anybody is still there
LINE = 8  # int64 of a cache line: what each process writes has one of its own


class Memory(NamedTuple):
    """What the processes share. The gradients of a step are written where those of the last one are not read."""

    gradients: Tensor  # [2, size, parameters]
    arrived: Tensor  # int64 [size, LINE]: how many steps' gradients a process has written

    @classmethod
    def of(cls, size: int, parameters: int) -> "Memory":
        """New memory that other processes can be given."""
        return cls(
            torch.zeros(2, size, parameters).share_memory_(),
            torch.zeros(size, LINE, dtype=torch.int64).share_memory_(),
        )


class Team:
    """One process's view of its team.

    Edges:   the others see gradients before they see that these have arrived only on processors that keep the order in
             which one of them writes: x86 (`machine.plan` asks for one process elsewhere).
    """

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size, self.steps = rank, size, 0

    def use(self, memory: Memory) -> None:
        """Meet in this memory, which is new."""
        self.steps = 0
        self._slots = [(slot, slot[self.rank]) for slot in memory.gradients]
        self._arrived = memory.arrived.numpy()
        self._others = [other for other in range(self.size) if other != self.rank]

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

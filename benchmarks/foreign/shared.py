"""The file in which a kernel's inputs and results lie, as the judge has it: written and read whole, never mapped, so that a
file that was cut short is one sentence and no crash."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.cases import BenchCase
from benchmarks.check import Wrong
from benchmarks.foreign.deal import mask_of, names, shape_of

PAGE = 4096
Described = dict[str, tuple[str, list[int], int]]


class Shared:
    """A file of arrays; the other process opens it by its name, this one holds it open.

    Edges:   `by_signs` says that inputs are made of pairs, and results told by sums first.
    """

    def __init__(self, folder: Path, case: BenchCase, calls: int, *, by_signs: bool) -> None:
        self.path = folder / "arrays"
        self.described: Described = {}
        end = 0
        for name, dtype, shape in _contents(case, calls, by_signs=by_signs):
            self.described[name] = dtype, shape, end
            size = math.prod(shape) * getattr(torch, dtype).itemsize
            end += -(-size // PAGE) * PAGE
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        os.truncate(self._file, end)
        mask = mask_of(case)
        if mask is not None:
            self.write("mask", mask)

    def write(self, name: str, array: Tensor) -> None:
        """Put an array into its place."""
        held, offset = memoryview(_bytes(array.cpu().contiguous())), self.described[name][2]
        while held:
            written = os.pwrite(self._file, held, offset)
            held, offset = held[written:], offset + written

    def read(self, name: str) -> Tensor:
        """What is in an array's place now.

        Raises:  Wrong where the file ends before.
        """
        dtype, shape, offset = self.described[name]
        found = torch.empty(shape, dtype=getattr(torch, dtype))
        held = memoryview(_bytes(found))
        while held:
            got = os.preadv(self._file, [held], offset)
            if not got:
                raise Wrong(f"it has cut off the file that its {name.partition(' ')[2]} was to be in")
            held, offset = held[got:], offset + got
        return found

    def close(self) -> None:
        """Let go of it; whoever made the folder removes it."""
        os.close(self._file)


def _contents(case: BenchCase, calls: int, *, by_signs: bool) -> Iterator[tuple[str, str, list[int]]]:
    inputs, results = names(case)
    shape = shape_of(case)
    if by_signs:
        yield from ((f"{half} {name}", case.dtype, shape) for half in ("first", "second") for name in inputs)
    for call in range(calls):
        if by_signs:
            yield f"{call} signs", case.dtype, [len(inputs), case.n_heads, 1, case.d_head]
            yield from ((f"{call} sums {name}", "int64", [case.batch, case.n_heads, case.d_head]) for name in results)
        else:
            yield from ((f"{call} {name}", case.dtype, shape) for name in inputs)
        yield from ((f"{call} {name}", case.dtype, shape) for name in results)
    if case.is_padded:
        yield "mask", "bool", [case.batch, 1, case.seq_len, case.seq_len]


def _bytes(array: Tensor) -> Any:
    return array.reshape(-1).view(torch.uint8).numpy()

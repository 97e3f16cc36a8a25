"""What the oracle has said, kept: laws draw the same cases for every subject of a class, and some of them the same as others."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from spec.contracts.contract import Arrays, Case, Contract
from spec.error import Expected

KEPT_BYTES = 128 << 20  # a notebook of section 3 has 8 MB


class Truths:
    """The oracle's answers by content: a truth is had again for the same bytes, whoever asks.

    Shapes:  as the contract's `truth`.
    Units:   `most` in bytes; what was not asked for longest goes first.
    Edges:   arrays that are kept cannot be written to.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self.held = most, 0
        self._kept: OrderedDict[bytes, tuple[dict[str, Expected], int]] = OrderedDict()

    def of(self, contract: Contract, case: Case, cotangents: Arrays | None) -> dict[str, Expected]:
        """The contract's truth of a case."""
        key = _digest(contract, case, cotangents)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        truth = contract.truth(case, cotangents)
        arrays = [array for one in truth.values() for array in one]
        for array in arrays:
            array.setflags(write=False)
        size = sum(array.nbytes for array in arrays)
        self._kept[key] = truth, size
        self.held += size
        while self.held > self._most:
            self.held -= self._kept.popitem(last=False)[1][1]
        return truth


def _digest(contract: Contract, case: Case, cotangents: Arrays | None) -> bytes:
    """A name for all that a truth depends on."""
    digest = hashlib.blake2b(digest_size=20)
    groups = (case.parameters, case.inputs, case.keywords, cotangents or {})
    for part in _parts(contract, case, groups):
        digest.update(part)
    return digest.digest()


def _parts(contract: Contract, case: Case, groups: tuple[Mapping[str, Any], ...]) -> Iterator[bytes]:
    yield repr((contract.item, case.dtype, case.arguments, case.extra)).encode()
    for group in groups:
        for name, value in group.items():
            if isinstance(value, np.ndarray):
                yield f"\0{name}\0{value.dtype.str}{value.shape}".encode()
                yield value.tobytes()
            else:
                yield f"\0{name}\0{value!r}".encode()
        yield b"\0\0"


TRUTHS = Truths()
"""Those of this process."""

"""Time on the processor of a subject's processes together, those that have ended included."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from harness.isolation.processes import stat_of

OWN, OF_THE_DEAD, BEGAN = slice(11, 13), slice(13, 15), 19  # in what follows a name in /proc/PID/stat


class Spent:
    """What was seen of them so far.

    Edges:   what the first process does itself does not count: it reads a text and imports libraries, and runs nothing
             that is the subject's. Of one that begins and ends between two looks there is what its parent has waited for.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, bytes], int] = {}

    def seconds(self, root: int, others: Iterable[int]) -> float:
        """All that they have used, by a look at those that are there now."""
        there = 0
        for pid in (root, *others):
            with contextlib.suppress(OSError, IndexError, ValueError):
                told = stat_of(pid)
                own = sum(map(int, told[OWN])) if pid != root else 0
                self._seen[pid, told[BEGAN]] = own
                there += own + sum(map(int, told[OF_THE_DEAD]))
        return max(sum(self._seen.values()), there) / os.sysconf("SC_CLK_TCK")

"""What laws have drawn, kept: on one seed, a law that nothing breaks draws the same cases for every subject of a class.

To draw takes longer than to judge, where the truth is known already.
"""

from __future__ import annotations

import copy
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from hypothesis.errors import UnsatisfiedAssumption
from hypothesis.strategies import DataObject

MOST_LAWS = 2000
Values = dict[str, Any]


class Record:
    """What one law is given while it is judged.

    Edges:   worth nothing for another subject where a case was refused, or where the law draws on while it is running:
             what it draws then may depend on the subject.
    """

    def __init__(self, fixed: frozenset[str]) -> None:
        self._fixed = fixed
        self.cases: list[Values] = []
        self.is_whole = True

    def watched(self, body: Callable[..., None]) -> Callable[..., None]:
        """The law's body, with what it is given taken down."""

        @functools.wraps(body)
        def watched(*args: Any, **given: Any) -> None:
            case = {name: value for name, value in given.items() if name not in self._fixed}
            self.is_whole &= not args and not any(isinstance(value, DataObject) for value in case.values())
            if self.is_whole:
                self.cases.append(copy.deepcopy(case))  # before the law can change it
            try:
                body(*args, **given)
            except UnsatisfiedAssumption:
                self.is_whole = False
                raise

        return watched


class Drawn:
    """The draws of laws that were judged to the end and passed; those that were not asked for longest go first."""

    def __init__(self, most: int = MOST_LAWS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, list[Values]] = OrderedDict()

    def keep(self, key: Hashable, record: Record) -> None:
        """Keep what a law has drawn, if all of it is known."""
        if record.is_whole:
            self._kept[key] = record.cases
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def of(self, key: Hashable) -> Iterator[Values] | None:
        """The cases of a law in their order, as fresh objects; None if they are not known."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return map(copy.deepcopy, self._kept[key])


DRAWN = Drawn()
"""Those of this process."""

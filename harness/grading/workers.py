"""The first process of a worker: kept over submissions where none of them can have touched it, and else fresh for each file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self, TypeVar

from harness.isolation.level import asked
from harness.outcome import Died, Unreadable
from harness.process import Zygote

T = TypeVar("T")
TRIES = 2
KEPT_FROM = 1  # the level at which a subject can neither read, trace nor signal what it was forked from


class Workers(AbstractContextManager["Workers"]):
    """Lends what a check forks its subjects from.

    Edges:   one that has ended is replaced, and what was judged with it is judged again, once: whoever ended it may have
             been somebody else.
    """

    def __init__(self, isolation: str = "auto") -> None:
        self._isolation = asked(isolation)
        self._open: Zygote | None = None

    def __exit__(self, *_: object) -> None:
        self._close()

    def __enter__(self) -> Self:
        return self

    def judged(self, judge: Callable[[Zygote], T]) -> T:
        """What comes of judging with a worker; every process of the subject is dead by then.

        Raises:  Died if the worker ended each time; Unreached if it is not as isolated as is asked for; what `judge` raises.
        """
        for _ in range(TRIES):
            zygote = self.lend()
            said: Unreadable | None = None
            try:
                found = judge(zygote)
            except Unreadable as error:
                said = error
            except BaseException:
                self._close()
                raise
            is_well = self.take_back(zygote)
            if is_well and said:
                raise said
            if is_well:
                return found
        raise Died("the process that all of its code runs in ended each time that it was judged")

    def lend(self) -> Zygote:
        """A worker that is ready, until `take_back`.

        Raises:  Unreached if it is not as isolated as is asked for.
        """
        if self._open is None:
            self._open = Zygote("cpu", isolation=self._isolation).__enter__()
            try:
                self._open.await_ready()
            except BaseException:
                self._close()
                raise
        return self._open

    def take_back(self, zygote: Zygote) -> bool:
        """End what a subject has left; whether the worker itself has not ended."""
        is_well = zygote.clear_all()
        if not is_well or zygote.level < KEPT_FROM:
            self._close()
        return is_well

    def _close(self) -> None:
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None

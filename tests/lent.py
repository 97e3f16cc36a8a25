"""One first process for the checks of many tests, as for the submissions of a class: to start one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from harness.isolation.level import AUTO, Asked
from harness.process import Zygote


class Lender:
    """Stands where a check starts its own; a check that asks for more than the usual one is given its own."""

    def __init__(self) -> None:
        self._open: Zygote | None = None

    @contextmanager
    def lend(self, device: str, preload: Sequence[str] = (), isolation: Asked = AUTO) -> Iterator[Zygote]:
        """One that is open, with nothing of the check before it left; it is replaced where somebody has ended it."""
        if (device, tuple(preload), isolation) != ("cpu", (), AUTO):
            with Zygote(device, preload, isolation) as its_own:
                yield its_own
            return
        self._open = self._open or Zygote(device).__enter__()
        try:
            yield self._open
        finally:
            if not self._open.clear_all():
                self.close()

    def close(self) -> None:
        """End it."""
        if self._open:
            self._open.__exit__(None, None, None)
            self._open = None


@pytest.fixture(scope="session", autouse=True)
def lent_zygote() -> Iterator[None]:
    """Every check is lent one, by whatever way it is asked for."""
    lender = Lender()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.check.Zygote", lender.lend)
        yield
    lender.close()


@pytest.fixture
def own_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks of this test start their own, as those of a command do."""
    monkeypatch.setattr("harness.check.Zygote", Zygote)

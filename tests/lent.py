"""One worker for the checks of many tests, as for the submissions of a class: to start one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.grading.workers import Workers
from harness.isolation.level import AUTO, Asked
from harness.process import Zygote


@pytest.fixture(scope="session", autouse=True)
def lent_zygote() -> Iterator[None]:
    """Every check is lent one, by whatever way it is asked for, unless it asks for another than the usual."""

    @contextmanager
    def lent(device: str, isolation: Asked = AUTO) -> Iterator[Zygote]:
        if (device, isolation) != ("cpu", AUTO):
            with Zygote(device, isolation=isolation) as its_own:
                yield its_own
            return
        zygote = workers.lend()
        try:
            yield zygote
        finally:
            workers.take_back(zygote)

    with Workers() as workers, pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.check.Zygote", lent)
        yield


@pytest.fixture
def own_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks of this test start their own, as those of a command do."""
    monkeypatch.setattr("harness.check.Zygote", Zygote)

"""One zygote for every subject of the tests."""

from collections.abc import Iterator

import pytest

from harness.process import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote("cpu") as zygote:
        zygote.await_ready()
        yield zygote

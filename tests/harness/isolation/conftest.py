"""What tests of isolation share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.isolation import landlock
from harness.isolation.level import Asked, Unreached
from harness.process import Zygote


@pytest.fixture(scope="module")
def shut_in() -> Iterator[Zygote]:
    """One whose subjects are shut in by the kernel; that it cannot be had is an error where the kernel has Landlock."""
    with Zygote("cpu", isolation=Asked(1, 1)) as zygote:
        try:
            zygote.await_ready()
        except Unreached as error:
            if landlock.version():
                pytest.fail(f"the kernel has what level 1 needs, and yet: {error}")
            pytest.skip(str(error))
        yield zygote

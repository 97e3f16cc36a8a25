"""One zygote for every subject of the tests."""

from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

from harness.process import Zygote

# Before any test imports them: shapes that are written there are enforced in every test.
install_import_hook(["impl.nmt.attention", "impl.nmt.model", "impl.nmt.tensors"], "beartype.beartype")


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote("cpu") as zygote:
        zygote.await_ready()
        yield zygote

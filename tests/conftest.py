"""One zygote for every subject of the tests, and one for those that need large libraries."""

import os
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

from harness.process import Zygote
from spec.contracts import CONTRACTS

# Before torch is imported: threads that wait for one another are slow on busy cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Before any test imports them: shapes that are written there are enforced in every test.
install_import_hook(["impl.nmt.attention", "impl.nmt.model", "impl.nmt.tensors"], "beartype.beartype")


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote("cpu") as zygote:
        zygote.await_ready()
        yield zygote


@pytest.fixture(scope="session")
def zygote_with_libraries() -> Iterator[Zygote]:
    """One that has the libraries imported that items are built of, for tests that load such an item many times."""
    with Zygote("cpu", preload=sorted({library for c in CONTRACTS.values() for library in c.libraries})) as zygote:
        zygote.await_ready()
        yield zygote

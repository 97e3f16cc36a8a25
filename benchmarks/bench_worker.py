"""What a question to a worker costs: a small round trip, and a fresh process for a law."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from harness.clock import Limits
from harness.item import Item
from harness.process import Zygote
from harness.subject import Subject
from harness.target import resolve
from spec.contracts import CONTRACTS, ScaledDotAttention

ROUND_TRIP_S = 2e-3


@pytest.fixture(scope="module")
def item() -> Iterator[Item]:
    for needed in ("nbformat", "jaxtyping"):
        pytest.importorskip(
            needed, reason=f"a worker that is asked for the reference needs {needed}, which is not here"
        )
    with Zygote("cpu") as zygote:
        zygote.await_ready()
        subject = Subject(resolve("impl.reference"), zygote, device="cpu", limits=Limits(600.0, 600.0))
        subject.read(CONTRACTS)
        yield Item(subject, ScaledDotAttention, ScaledDotAttention.probe(np.random.default_rng(0)))
        subject.close()


def test_small_round_trip(item: Item, benchmark: Any) -> None:
    """Construct, set six parameters, call, and send the outputs back: 2 ms at most."""
    case = ScaledDotAttention.probe(np.random.default_rng(1))
    item.begin()
    answer = benchmark(lambda: item(case))
    item.finish()
    assert np.isfinite(answer["context"]).all()
    if benchmark.enabled:
        assert benchmark.stats.stats.min <= ROUND_TRIP_S  # the least: what else the machine does only adds


def test_small_round_trip_with_gradients(item: Item, benchmark: Any) -> None:
    """The same, with the gradients of three inputs and six parameters."""
    case = ScaledDotAttention.probe(np.random.default_rng(2))
    item.begin()
    answer = benchmark(lambda: item(case, cotangents={"context": case.inputs["queries"]}))
    item.finish()
    assert len(answer.gradients) == len(case.inputs) + len(case.parameters)


def test_a_fresh_process_for_a_law(item: Item, benchmark: Any) -> None:
    """Fork the process that has the item loaded, and end the fork."""

    def law() -> None:
        item.begin()
        item.finish()

    benchmark(law)

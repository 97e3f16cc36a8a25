"""What fine-tuning BERT costs, beside the course's loop: steps, frozen epochs, frozen trainings from nothing."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("transformers", reason="BERT needs transformers, which is not here")

from benchmarks import bert, pair
from benchmarks.bert import cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and way."""
    known = cases(metafunc.config.getoption("device"), is_quick=metafunc.config.getoption("quick"))
    rows = pair.rows(known)
    metafunc.parametrize(("case", "kernel"), rows, ids=[f"{case}-{kernel}" for case, kernel in rows])


def test_bert(
    case: str, kernel: str, row: Callable[..., None], benchmark: Any, times_of: Callable[..., Any], session: Any
) -> None:
    """Seconds a step, an epoch of 640 sentences, or a training of three epochs."""
    if not benchmark.enabled:
        pytest.skip("nothing is timed; tests/benchmarks holds one case to the other way")
    timed = times_of(case)
    (found,) = [one for one in cases(session.device) if one.id == case]
    said = bert.about(found, kernel, statistics.median(timed[kernel].times_s), session.probes)
    row(timed[kernel].times_s, kernel=kernel, case=case, group="bert", **said, **pair.about(timed, kernel))

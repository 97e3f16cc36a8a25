"""What CLIP costs, beside the plain way: encoding pictures and texts, a training step, a search among features."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from impl.clip.quiet import hushed

with hushed():  # a warning in a library is no reason to have no time
    pytest.importorskip("open_clip", reason="CLIP needs open_clip, which is not here")

from benchmarks import clip, pair
from benchmarks.clip import cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and way."""
    known = cases(metafunc.config.getoption("device"), is_quick=metafunc.config.getoption("quick"))
    rows = pair.rows(known)
    metafunc.parametrize(("case", "kernel"), rows, ids=[f"{case}-{kernel}" for case, kernel in rows])


def test_clip(
    case: str, kernel: str, row: Callable[..., None], benchmark: Any, times_of: Callable[..., Any], session: Any
) -> None:
    """Seconds that all of a case's pictures or texts take, or a step, or one search."""
    if not benchmark.enabled:
        pytest.skip("nothing is timed; tests/benchmarks holds one case to the other way")
    timed = times_of(case)
    (found,) = [one for one in cases(session.device) if one.id == case]
    said = clip.about(found, kernel, statistics.median(timed[kernel].times_s), session.probes)
    row(timed[kernel].times_s, kernel=kernel, case=case, group="clip", **said, **pair.about(timed, kernel))

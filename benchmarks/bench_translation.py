"""What training and using the translation models costs, beside the notebook's way: steps, epochs, decoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

for needed in ("jaxtyping", "wordfreq"):
    pytest.importorskip(needed, reason=f"the translation models need {needed}, which is not here")

from benchmarks import pair  # noqa: E402
from benchmarks.translation import cases  # noqa: E402


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and way."""
    known = cases(metafunc.config.getoption("device"), is_quick=metafunc.config.getoption("quick"))
    rows = pair.rows(known)
    metafunc.parametrize(("case", "kernel"), rows, ids=[f"{case}-{kernel}" for case, kernel in rows])


def test_translation(
    case: str, kernel: str, row: Callable[..., None], benchmark: Any, times_of: Callable[..., Any]
) -> None:
    """Seconds a step, an epoch with its validation, a whole run, or the translation of 640 words."""
    if not benchmark.enabled:
        pytest.skip("nothing is timed; tests/benchmarks holds one case to the other way")
    timed = times_of(case)
    row(timed[kernel].times_s, kernel=kernel, case=case, group="nmt", **pair.about(timed, kernel))

"""What training and using the translation models costs, beside the notebook's way: steps, epochs, decoding."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import pytest

for needed in ("jaxtyping", "wordfreq"):
    pytest.importorskip(needed, reason=f"the translation models need {needed}, which is not here")

from benchmarks import translation  # noqa: E402
from benchmarks.translation import THEIRS, Timed  # noqa: E402


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a case and way."""
    known = translation.cases(metafunc.config.getoption("device"), is_quick=metafunc.config.getoption("quick"))
    pairs = [(case.id, kernel) for case in known for kernel in reversed(case.ways)]
    metafunc.parametrize(("case", "kernel"), pairs, ids=[f"{case}-{kernel}" for case, kernel in pairs])


@pytest.fixture(scope="module")
def times_of(session: Any) -> Iterator[Callable[[str], dict[str, Timed]]]:
    """Both ways' times of a case, which is measured when the first of its rows asks."""
    latest: dict[str, dict[str, Timed]] = {}
    by_id = {case.id: case for case in translation.cases(session.device)}
    with translation.both() as pair:

        def find(case: str) -> dict[str, Timed]:
            if case not in latest:
                session.skip_if_late()
                latest[case] = pair.times(by_id[case])
            return latest[case]

        yield find


def test_translation(
    case: str, kernel: str, row: Callable[..., None], benchmark: Any, times_of: Callable[..., Any]
) -> None:
    """Seconds a step, an epoch with its validation, a whole run, or the translation of 640 words."""
    if not benchmark.enabled:
        pytest.skip("nothing is timed; tests/benchmarks holds one case to the other way")
    timed = times_of(case)
    times_s, kernels_s = timed[kernel]
    about = {"kernel": kernel, "case": case, "group": "nmt"}
    if THEIRS in timed:
        about["ratio_to_notebook"] = statistics.median(timed[THEIRS].times_s) / statistics.median(times_s)
    if kernels_s is not None:
        about |= {"kernels_s": kernels_s, "ratio_to_kernels": statistics.median(times_s) / kernels_s}
    row(times_s, **about)

"""Tests run side by side: each on one thread, for two pools of threads on the same cores wait for one another."""

from collections.abc import Iterator

import pytest
import torch

from impl.nmt import run
from impl.nmt.machine import Plan


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(run, "plan", lambda hidden, layers: Plan(1, 1))
    yield
    torch.set_num_threads(before)

"""Tests run side by side: each on one thread, for two pools of threads on the same cores wait for one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch

from impl.nmt import run
from impl.nmt.machine import Plan

if TYPE_CHECKING:
    from impl.clip.encoder import Encoder

CLIP_ON_CORES = ("impl.clip.encoder.cores", "impl.clip.mini.training.cores")


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(run, "plan", lambda hidden, layers: Plan(1, 1))
    yield
    torch.set_num_threads(before)


@pytest.fixture
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CLIP is told of the machine, for it sets the number of threads itself."""
    for name in CLIP_ON_CORES:
        monkeypatch.setattr(name, lambda: 1)


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A small CLIP with parameters at random, at work."""
    from impl.clip.weights import weights_in
    from tests.impl.clip_models import clip

    with pytest.MonkeyPatch.context() as patch:
        for name in CLIP_ON_CORES:
            patch.setattr(name, lambda: 1)
        return weights_in(clip(tmp_path_factory.mktemp("small-clip")))

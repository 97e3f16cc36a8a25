"""Tests run side by side: each on one thread, for two pools of threads on the same cores wait for one another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from impl.nmt import run
from impl.nmt.machine import Plan

if TYPE_CHECKING:
    from impl.clip.encoder import Encoder


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # of what sets them itself, and of other processes
    monkeypatch.setattr(run, "plan", lambda hidden, layers: Plan(1, 1))
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A small CLIP with parameters at random, at work."""
    from impl.clip.weights import weights_in
    from tests.impl.clip_models import clip

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        return weights_in(clip(tmp_path_factory.mktemp("small-clip")))


@pytest.fixture(scope="session")
def clip_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in `runs` after a CLIP was trained for no time and scenes were drawn."""
    from impl.clip.drawn import gallery
    from tests.impl.clip_commands import small, specimen

    place = tmp_path_factory.mktemp("clip-runs")
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        patch.chdir(place)
        code, said = specimen("train", "clip")
        assert code == 0, said
        gallery.folder(Path("runs/scenes"))
    return place / "runs"


@pytest.fixture
def clip_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip_runs: Path) -> None:
    """A folder to be in, with a small CLIP and pictures in it."""
    from tests.impl.clip_commands import pictures, small

    small(monkeypatch)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(clip_runs, "runs")
    pictures()

"""The plain way of CLIP and the project's come to the same before either has a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import clip, clip_flops, clip_steps, notebook_clip, pair
from benchmarks.clip import LARGE, ClipCase
from benchmarks.pair import OURS, THEIRS
from impl.clip.mini import shape
from spec.error import FEATURES_ALIKE

TINY = shape.config(width=4, text_width=32, layers=1)
PATCHED = TINY | {"vision_cfg": {"image_size": 96, "layers": 2, "width": 64, "patch_size": 16}}
PROBES = {"product_flops_per_s": {"float32": 1e9}, "copy_bytes_per_s": 1e9}
ENCODED = [ClipCase("cpu", size, what, 5) for size in ("mini", "patched") for what in ("pictures", "prepared", "texts")]
STEPS = [ClipCase("cpu", size, "step", 16) for size in ("mini", "patched")]
SEARCH = ClipCase("cpu", "", "search", 400)


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clip.SIZES, "mini", TINY)
    monkeypatch.setitem(clip.SIZES, "patched", PATCHED)
    monkeypatch.setattr(clip_steps, "SCENES", 64)
    monkeypatch.setattr(clip_steps, "NOISE_RATE", 1e-3)  # at which so few parameters do something
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_case_is_listed_twice_and_everything_that_is_asked_for_is(device: str) -> None:
    known = clip.cases(device)
    assert len(pair.rows(known)) == len(set(pair.rows(known))) == 2 * {"cpu": 6, "cuda": 8}[device]
    listed = {(case.what, case.size) for case in known}
    assert listed >= {("pictures", "mini"), ("pictures", LARGE), ("texts", "mini"), ("texts", LARGE), ("step", "mini")}
    assert (listed >= {("prepared", LARGE), ("step", LARGE)}) is (device == "cuda")
    assert f"{device}/clip search 100000x512" in {case.id for case in known}
    assert {case.what for case in clip.cases(device, is_quick=True)} == {"texts", "search"}


@pytest.mark.parametrize("case", [*ENCODED, *STEPS, SEARCH], ids=lambda case: case.id)
def test_both_ways_come_to_the_same(case: ClipCase) -> None:
    ours, theirs = (came_of(case, kind) for kind in (OURS, THEIRS))
    case.demand_agreement(ours, theirs)
    with pytest.raises(RuntimeError, match=r"found are|losses are|from one another"):
        case.demand_agreement(ours, theirs[::-1])


@pytest.mark.parametrize("case", ENCODED[:3], ids=lambda case: case.id)
def test_features_of_different_pictures_are_further_apart_than_rounding_in_bfloat16(case: ClipCase) -> None:
    found = torch.from_numpy(came_of(case, THEIRS))
    assert float(torch.pdist(found).max()) > FEATURES_ALIKE["bfloat16"]


@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.id)
def test_steps_that_update_otherwise_have_no_time(case: ClipCase, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = came_of(case, OURS)
    monkeypatch.setattr(clip_steps, "FIRST_STEP", 0)  # at which the rate is a hundredth
    theirs = came_of(case, THEIRS)
    with pytest.raises(RuntimeError, match="the losses are"):
        case.demand_agreement(ours, theirs)


@pytest.mark.parametrize("case", [ENCODED[0], ENCODED[2]], ids=lambda case: case.id)
def test_a_broken_way_has_no_time(case: ClipCase, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = came_of(case, OURS)
    monkeypatch.setattr(notebook_clip, "_unit", lambda features: features.roll(1, dims=-1))
    with pytest.raises(RuntimeError, match="from one another"):
        case.demand_agreement(ours, came_of(case, THEIRS))
    with pytest.raises(RuntimeError, match="up to nan from one another"):
        case.demand_agreement(ours, np.full_like(ours, np.nan))


def test_losses_that_are_none_agree_with_nothing() -> None:
    with pytest.raises(RuntimeError, match="the losses are"):
        STEPS[0].demand_agreement([float("nan")], [1.0])


@pytest.mark.parametrize("size", ["mini", "patched"])
@pytest.mark.parametrize("what", ["image", "text", "step"])
def test_work_is_counted_as_torch_counts_it(size: str, what: str) -> None:
    config = clip.SIZES[size]
    model, batch = shape.build(config, 0), 3
    pictures = torch.randn(batch, 3, *[config["vision_cfg"]["image_size"]] * 2)
    tokens = torch.randint(1, 500, (batch, config["text_cfg"]["context_length"]))
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        if what == "step":
            learner(model).step(pictures, tokens)
        else:
            model.encode_image(pictures) if what == "image" else model.encode_text(tokens)
    expected = {"image": batch * clip_flops.image(config), "text": batch * clip_flops.text(config)}
    assert counter.get_total_flops() == (expected | {"step": clip_flops.step(config, batch)})[what]


def test_the_large_model_has_the_known_amount_of_work() -> None:
    config = open_clip.get_model_config(LARGE)
    tokens, width = 50, 768
    layers = 12 * tokens * (24 * width**2 + 4 * tokens * width)
    assert clip_flops.image(config) == 49 * 2 * 3 * 32**2 * width + layers + 2 * width * 512
    assert clip_flops.search(100_000, 512) == 2 * 100_000 * 512


def test_a_row_says_its_work_and_its_speed() -> None:
    said = clip.about(ENCODED[0], OURS, 0.5, PROBES)
    assert (said["batch"], said["dtype"], said["images_per_s"]) == (5, "float32", 10.0)
    assert said["flops"] == 5 * clip_flops.image(TINY) == said["flops_per_s"] / 2
    assert said["fraction_of_product"] == said["flops_per_s"] / 1e9
    assert clip.about(ENCODED[2], OURS, 0.5, PROBES)["texts_per_s"] == 10.0
    assert clip.about(STEPS[0], THEIRS, 0.5, PROBES)["pairs_per_s"] == 32.0
    searched = clip.about(SEARCH, OURS, 0.5, PROBES)
    assert (searched["searches_per_s"], searched["bytes"]) == (2.0, 4 * 400 * 512)
    on_gpu = ClipCase("cuda", "mini", "pictures", 5)
    assert [clip.about(on_gpu, kernel, 0.5, PROBES)["dtype"] for kernel in (OURS, THEIRS)] == ["bfloat16", "float32"]
    assert clip.about(on_gpu, OURS, 0.5, PROBES)["fraction_of_product"] is None


def learner(model: Any) -> notebook_clip.Notebook:
    return notebook_clip.Notebook(model, rate=1e-3, decay=0.1, longest_gradient=1.0, most_scale=4.6, device="cpu")


def came_of(case: ClipCase, kind: str) -> Any:
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        round_, found = case.ready(kind)
        again: Tensor | list[Any] = round_()
    torch.set_num_threads(threads)
    assert len(again) in {case.count, case.parts}
    return found

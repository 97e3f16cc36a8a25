"""Weights by name: what is there is read whole, what is not is told in a sentence, and no code in a file is run."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from huggingface_hub import constants
from open_clip import factory
from open_clip.model import CLIP
from safetensors.torch import save_file

from impl.clip import hub, weights
from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.mini import shape
from impl.clip.weights import NotTrainedError, WeightsError, load
from spec.error import ROW_SUM
from tests.impl.clip_models import ROLE, SMALLEST, clip, furthest

TINY = "ViT-T-16"
CONFIG: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
PICTURES = [picture for _, picture in gallery.unseen(3, 0)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the hub's with nothing in it, and no network."""
    download = hub.snapshot_download
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(
        hub, "snapshot_download", lambda *name, **how: download(*name, cache_dir=tmp_path / "hub", **how)
    )
    return tmp_path / "hub"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CLIP]:
    """A model that open_clip knows by its name, as long as a test lasts."""
    monkeypatch.setattr(factory, "_MODEL_CONFIG_PATHS", list(factory._MODEL_CONFIG_PATHS))
    monkeypatch.setattr(factory, "_MODEL_CONFIGS", dict(factory._MODEL_CONFIGS))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{TINY}.json").write_text(json.dumps(CONFIG))
    open_clip.add_model_config(tmp_path / "models")
    torch.manual_seed(0)
    return CLIP(**CONFIG, output_dict=True).eval()


def refused(name: str, tmp_path: Path) -> str:
    """Why weights are refused, in a sentence."""
    with pytest.raises(WeightsError) as caught:
        load(name, runs=tmp_path)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 600
    return said


def test_small_weights_that_nobody_made_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotTrainedError, match=r"mini-clip is not in .*`specimen train clip"):
        load(runs=tmp_path)
    clip(tmp_path / "mini-clip")
    assert "specimen train clip" in refused("mini-clip", tmp_path)  # a training that is not complete


def test_what_was_trained_here_says_whose_role_it_plays(tmp_path: Path) -> None:
    folder = clip(tmp_path / "mini-clip", role=ROLE)
    by_name, by_path = load(runs=tmp_path), load(str(folder), runs=tmp_path / "elsewhere")
    assert by_name.stands_in_for == by_path.stands_in_for == ROLE
    assert (by_name.name, by_path.name) == ("mini-clip", str(folder))
    assert by_name.fingerprint == by_path.fingerprint


@pytest.mark.parametrize(
    "about", [None, b"", b"[]", b"{}", b"\xff"], ids=["none", "empty", "list", "silent", "no text"]
)
def test_whose_role_a_model_plays_its_configuration_says_alone(tmp_path: Path, about: bytes | None) -> None:
    """So a training that was killed before its last file was written leaves no model that is taken for a real one."""
    for role in (ROLE, None):
        folder = clip(tmp_path / f"model-{role}", role=role)
        (folder / "training.json").unlink(missing_ok=True)
        if about is not None:
            (folder / "training.json").write_bytes(about)
        assert load(str(folder), runs=tmp_path).stands_in_for == role


def test_weights_that_give_no_numbers_are_refused(tmp_path: Path) -> None:
    of = shape.config(**SMALLEST)
    for value in (0.0, float("nan")):
        parameters = shape.build(of, 0).state_dict()
        parameters["text_projection"].fill_(value)
        (tmp_path / f"{value}").mkdir()
        shape.write(tmp_path / f"{value}", of, parameters)
        assert "no numbers, or all zero" in refused(str(tmp_path / f"{value}"), tmp_path)


@pytest.mark.parametrize("missing", [shape.CONFIG, shape.WEIGHTS])
def test_a_folder_without_all_of_it_is_told(tmp_path: Path, missing: str) -> None:
    folder = clip(tmp_path / "model")
    (folder / missing).unlink()
    assert shape.CONFIG in refused(str(folder), tmp_path)


@pytest.mark.parametrize("damaged", [shape.CONFIG, shape.WEIGHTS, "merges.txt.gz"])
@pytest.mark.parametrize("content", [b"", b"not what it should be"], ids=["empty", "other"])
def test_a_folder_with_a_damaged_file_is_told(tmp_path: Path, damaged: str, content: bytes) -> None:
    folder = clip(tmp_path / "model")
    (folder / damaged).write_bytes(content)
    assert "cannot be read as a CLIP" in refused(str(folder), tmp_path)


def test_a_model_that_there_is_not_is_told_with_those_that_are_near(tmp_path: Path) -> None:
    assert "ViT-B-32" in refused("ViT-B-33:openai", tmp_path)
    said = refused("nothing", tmp_path)
    for kind in ("mini-clip", "folder", "MODEL:TAG", "MODEL:FILE", "hf-hub:"):
        assert kind in said


def test_a_model_without_weights_is_told_with_tags(tmp_path: Path) -> None:
    for name in ("ViT-B-32", "ViT-B-32:", "ViT-B-32:openia"):
        assert "ViT-B-32:openai" in refused(name, tmp_path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_file_of_weights_is_read_whole(tmp_path: Path, tiny: CLIP, suffix: str) -> None:
    file = tmp_path / f"weights{suffix}"
    write = save_file if suffix == ".safetensors" else torch.save
    write(tiny.state_dict(), file)
    encoder = load(f"{TINY}:{file}", runs=tmp_path)
    with torch.inference_mode():
        pictures = tiny.encode_image(torch.stack([encoder.transform(one) for one in PICTURES]), normalize=True)
        texts = tiny.encode_text(open_clip.get_tokenizer(TINY)(["a cat", "two dogs"]), normalize=True)
    assert furthest(encoder.encode_images(PICTURES), pictures) <= ROW_SUM["float32"]
    assert furthest(encoder.encode_texts(["a cat", "two dogs"]), texts) <= ROW_SUM["float32"]
    assert encoder.stands_in_for is None


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("content", [b"", b"not a file of tensors" * 9], ids=["empty", "text"])
def test_a_damaged_file_is_told(tmp_path: Path, tiny: CLIP, suffix: str, content: bytes) -> None:
    (file := tmp_path / f"weights{suffix}").write_bytes(content)
    assert "cannot be read as a CLIP" in refused(f"{TINY}:{file}", tmp_path)


def test_weights_of_another_shape_or_with_a_hole_are_told(tmp_path: Path, tiny: CLIP) -> None:
    tensors = {name: one.clone() for name, one in tiny.state_dict().items()}
    save_file(tensors | {"text_projection": torch.zeros(3, 3)}, tmp_path / "other.safetensors")
    assert "cannot be read as a CLIP" in refused(f"{TINY}:{tmp_path / 'other.safetensors'}", tmp_path)
    del tensors["visual.proj"]
    save_file(tensors, tmp_path / "hole.safetensors")
    assert "visual.proj" in refused(f"{TINY}:{tmp_path / 'hole.safetensors'}", tmp_path)


class Attack:
    """A pickle that would make a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("place", ["file", "folder"])
def test_code_in_a_file_of_weights_is_not_run(tmp_path: Path, tiny: CLIP, place: str) -> None:
    file, made = tmp_path / "weights.pt", tmp_path / "made"
    if place == "folder":
        folder = clip(tmp_path / "model")
        (folder / shape.WEIGHTS).unlink()
        file = folder / weights.PICKLED
    torch.save({"visual.proj": Attack(made)}, file)
    assert "cannot be read as a CLIP" in refused(f"{TINY}:{file}" if place == "file" else str(folder), tmp_path)
    assert not made.exists()
    torch.load(file, weights_only=False)  # as a careless reader does
    assert made.exists()


@pytest.mark.parametrize("name", ["ViT-B-32:openai", "ViT-B/32:openai", "hf-hub:owner/model", "hf-hub:", "hf-hub:../x"])
def test_weights_that_cannot_be_fetched_are_told_in_a_sentence(tmp_path: Path, name: str, cache: Path) -> None:
    said = refused(name, tmp_path)
    assert said.startswith(f"{name} is ")
    assert "`hf download" in said
    assert "mini-clip" in said
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_repository_in_the_cache_needs_no_network(tmp_path: Path, cache: Path) -> None:
    place = cache / "models--owner--small"
    shutil.copytree(clip(tmp_path / "model"), place / "snapshots" / "abc")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    assert load("hf-hub:owner/small", runs=tmp_path).fingerprint == load(str(tmp_path / "model")).fingerprint


def test_a_cache_without_the_weights_is_not_taken_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("held", "fetched"):
        (tmp_path / name).mkdir()
    (tmp_path / "fetched" / "weights").touch()
    place = {True: tmp_path / "held", False: tmp_path / "fetched"}
    monkeypatch.setattr(hub, "snapshot_download", lambda _, local_files_only=False, **how: str(place[local_files_only]))
    assert hub.snapshot("owner/model", "weights") == tmp_path / "fetched"
    (tmp_path / "held" / "weights").touch()
    assert hub.snapshot("owner/model", "weights") == tmp_path / "held"


@pytest.mark.parametrize("written", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_a_tags_file_is_read_as_the_tag_says(
    tmp_path: Path, tiny: CLIP, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    (save_file if written.endswith(".safetensors") else torch.save)(tiny.state_dict(), tmp_path / written)
    asked: list[tuple[str, str]] = []
    told = {"hf_hub": "owner/tiny/", "quick_gelu": True, "mean": (0.1, 0.2, 0.3), "std": (0.5, 0.6, 0.7)}
    monkeypatch.setattr(open_clip, "list_pretrained_tags_by_model", lambda model: ["seen"] if model == TINY else [])
    monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda model, tag: told)
    monkeypatch.setattr(hub, "snapshot", lambda name, file, besides=(): (asked.append((name, file)), tmp_path)[1])
    encoder = load(f"{TINY}:seen", runs=tmp_path)
    assert asked[0] == ("owner/tiny", "open_clip_model.safetensors")
    assert (encoder.transform.transforms[-1].mean, encoder.transform.transforms[-1].std) == (told["mean"], told["std"])
    assert {type(one).__name__ for one in encoder.model.modules() if "GELU" in type(one).__name__} == {"QuickGELU"}
    assert "slow" in refused(f"{TINY}:slow", tmp_path)


def test_a_fingerprint_is_of_how_numbers_are_used_too(tmp_path: Path) -> None:
    """The same numbers under another activation, or divided among other heads, give other features."""
    transform, tokenizer = open_clip.image_transform(64, is_train=False), open_clip.SimpleTokenizer(context_length=8)

    def fingerprint(*, quick_gelu: bool = False, head_width: int = 16) -> str:
        vision = {"image_size": 64, "layers": 1, "width": 32, "patch_size": 32, "head_width": head_width}
        text = {"context_length": 8, "vocab_size": tokenizer.vocab_size, "width": 32, "heads": 2, "layers": 1}
        model = shape.build({"embed_dim": 8, "vision_cfg": vision, "text_cfg": text, "quick_gelu": quick_gelu}, 0)
        return Encoder("any", model, transform, tokenizer).fingerprint

    assert fingerprint() == fingerprint()
    assert len({fingerprint(), fingerprint(quick_gelu=True), fingerprint(head_width=32)}) == 3

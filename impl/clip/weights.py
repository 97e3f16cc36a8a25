"""Weights of a CLIP by name: the small ones made here, a folder, a model of open_clip's with a tag of its or a file, or a
repository of the hub.

Foreign files are read as safetensors, or else by torch with `weights_only`: no code in them is run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import open_clip
from open_clip.transform import PreprocessCfg, image_transform_v2

from impl.clip import hub
from impl.clip.encoder import Encoder
from impl.clip.mini import shape, words
from impl.clip.quiet import hushed

RUNS = Path("runs")
ABOUT = "training.json"  # of what was trained here
OF_HUB, OF_FOLDER = "hf-hub:", "local-dir:"
SAFE, PICKLED = "open_clip_model.safetensors", "open_clip_pytorch_model.bin"
TOKENIZER_FILES = ("*.json", "*.txt", "*.model")
PREPARATION = ("mean", "std", "interpolation", "resize_mode")


class WeightsError(ValueError):
    """Weights that are not there, cannot be fetched, or are of no CLIP; one sentence."""


class NotTrainedError(WeightsError):
    """Small weights that nobody has made yet."""


def load(name: str = shape.NAME, *, device: str = "cpu", runs: Path = RUNS) -> Encoder:
    """The weights of that name at work: `mini-clip`, a folder, `MODEL:TAG`, `MODEL:FILE`, or `hf-hub:OWNER/NAME`.

    Raises:  NotTrainedError; WeightsError.
    """
    if not name.strip():
        raise WeightsError("the weights' name is empty")
    if name == shape.NAME:
        if not (runs / name / ABOUT).is_file():
            raise NotTrainedError(
                f"{name} is not in {runs / name}: `specimen train clip --quick` makes it within three minutes"
            )
        return weights_in(runs / name, device=device, name=name)
    if name.startswith(OF_HUB):
        return weights_in(_repository(name.removeprefix(OF_HUB), name), device=device, name=name)
    if Path(name).is_dir():
        return weights_in(Path(name), device=device, name=name)
    return _of_open_clip(name, device)


def weights_in(folder: Path, *, device: str = "cpu", name: str | None = None) -> Encoder:
    """The weights in a folder that open_clip reads.

    Raises:  WeightsError.
    """
    called = name or str(folder)
    if not (folder / shape.CONFIG).is_file() or not [
        *folder.glob("*.safetensors"),
        *folder.glob("*.bin"),
        *folder.glob("*.pth"),
    ]:
        raise WeightsError(
            f"{called} is a folder without {shape.CONFIG}, or without weights: none that open_clip reads"
        )
    known = f"{OF_FOLDER}{folder}"
    tokens = {"bpe_path": str(folder / words.FILE)} if (folder / words.FILE).exists() else {}
    model = _attempt(called, lambda: open_clip.create_model(known))
    tokenizer = _attempt(called, lambda: open_clip.get_tokenizer(known, **tokens))
    if tokens and tokenizer.vocab_size != model.vocab_size:
        raise WeightsError(
            f"{called} cannot be read as a CLIP: {words.FILE} makes {tokenizer.vocab_size} pieces, of which its model"
            f" knows {model.vocab_size}"
        )
    return _encoder(called, model, tokenizer, device, _role(folder))


def _role(folder: Path) -> str | None:
    """Whose role a model plays that was trained here: its configuration says so, without which it is read by nobody; by its
    own name it plays it whatever that says."""
    role = json.loads((folder / shape.CONFIG).read_text(encoding="utf-8")).get("stands_in_for")
    role = shape.STANDS_IN_FOR if role is None and folder.name == shape.NAME else role
    return None if role is None else str(role)


def _of_open_clip(name: str, device: str) -> Encoder:
    """One of open_clip's models with weights that it knows by a tag, or that are in a file."""
    if Path(name).is_file():
        raise WeightsError(
            f"{name} is a file: put its model before it, as in ViT-B-32:{name}, or give the folder that it is in"
        )
    given, _, weights = name.partition(":")
    model = given.replace("/", "-")
    if model not in open_clip.list_models():
        near = get_close_matches(model, open_clip.list_models(), n=3) or ["ViT-B-32"]
        kinds = f"{shape.NAME}, a folder, MODEL:TAG, MODEL:FILE or {OF_HUB}OWNER/NAME"
        raise WeightsError(f"{name} is no weights; expected {kinds}, with a model such as {', '.join(near)}")
    tags = open_clip.list_pretrained_tags_by_model(model)
    if Path(weights).is_file():
        file, settings = Path(weights), {}
    elif weights.lower() in tags:
        file, settings = _tagged(name, model, weights)
    else:
        missing = (
            f"{weights} is no file and no tag of {model}" if weights else f"{model} alone is a model without weights"
        )
        raise WeightsError(f"{missing}: {model}:FILE, or {', '.join(f'{model}:{tag}' for tag in tags[:4])}")
    made = _attempt(name, lambda: open_clip.create_model(model, pretrained=str(file), **settings))
    tokenizer = _attempt(name, lambda: open_clip.get_tokenizer(model))
    return _encoder(name, made, tokenizer, device, None)


def _tagged(name: str, model: str, tag: str) -> tuple[Path, dict[str, Any]]:
    """The file of a tag, and how its model differs from the model's plain configuration."""
    told = open_clip.get_pretrained_cfg(model, tag)
    repository, _, file = str(told.get("hf_hub", "")).rpartition("/")
    wanted = (f"{Path(file).stem}.safetensors", file) if file else (SAFE, PICKLED)
    folder = _fetched(repository, name, wanted)
    settings = {
        "force_quick_gelu": bool(told.get("quick_gelu", False)),
        "force_preprocess_cfg": {key: told[key] for key in PREPARATION if told.get(key)},
    }
    return next(folder / one for one in wanted if (folder / one).exists()), settings


def _repository(repository: str, name: str) -> Path:
    """A repository's weights with all that belongs to them."""
    return _fetched(repository, name, (SAFE, PICKLED), TOKENIZER_FILES)


def _fetched(repository: str, name: str, weights: tuple[str, ...], besides: tuple[str, ...] = ()) -> Path:
    """The folder that holds one of some files of a repository, the first that there is."""
    reason = "it has no files that are known here"
    for one in weights:
        try:
            folder = hub.snapshot(repository, one, besides)
        except hub.HubError as error:
            reason = str(error)
            break
        if (folder / one).exists():
            return folder
    raise WeightsError(
        f"{name} is neither a folder nor in {hub.cache()}, and cannot be fetched ({reason}): run"
        f" `hf download {repository}` where there is a network and put what it fetches into that cache, or use {shape.NAME}"
    )


def _encoder(name: str, model: Any, tokenizer: Any, device: str, role: str | None) -> Encoder:
    settings = PreprocessCfg(**model.visual.preprocess_cfg)
    transform = image_transform_v2(settings, is_train=False)
    return _attempt(name, lambda: Encoder(name, model, transform, tokenizer, device=device, stands_in_for=role))


def _attempt(name: str, reading: Callable[[], Any]) -> Any:
    """What is read; whatever a foreign file makes of its reader becomes one sentence."""
    try:
        with hushed():
            return reading()
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        raise WeightsError(f"{name} cannot be read as a CLIP: {said}") from error

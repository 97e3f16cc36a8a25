"""Pretrained weights by name: the small ones made here, a folder, or a repository of the hub, cached or fetched.

Foreign files are read as safetensors, or else by torch with `weights_only`: no code in them is run.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import HFValidationError
from torch import nn
from transformers import AutoConfig, AutoTokenizer

from impl.bert.arithmetic import CLASSES, SIGNS, WORDS
from impl.bert.corpora import CORPORA
from impl.bert.model import BertForSentenceClassification
from impl.bert.pretraining import about, is_complete
from impl.bert.quiet import hushed
from impl.bert.roberta import RobertaForSentenceClassification

MINI = {f"mini-{name}": corpus for name, corpus in CORPORA.items()}
KINDS: dict[str, Any] = {"bert": BertForSentenceClassification, "roberta": RobertaForSentenceClassification}
CONFIG, SAFE, PICKLED = "config.json", "*.safetensors", "pytorch_model.bin"
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "bpe.codes")
SMALL_FILES = ("*.json", "*.txt", "*.model", "bpe.codes")
PATIENCE_S = 10.0  # that the hub is waited for
FINETUNED = "finetuning.json"  # what `impl.bert.saved` writes
NEW = ("classifier.", "pooler.")  # what a checkpoint need not have


class WeightsError(ValueError):
    """Weights that are not there, cannot be fetched, or fit no classifier; one sentence."""


class NotPretrainedError(WeightsError):
    """Small weights that nobody has made yet."""


@dataclass(frozen=True)
class Pretrained:
    """A classifier on pretrained weights.

    Edges:   `new` names what was not among the weights and starts at random; `most` is how many tokens it takes.
    """

    name: str
    model: Any
    tokenizer: Any
    most: int
    new: tuple[str, ...]
    stands_in_for: str | None = None

    @property
    def parameters(self) -> int:
        """How many it has."""
        return sum(one.numel() for one in self.model.parameters())


def load(name: str, *, seed: int, minis: Path, classifier: type[nn.Module] | None = None) -> Pretrained:
    """A classifier of three classes on the weights of that name; `seed` is of what starts at random, and `classifier`
    another class than the reference's, on what it takes for weights.

    Raises:  NotPretrainedError; WeightsError.
    """
    folder = folder_of(name, minis=minis)
    model, tokenizer, new = _read(folder, name, seed, classifier)
    return Pretrained(name, model, tokenizer, positions(model), new, stands_in_for(name, folder))


def stands_in_for(name: str, folder: Path) -> str | None:
    """Whose role a model plays that was pretrained here."""
    if name in MINI:
        return MINI[name].stands_in_for
    told = about(folder) if is_complete(folder) else {}
    with contextlib.suppress(OSError, ValueError, AttributeError):
        told = told or json.loads((folder / FINETUNED).read_text(encoding="utf-8"))
    role = told.get("stands_in_for") if isinstance(told, dict) else None
    return str(role) if role else None


def positions(model: Any) -> int:
    """How many tokens a model takes: RoBERTa counts them from behind its filling's."""
    config = model.config
    first = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return int(config.max_position_embeddings - first)


def folder_of(name: str, *, minis: Path) -> Path:
    """Where the weights of a name are; from the hub they are fetched if they are not in its cache.

    Raises:  NotPretrainedError; WeightsError.
    """
    if name in MINI:
        folder = minis / name
        if not is_complete(folder):
            corpus = name.removeprefix("mini-")
            raise NotPretrainedError(
                f"{name} is not in {folder}: `specimen pretrain bert --corpus {corpus} --out {folder}` makes it"
            )
        return folder
    if Path(name).is_dir():
        return Path(name)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise WeightsError(f"{name} is none of {', '.join(MINI)}, no folder, and no owner/name of the hub")
    return _cached(name) or _fetched(name)


def _cached(name: str) -> Path | None:
    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as error:
        raise WeightsError(f"{name} is no folder, and cannot be a name on the hub: {error}") from error
    except OSError:
        return None
    return folder if _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    """Whether a folder of the cache has all that is read: what was fetched for something else may lack a part."""
    has_tokenizer = any((folder / name).exists() for name in TOKENIZERS)
    return (folder / CONFIG).exists() and has_tokenizer and (_is_safe(folder) or (folder / PICKLED).exists())


def _is_safe(folder: Path) -> bool:
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return (folder / "model.safetensors").exists()
    with contextlib.suppress(OSError, ValueError, KeyError, AttributeError):
        return all((folder / name).exists() for name in json.loads(index.read_text())["weight_map"].values())
    return False


def _fetched(name: str) -> Path:
    try:
        return _downloaded(name)
    except Exception as error:  # the hub's client, its transport and the disk each have errors of their own
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split())[:200] or type(cause).__name__
        raise WeightsError(
            f"{name} is neither a folder nor in {constants.HF_HUB_CACHE}, and cannot be fetched ({reason}): run"
            f" `hf download {name}` where there is a network and give the folder that it names to --weights,"
            f" or use {' or '.join(MINI)}"
        ) from error


def _downloaded(name: str) -> Path:
    """Safetensors if there are any, else torch's own file, and what goes with either."""
    for weights in (SAFE, PICKLED):
        folder = Path(snapshot_download(name, allow_patterns=[weights, *SMALL_FILES], etag_timeout=PATIENCE_S))
        if _is_whole(folder):
            return folder
    raise FileNotFoundError(f"{folder} has no {CONFIG}, or no {SAFE} and no {PICKLED}")  # content with what is cached


def _read(folder: Path, name: str, seed: int, classifier: type[nn.Module] | None) -> tuple[Any, Any, tuple[str, ...]]:
    """The classifier and the tokenizer in a folder, and what was not among the weights."""
    with hushed(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = _attempt(name, lambda: AutoConfig.from_pretrained(folder, trust_remote_code=False))
        kind: Any = classifier or KINDS.get(config.model_type)
        if kind is None:
            raise WeightsError(f"{name} is of the kind {config.model_type}; expected {' or '.join(KINDS)}")
        names = dict(enumerate(CLASSES))
        settings = {"id2label": names, "label2id": {one: number for number, one in names.items()}}
        model, found = _attempt(
            name,
            lambda: kind.from_pretrained(
                folder,
                num_labels=len(CLASSES),
                weights_only=True,
                attn_implementation="sdpa",
                output_loading_info=True,
                **settings,
            ),
        )
        tokenizer = _attempt(name, lambda: AutoTokenizer.from_pretrained(folder, trust_remote_code=False))
    new = tuple(sorted(found["missing_keys"]))
    if strange := [one for one in new if not one.startswith(NEW)]:
        raise WeightsError(f"{name} lacks {len(strange)} of the model's parameters, {strange[0]} among them")
    unknown = tokenizer.unk_token_id
    if unknown is not None and unknown in tokenizer(" ".join((*WORDS, *SIGNS)))["input_ids"]:
        raise WeightsError(f"{name} has no tokenizer, or one that does not know the words of the task")
    if tokenizer.pad_token is None or len(tokenizer) > model.config.vocab_size:
        raise WeightsError(
            f"{name} has a tokenizer of {len(tokenizer)} tokens for a model of {model.config.vocab_size},"
            f" and {tokenizer.pad_token} to fill up with"
        )
    return model, tokenizer, new


def _attempt(name: str, reading: Callable[[], Any]) -> Any:
    """What is read; whatever a foreign file makes of its reader becomes one sentence."""
    try:
        return reading()
    except Exception as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise WeightsError(f"{name} cannot be read as a BERT: {said}") from error


def bert_of(model: nn.Module) -> list[nn.Parameter]:
    """All parameters but the classifier's, as the notebook tells them apart."""
    return [one for name, one in model.named_parameters() if "classifier" not in name]

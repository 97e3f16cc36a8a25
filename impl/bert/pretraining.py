"""Pretraining of the small models: masked words of generated text, in minutes on two cores.

What is hidden is a tenth to a half of a line's words, a share drawn for every batch, and always behind [MASK]: lines are
short, and every one should ask something.
"""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from filelock import FileLock, Timeout
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM

from impl import tensor_file
from impl.bert.corpora import CORPORA, lines
from impl.bert.linear import quicken
from impl.bert.quiet import keep
from impl.bert.tokens import learned
from impl.interrupts import held_back
from impl.machine import prepare
from impl.whole_file import write_whole

ABOUT, LAST, LOCK = "pretraining.json", "last.safetensors", ".lock"
POSITIONS, LEAST_ROWS = 64, 16
HIDDEN_SHARE = 0.1, 0.5  # of a batch's words, drawn for each
WARM_UP, LAST_OF_RATE = 0.05, 1e-3  # shares of the steps and of the rate
EVERY = 50  # steps between lines of the log
SAVE_EVERY_S = 15.0
MOMENTS = ("exp_avg", "exp_avg_sq")


class PretrainingError(ValueError):
    """A pretraining that cannot begin, or go on, as it was asked to."""


@dataclass(frozen=True)
class Recipe:
    """A small BERT, and how it is pretrained.

    Units:   `batch_tokens` and `rate` are of a step; the intermediate size is four times the hidden one.
    Raises:  ValueError for a corpus that is none, or sizes that fit no model.
    """

    corpus: str
    seed: int = 0
    steps: int = 6000
    hidden: int = 144
    layers: int = 4
    heads: int = 4
    lines: int = 60_000
    batch_tokens: int = 768
    rate: float = 1.5e-3

    def __post_init__(self) -> None:
        if self.corpus not in CORPORA:
            raise ValueError(f"{self.corpus} is no corpus; there are {', '.join(CORPORA)}")
        sizes = (self.steps, self.hidden, self.layers, self.heads, self.lines, self.batch_tokens)
        if min(sizes) < 1 or self.hidden % self.heads:
            raise ValueError(f"sizes must be positive, and heads divide hidden; got {asdict(self)}")

    @property
    def name(self) -> str:
        """What the model is called."""
        return f"mini-{self.corpus}"


class Progress(NamedTuple):
    """A few steps: the mean loss in nats a hidden word, and the time since the first.

    Units:   seconds.
    """

    step: int
    loss: float
    time_s: float


class Pretraining:
    """A pretraining in a folder. Iterate over its progress; what is computed is saved, whatever ends it.

    Edges:   every step draws from a generator of its own, so that one which goes on is as one that was never stopped.
    Raises:  PretrainingError if the folder holds a model already or, to be resumed, none or another one;
             BadCheckpointError; OSError where nothing can be written.
    """

    def __init__(self, recipe: Recipe, folder: Path, *, device: str = "cpu", resume: bool = False) -> None:
        self.recipe, self.folder, self.device = recipe, folder, device
        if not resume and is_complete(folder):
            raise PretrainingError(f"{folder} holds a model already: --out begins another elsewhere")
        if not resume and (folder / LAST).exists():
            raise PretrainingError(f"{folder} holds a model that is not complete: --resume goes on with it")
        begun = tensor_file.read(folder / LAST) if resume else None
        self._lock = _locked(folder)
        prepare(recipe.hidden, recipe.batch_tokens)
        text = lines(recipe.corpus, recipe.lines, recipe.seed)
        self.tokenizer = learned(text)
        self.by_length = _by_length(self.tokenizer(text)["input_ids"])
        self.model = _model(recipe, len(self.tokenizer)).to(device)
        if device == "cpu":
            quicken(self.model)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.rate, weight_decay=0.01, fused=True)
        self.done, self.time_s, self.log = 0, 0.0, list[Progress]()
        if begun:
            self._resume(*begun)

    @property
    def parameters(self) -> int:
        """How many the encoder has, without the head that names hidden words."""
        return sum(one.numel() for one in self.model.bert.parameters())

    def __iter__(self) -> Iterator[Progress]:
        """Progress, every few steps; a checkpoint every few seconds, and the model at the end."""
        try:
            yield from self._steps()
            with held_back():
                self._finish()
        finally:
            self._lock.release()

    def _steps(self) -> Iterator[Progress]:
        began, saved = time.perf_counter() - self.time_s, time.monotonic()
        losses: list[Tensor] = []
        self.model.train()
        try:
            while self.done < self.recipe.steps:
                with held_back():
                    losses.append(self._step())
                if self.done % EVERY and self.done < self.recipe.steps:
                    continue
                self.time_s = time.perf_counter() - began
                self.log.append(Progress(self.done, round(float(torch.stack(losses).mean()), 4), round(self.time_s, 2)))
                losses.clear()
                yield self.log[-1]
                if time.monotonic() - saved >= SAVE_EVERY_S:
                    self._save()
                    saved = time.monotonic()
        finally:
            with held_back():
                self._save()  # also of the last step: what cannot be finished now can be gone on with

    def _step(self) -> Tensor:
        ids, hidden = self._batch(self.done)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(self.done)
        inputs = ids.masked_fill(hidden, self.tokenizer.mask_token_id)
        states = self.model.bert(input_ids=inputs).last_hidden_state
        logits = self.model.cls(states[hidden])  # of the words that are asked for, not of all
        loss = torch.nn.functional.cross_entropy(logits, ids[hidden])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return loss.detach()

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Lines of one length, so that nothing is filled up; and which of their words are hidden."""
        dice = random.Random(f"{self.recipe.seed} {step}")  # noqa: S311 - a batch is no secret
        counts = [len(ids) for ids in self.by_length]
        ids = self.by_length[dice.choices(range(len(counts)), counts)[0]]
        rows = max(LEAST_ROWS, self.recipe.batch_tokens // ids.shape[1])
        draw = torch.Generator().manual_seed(dice.getrandbits(63))
        chosen = ids[torch.randint(len(ids), (rows,), generator=draw)]
        words = chosen.shape[1] - 2  # its ends are none
        share = dice.uniform(*HIDDEN_SHARE)
        count = max(1, round(share * words))  # as many of every line: new sizes cost a compilation
        places = 1 + torch.rand(rows, words, generator=draw).topk(count, dim=1).indices
        hidden = torch.zeros(chosen.shape, dtype=torch.bool).scatter_(1, places, value=True)
        return chosen.to(self.device), hidden.to(self.device)

    def _rate(self, step: int) -> float:
        """Up in a line, and down in one."""
        share = step / self.recipe.steps
        return self.recipe.rate * max(LAST_OF_RATE, min(share / WARM_UP, 1 - share))

    def _save(self) -> None:
        tensors = {f"model {name}": one for name, one in self.model.named_parameters()}
        for place, one in enumerate(self.model.parameters()):
            state = self.optimizer.state.get(one, {})
            tensors |= {f"{moment} {place}": state[moment] for moment in MOMENTS if moment in state}
        header = {"recipe": asdict(self.recipe), "done": self.done, "time_s": self.time_s, "log": self.log}
        tensor_file.write(self.folder / LAST, tensors, header)

    def _resume(self, tensors: dict[str, Tensor], header: tensor_file.Header) -> None:
        if header.get("recipe") != asdict(self.recipe):
            raise PretrainingError(f"{self.folder} is of a pretraining by other settings: {header.get('recipe')}")
        try:
            with torch.no_grad():
                for place, (name, one) in enumerate(self.model.named_parameters()):
                    one.copy_(tensors[f"model {name}"])
                    moments = {key: tensors[f"{key} {place}"].to(self.device) for key in MOMENTS}
                    step = torch.tensor(float(header["done"]), device=self.device)  # fused, it is read there
                    self.optimizer.state[one] = {"step": step, **moments}
            self.done, self.time_s = int(header["done"]), float(header["time_s"])
            self.log = [Progress(*one) for one in header["log"]]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise PretrainingError(f"{self.folder / LAST}: nothing that can be gone on with: {error!r}") from error

    def _finish(self) -> None:
        """Write the model, and last of all what says that it is complete."""
        keep(self.model, self.tokenizer, self.folder)
        corpus = CORPORA[self.recipe.corpus]
        about: dict[str, Any] = {
            "name": self.recipe.name,
            "stands_in_for": corpus.stands_in_for,
            "corpus": corpus.title,
            "recipe": asdict(self.recipe),
            "parameters": self.parameters,
            "loss": self.log[-1].loss,
            "time_s": round(self.time_s, 1),
            "log": [one._asdict() for one in self.log],
            "torch": torch.__version__,
        }
        write_whole(self.folder / ABOUT, (json.dumps(about, indent=1) + "\n").encode())
        (self.folder / LAST).unlink(missing_ok=True)


def resumed(folder: Path, asked: dict[str, Any]) -> Recipe:
    """The recipe of the pretraining that was begun in a folder.

    Raises:  BadCheckpointError where there is none; PretrainingError if something else is asked for than it has.
    """
    if is_complete(folder):
        raise PretrainingError(f"{folder} is complete: there is nothing to go on with")
    _, header = tensor_file.read(folder / LAST)
    had = header.get("recipe") or {}
    for name, value in asked.items():
        if had.get(name) != value:
            raise PretrainingError(
                f"{folder} is a pretraining with {name} {had.get(name)}, and cannot go on with {value}"
            )
    try:
        return Recipe(**had)
    except (TypeError, ValueError) as error:
        raise PretrainingError(f"{folder / LAST}: no settings that can be read: {error}") from error


def _locked(folder: Path) -> FileLock:
    """A folder that nobody else pretrains into: the lock goes with the process that holds it.

    Raises:  PretrainingError if somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise PretrainingError(f"another process is pretraining into {folder}") from error
    return lock


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a model that was pretrained to the end."""
    return (folder / ABOUT).is_file()


def about(folder: Path) -> dict[str, Any]:
    """What a pretrained model says of itself.

    Raises:  PretrainingError if that cannot be read.
    """
    try:
        return dict(json.loads((folder / ABOUT).read_text(encoding="utf-8")).items())
    except (OSError, ValueError, AttributeError) as error:
        raise PretrainingError(f"{folder / ABOUT} cannot be read: {error}") from error


def _model(recipe: Recipe, pieces: int) -> Any:
    config = BertConfig(
        vocab_size=pieces, hidden_size=recipe.hidden, num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads, intermediate_size=4 * recipe.hidden, max_position_embeddings=POSITIONS,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return BertForMaskedLM(config)


def _by_length(rows: list[list[int]]) -> list[Tensor]:
    """Lines of one length together, the shortest first; those without a word are left out."""
    found: dict[int, list[list[int]]] = {}
    for row in rows:
        found.setdefault(len(row), []).append(row)
    return [torch.tensor(found[length]) for length in sorted(found) if 2 < length <= POSITIONS]

"""Pretraining of the small models: masked words of generated text, in minutes on two cores.

What is hidden is a tenth to a half of a line's words, a share drawn for every batch, and always behind [MASK]: lines are
short, and every one should ask something.
"""

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM

from impl import stepped
from impl.bert.corpora import CORPORA, lines
from impl.bert.quiet import keep
from impl.bert.tokens import learned
from impl.linear import quicken
from impl.machine import prepare
from impl.stepped import TrainingError

ABOUT = "pretraining.json"
POSITIONS, LEAST_ROWS = 64, 16
HIDDEN_SHARE = 0.1, 0.5  # of a batch's words, drawn for each
WARM_UP, LAST_OF_RATE = 0.05, 1e-3  # shares of the steps and of the rate


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


class Pretraining(stepped.Training[Recipe]):
    """A pretraining in a folder, as `impl.stepped` says."""

    about = ABOUT
    every = 50

    def prepared(self) -> tuple[Any, torch.optim.Optimizer]:
        """A model and the text that it reads."""
        recipe = self.recipe
        prepare(recipe.hidden, recipe.batch_tokens)
        text = lines(recipe.corpus, recipe.lines, recipe.seed)
        self.tokenizer = learned(text)
        self.by_length = _by_length(self.tokenizer(text)["input_ids"])
        model = _model(recipe, len(self.tokenizer)).to(self.device)
        if self.device == "cpu":
            quicken(model)
        return model, torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=0.01, fused=True)

    @property
    def parameters(self) -> int:
        """How many the encoder has, without the head that names hidden words."""
        return sum(one.numel() for one in self.model.bert.parameters())

    def step(self, number: int) -> Tensor:
        """Name the hidden words of one batch, and learn from it."""
        ids, hidden = self._batch(number)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(number)
        inputs = ids.masked_fill(hidden, self.tokenizer.mask_token_id)
        states = self.model.bert(input_ids=inputs).last_hidden_state
        logits = self.model.cls(states[hidden])  # of the words that are asked for, not of all
        loss = torch.nn.functional.cross_entropy(logits, ids[hidden])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
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

    def finish(self) -> dict[str, Any]:
        """Write the model and its tokenizer, as transformers reads them."""
        keep(self.model, self.tokenizer, self.folder)
        corpus = CORPORA[self.recipe.corpus]
        return {"stands_in_for": corpus.stands_in_for, "corpus": corpus.title, "parameters": self.parameters}


def resumed(folder: Path, asked: dict[str, Any]) -> Recipe:
    """The recipe of the pretraining that was begun in a folder.

    Raises:  BadCheckpointError where there is none; TrainingError if something else is asked for than it has.
    """
    return stepped.resumed(Pretraining, Recipe, folder, asked)


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a model that was pretrained to the end."""
    return (folder / ABOUT).is_file()


def about(folder: Path) -> dict[str, Any]:
    """What a pretrained model says of itself.

    Raises:  TrainingError if that cannot be read.
    """
    try:
        return dict(json.loads((folder / ABOUT).read_text(encoding="utf-8")).items())
    except (OSError, ValueError, AttributeError) as error:
        raise TrainingError(f"{folder / ABOUT} cannot be read: {error}") from error


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

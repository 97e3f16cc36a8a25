"""Training of the small CLIP on drawn scenes, in minutes on two cores: open_clip's model and loss.

Most scenes differ in colour, and a model that can tell colours has little left to learn from a batch at random. So a batch
is made of blocks whose scenes have the same two colours, most of them on the same two patterns: what tells those apart is
shape, number, size and place. And a third of the groups that a caption names have no colour, so that shapes have to be
known by themselves.
"""

from __future__ import annotations

import json
import math
import random
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import open_clip
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from impl import stepped
from impl.clip.drawn import gallery, scenes
from impl.clip.mini import shape, words
from impl.clip.mini.measured import measure
from impl.clip.weights import ABOUT, weights_in
from impl.machine import has_bfloat16, keep_memory, threads

WARM_UP = 100  # steps
MOST = math.log(100)  # of the logarithm of the logit scale, as CLIP has it
LONGEST_GRADIENT = 1.0
FRAMED = 1 / 4  # of the captions
COLOURS_A_BLOCK, PATTERNS_A_BLOCK = 2, 2
PATTERNED = 3 / 4  # of the blocks


@dataclass(frozen=True)
class Recipe:
    """A small CLIP, and how it is trained.

    Units:   `batch` pairs a step, in so many `blocks`; `rate` is the highest.
    Raises:  ValueError for sizes that fit no model.
    """

    seed: int = 0
    steps: int = 5000
    scenes: int = 40_000
    batch: int = 128
    blocks: int = 8
    rate: float = 1e-3
    decay: float = 0.1
    width: int = 16
    text_width: int = shape.WIDTH
    layers: int = 3

    def __post_init__(self) -> None:
        sizes = (self.steps, self.scenes, self.batch, self.blocks, self.width, self.text_width, self.layers)
        if min(sizes) < 1 or self.batch % self.blocks or self.text_width % shape.HEAD or self.scenes < self.batch:
            raise ValueError(
                f"sizes must be positive, blocks divide batch and {shape.HEAD} text_width, and scenes fill a batch; got {self}"
            )

    @property
    def name(self) -> str:
        """What the model is called."""
        return shape.NAME


QUICK = {"steps": 2000, "scenes": 15_000, "batch": 64, "blocks": 4}


class Training(stepped.Training[Recipe]):
    """A training in a folder, as `impl.stepped` says."""

    about = ABOUT
    every = 10

    def __init__(self, *given: Any, show: gallery.Show = lambda _, __: None, **options: Any) -> None:
        self._show = show
        super().__init__(*given, **options)

    def prepared(self) -> tuple[Any, torch.optim.Optimizer]:
        """A model, and the scenes that it sees."""
        recipe = self.recipe
        keep_memory()
        torch.set_num_threads(threads())
        self.folder.mkdir(parents=True, exist_ok=True)
        words.write(self.folder)
        self.tokenizer = words.tokenizer(self.folder)
        self.gallery = gallery.draw(recipe.scenes, recipe.seed, self._show)
        self.blocks = _Blocks(self.gallery.scenes)
        self.config = shape.config(width=recipe.width, text_width=recipe.text_width, layers=recipe.layers)
        model = shape.build(self.config, recipe.seed).to(self.device, memory_format=torch.channels_last)
        self.loss = open_clip.ClipLoss()
        self.normalise = shape.normalise(self.device)
        return model, _optimizer(model, recipe)

    @property
    def parameters(self) -> int:
        """How many it has."""
        return sum(one.numel() for one in self.model.parameters())

    def step(self, number: int) -> Tensor:
        """Tell the pictures of one batch by their captions, and learn from it."""
        pictures, tokens = self.batch(number)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(number)
        is_half = self.device != "cpu" or has_bfloat16()
        # The products of rows as short as captions are faster plainly than in blocks.
        plainly = sdpa_kernel(SDPBackend.MATH) if self.device == "cpu" else nullcontext()
        with plainly, torch.autocast(self.device, dtype=torch.bfloat16, enabled=is_half):
            found = self.model(self.normalise(pictures), tokens)
        loss: Tensor = self.loss(found["image_features"].float(), found["text_features"].float(), found["logit_scale"])
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LONGEST_GRADIENT)
        self.optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, MOST)
        return loss.detach()

    def batch(self, number: int) -> tuple[Tensor, Tensor]:
        """Pictures with the tokens of a caption each.

        Shapes:  uint8 [batch, 3, 64, 64] in channels_last; int64 [batch, length].
        """
        recipe = self.recipe
        dice = random.Random(f"{recipe.seed} {number}")  # noqa: S311 - a batch is no secret
        each = recipe.batch // recipe.blocks
        chosen = self.blocks.draw(recipe.blocks, each, dice)
        told = [scenes.told(self.gallery.scenes[place], dice) for place in chosen.tolist()]
        framed = [dice.choice(words.FRAMES).format(one) if dice.random() < FRAMED else one for one in told]
        tokens = torch.stack([self._tokens(one) for one in framed])
        pictures = self.gallery.pictures[chosen].contiguous(memory_format=torch.channels_last)
        return pictures.to(self.device), tokens.to(self.device)

    def finish(self) -> dict[str, Any]:
        """Write the model, as open_clip reads it, and measure it on what it has not seen."""
        shape.write(self.folder, self.config, self.model.state_dict())
        found = measure(weights_in(self.folder, device=self.device), self.recipe.seed)
        return {"stands_in_for": shape.STANDS_IN_FOR, "parameters": self.parameters, "measured": found}

    def _tokens(self, text: str) -> Tensor:
        """What the tokenizer makes of a text of known words, each of which it is asked but once."""
        pieces = [self.tokenizer.sot_token_id, *(piece for word in text.split() for piece in self._pieces(word))]
        pieces.append(self.tokenizer.eot_token_id)
        return torch.tensor([*pieces, *[0] * (words.LENGTH - len(pieces))])

    @cache  # noqa: B019 - a training lives as long as its process
    def _pieces(self, word: str) -> list[int]:
        return self.tokenizer.encode(word)

    def _rate(self, step: int) -> float:
        """Up in a line, and down along a cosine."""
        down = (1 + math.cos(math.pi * step / self.recipe.steps)) / 2
        return self.recipe.rate * min(1.0, (step + 1) / WARM_UP) * down


class _Blocks:
    """Which scenes have which colours on which patterns."""

    def __init__(self, of: list[scenes.Scene]) -> None:
        colours = [[colour in {group.colour for group in scene.groups} for colour in scenes.COLOURS] for scene in of]
        self.colours, self.patterns = (
            torch.tensor(colours),
            torch.tensor([scenes.PATTERNS.index(str(one.pattern)) for one in of]),
        )
        self.all = torch.arange(len(of))

    def draw(self, blocks: int, each: int, dice: random.Random) -> Tensor:
        """Blocks of scenes, none of them twice: another picture of its own caption would count as a wrong one."""
        free, chosen = torch.ones(len(self.all), dtype=torch.bool), []
        for _ in range(blocks):
            chosen.append(self._block(each, free, dice))
            free[chosen[-1]] = False
        return torch.cat(chosen)

    def _block(self, count: int, free: Tensor, dice: random.Random) -> Tensor:
        """So many free scenes of two colours, mostly on two patterns; any free ones, where too few are such."""
        others = dice.sample(range(len(scenes.COLOURS)), len(scenes.COLOURS) - COLOURS_A_BLOCK)
        fits = free & ~self.colours[:, others].any(dim=1)
        if dice.random() < PATTERNED:
            kept = torch.tensor(dice.sample(range(len(scenes.PATTERNS)), PATTERNS_A_BLOCK))
            fits &= torch.isin(self.patterns, kept)
        found = self.all[fits if int(fits.sum()) >= count else free]
        draw = torch.Generator().manual_seed(dice.getrandbits(63))
        return found[torch.randperm(len(found), generator=draw)[:count]]


def _optimizer(model: Any, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW that makes matrices smaller, and nothing else."""
    parameters = list(model.parameters())
    groups = [
        {"params": [one for one in parameters if one.ndim >= 2], "weight_decay": recipe.decay},
        {"params": [one for one in parameters if one.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98), fused=True)


def resumed(folder: Path, asked: dict[str, Any]) -> Recipe:
    """The recipe of the training that was begun in a folder.

    Raises:  BadCheckpointError where there is none; TrainingError if something else is asked for than it has.
    """
    return stepped.resumed(Training, Recipe, folder, asked)


def told(folder: Path) -> list[str]:
    """What a training came to, in sentences.

    Raises:  OSError; ValueError.
    """
    of = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    unseen, seen, hunt = (of["measured"][name] for name in ("unseen", "seen", "hunt"))
    return [
        f"Of {unseen['pictures']} pictures of a colour and a shape that never met in training, {unseen['both']:.1%} are named"
        f" right among 64 pairs (the colour {unseen['colour']:.1%}, the shape {unseen['shape']:.1%}); of pairs that did, {seen['both']:.1%}.",
        f"The caption of an unseen scene puts it first of {hunt['pictures']} in {hunt['first']:.1%}, among the first five in"
        f" {hunt['among_the_first_five']:.1%}.",
        f"{of['name']} is in {folder}, after {of['time_s']:.0f} s; it stands in for {of['stands_in_for']}.",
    ]

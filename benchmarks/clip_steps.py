"""Training steps of CLIP, the project's and the plain way's, of the same parameters and batches."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import open_clip
import torch
from torch import Tensor

from benchmarks import notebook_clip
from benchmarks.pair import OURS, Round
from impl.clip.mini import shape, training

if TYPE_CHECKING:
    from benchmarks.clip import ClipCase

SCENES = 2000  # that the small model's batches are drawn from
COMPARED = 3  # steps on one batch, before either way has a time
FIRST_STEP = training.WARM_UP  # from which on the rate is high enough that a wrong update is seen
NOISE_RATE = 1e-4  # of a model of any other size; the small one's is too high for a large one


def ready(case: ClipCase, kind: str) -> tuple[Round, list[float]]:
    """Steps, and the losses of a few on one batch. The plain way is handed its pictures prepared, and its tokens."""
    taught = _training(case)
    if kind == OURS:
        losses = [float(taught.step(FIRST_STEP)) for _ in range(COMPARED)]
        numbers = count(FIRST_STEP + 1)
        return lambda: [taught.step(next(numbers)) for _ in range(case.parts)], losses
    batches = [taught.batch(FIRST_STEP + number) for number in range(case.parts)]
    prepared = [(taught.normalise(pictures).cpu().contiguous(), tokens.cpu()) for pictures, tokens in batches]
    notebook = notebook_clip.Notebook(
        shape.build(case.config, 0),
        rate=taught._rate(FIRST_STEP),
        decay=taught.recipe.decay,
        longest_gradient=training.LONGEST_GRADIENT,
        most_scale=training.MOST,
        device=case.device,
    )
    losses = [notebook.step(*prepared[0]) for _ in range(COMPARED)]
    return lambda: [notebook.step(*one) for one in prepared], losses


class _OfNoise(training.Training):
    """The project's training of a model of any size, which sees noise, the same in every step."""

    def __init__(self, case: ClipCase, *given: Any, **options: Any) -> None:
        self.case = case
        super().__init__(*given, **options)

    def prepared(self) -> tuple[Any, torch.optim.Optimizer]:
        """The case's model, and a batch."""
        of, dice = self.case.config["text_cfg"], torch.Generator().manual_seed(0)
        self.loss, self.normalise = open_clip.ClipLoss(), shape.normalise(self.device)
        sides = (self.case.count, 3, self.case.side, self.case.side)
        pictures = torch.randint(256, sides, generator=dice, dtype=torch.uint8)
        self.pictures = pictures.contiguous(memory_format=torch.channels_last)
        self.tokens = torch.randint(of["vocab_size"], (self.case.count, of["context_length"]), generator=dice)
        model = shape.build(self.case.config, 0).to(self.device, memory_format=torch.channels_last)
        return model, training._optimizer(model, self.recipe)

    def batch(self, number: int) -> tuple[Tensor, Tensor]:
        """The one that there is."""
        return self.pictures.to(self.device), self.tokens.to(self.device)


def _training(case: ClipCase) -> training.Training:
    """The project's training; of the small model as it is trained here, with fewer scenes to draw its batches from."""
    with TemporaryDirectory() as folder:
        if case.size != "mini":
            return _OfNoise(case, training.Recipe(batch=case.count, rate=NOISE_RATE), Path(folder), device=case.device)
        vision, text = case.config["vision_cfg"], case.config["text_cfg"]
        sizes = {"width": vision["width"], "text_width": text["width"], "layers": text["layers"]}
        recipe = training.Recipe(scenes=SCENES, batch=case.count, **sizes)
        return training.Training(recipe, Path(folder), device=case.device)

"""A training step as one CUDA graph: the same losses and parameters as step by step. Not run where there is no GPU."""

import pytest
import torch

from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
from spec.error import DIFFERENCE

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@needs_gpu
@pytest.mark.parametrize("model", ["decoder", "encoder-decoder"])
def test_graphs_train_as_steps_do(model: str) -> None:
    recipe = Recipe(model=model, hidden=16, layers=2, epochs=2)
    captured, plain = (Training(recipe, *load("small").split(0), "cuda") for _ in range(2))
    plain.update = plain._update
    for _ in range(2):
        ours, theirs = captured.epoch(), plain.epoch()
        assert abs(ours.train_loss - theirs.train_loss) <= 1000 * DIFFERENCE
        assert abs(ours.val_loss - theirs.val_loss) <= 1000 * DIFFERENCE

"""Steps and epochs as CUDA graphs: the same losses as operation by operation. Not run where there is no GPU."""

import pytest
import torch

from impl.graphs import Recorder
from impl.nmt import training
from impl.nmt.batches import Batch
from impl.nmt.pairs import Pairs, load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
from spec.error import TRAINED_ALIKE

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
RECIPES = [
    Recipe(model="decoder", hidden=16, layers=2, epochs=2),
    Recipe(model="encoder-decoder", hidden=16, layers=2, epochs=2),
    Recipe(name="best", hidden=16, layers=2, epochs=2),
]


@needs_gpu
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.name}-{recipe.model}")
def test_graphs_train_as_steps_do(recipe: Recipe) -> None:
    captured, plain = (Training(recipe, *load("small").split(0), "cuda") for _ in range(2))
    plain.graphs = None
    for one in (captured, plain):
        for module in one.learner.modules.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0  # a graph draws other numbers
    for _ in range(3):  # run, captured, replayed
        ours, theirs = captured.epoch(), plain.epoch()
        assert abs(ours.train_loss - theirs.train_loss) <= 100 * TRAINED_ALIKE  # updates of an epoch apart
        assert abs(ours.val_loss - theirs.val_loss) <= 100 * TRAINED_ALIKE
        assert abs(ours.words_right - theirs.words_right) <= 10 * TRAINED_ALIKE  # six words of 640


@needs_gpu
def test_a_batch_of_the_same_shape_is_replayed_with_its_own_words() -> None:
    here = Training(Recipe(hidden=16, layers=2), *load("small").split(0), "cuda")
    shapes = [batch.targets.shape for batch in here.train]
    same = [batch for batch in here.train if shapes.count(batch.targets.shape) > 2][:3]
    evaluate = Recorder().record_by_shape(lambda targets, *inputs: here.step.evaluate(Batch(inputs, targets)))
    with torch.inference_mode():
        for batch in [*same, *same]:
            loss, right = evaluate(batch.targets, *batch.inputs)
            expected, truly = here.step.evaluate(batch)
            assert abs(loss - expected) <= TRAINED_ALIKE
            assert right.tolist() == truly.tolist()


class Unrecorded:
    """A recorder that records nothing, for a machine without a GPU."""

    record = staticmethod(lambda function: function)
    record_by_shape = record


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.name}-{recipe.model}")
def test_what_would_be_recorded_is_what_is_done_elsewhere(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "Recorder", Unrecorded)
    recorded, plain = (Training(recipe, *Pairs("few", load("small").pairs[:200]).split(0)) for _ in range(2))
    recorded.graphs = recorded._recorded()
    for _ in range(2):
        assert recorded.epoch() == plain.epoch()
    assert torch.equal(recorded.updates([1, 0]), plain.updates([1, 0]))

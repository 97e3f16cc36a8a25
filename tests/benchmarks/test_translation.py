"""The notebook's way and the project's come to the same before either has a time."""

import pytest
import torch

from benchmarks import translation
from benchmarks.notebook import Notebook
from benchmarks.translation import TranslationCase
from impl.nmt.learner import build
from impl.nmt.machine import Plan
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_case_is_listed_twice_and_every_size_is(device: str) -> None:
    known = [case.id for case in translation.cases(device)]
    assert len(known) == len(set(known)) == 2 * 6 * 2 + 2 * 4 + {"cpu": 2 * 3, "cuda": 2 + 1}[device]
    assert {case.id for case in translation.cases(device, is_quick=True)} < set(known)


@pytest.mark.parametrize("model", ["decoder", "encoder-decoder"])
@pytest.mark.parametrize("what", ["step", "epoch", "decode"])
def test_both_ways_come_to_the_same(monkeypatch: pytest.MonkeyPatch, model: str, what: str) -> None:
    for name in ("plan", "plan_to_translate"):
        monkeypatch.setattr(translation, name, lambda *sizes: Plan(1, 1))
    monkeypatch.setattr(translation, "WORDS", 40)
    monkeypatch.setattr(translation, "TAUGHT", 1)
    case = TranslationCase("cpu", what, Recipe(model=model, hidden=16, layers=1))
    with torch.random.fork_rng():
        results = []
        for kind in (translation.THEIRS, translation.OURS):
            round_, result = case.ready(kind)
            round_()
            results.append(result)
        torch.set_grad_enabled(True)
    theirs, ours = results
    case.demand_agreement(ours, theirs)
    wrong = [one + 1.0 for one in ours] if what != "decode" else [f"{word}x" for word in ours]
    with pytest.raises(RuntimeError, match=r"losses are|words are the same"):
        case.demand_agreement(wrong, theirs)


def test_the_notebooks_model_has_the_same_parameters() -> None:
    recipe = Recipe(hidden=16, layers=1)
    notebook = Notebook(recipe, *load("small").split(0), "cpu")
    names = set(build(recipe).modules.state_dict())
    assert set(notebook.modules.state_dict()) == names  # attention of another class, with the same projections
    assert all(parameter.grad is None for parameter in notebook.modules.parameters())

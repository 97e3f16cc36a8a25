"""Fine-tuning: what learns and what does not, the notebook's schedule and decay, features computed once, reproducible."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import get_linear_schedule_with_warmup

from impl import linear, products
from impl.bert import arithmetic, finetuning, saved
from impl.bert.finetuning import FineTuning, Recipe, probabilities
from impl.bert.saved import FolderError
from impl.bert.tokens import TooLongError, encoded
from impl.bert.weights import Pretrained, bert_of, load
from spec.error import DIFFERENCE, TRAINED_ALIKE
from tests.impl.bert_models import bert, tokenizer

SPLIT = arithmetic.split(0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("weights") / "bert")


def pretrained(weights: Path, seed: int = 0) -> Pretrained:
    return load(str(weights), seed=seed, minis=weights)


def tuning(weights: Path, **how: Any) -> FineTuning:
    return FineTuning(pretrained(weights), SPLIT, Recipe(str(weights), **{"rate": 1e-2, **how}))


def test_a_model_learns(weights: Path) -> None:
    epochs = list(tuning(weights, epochs=8))
    assert epochs[-1].train_loss < 0.6 * epochs[0].train_loss
    assert epochs[-1].accuracy > SPLIT.majority


def test_frozen_nothing_of_bert_moves(weights: Path) -> None:
    one = tuning(weights, freeze=True, epochs=2)
    before = copy.deepcopy(dict(one.model.named_parameters()))
    list(one)
    moved = {name for name, now in one.model.named_parameters() if not torch.equal(now, before[name])}
    assert moved == {"classifier.weight", "classifier.bias"}


def test_cached_features_train_as_bert_itself_does(weights: Path) -> None:
    """The model has no dropout, so that a frozen BERT run again for every batch gives what it gave."""
    cached, plain = tuning(weights, freeze=True), tuning(weights, freeze=True, as_notebook=True)
    assert plain.seen.pooled is None
    features = plain.seen.features(plain.model)
    cached.split, cached.rates, cached.unseen = plain.split, plain.rates, plain.unseen
    cached.seen = type(plain.seen)(plain.seen.tokens, plain.seen.labels, features)
    for ours, theirs in zip(cached, plain, strict=True):
        assert abs(ours.train_loss - theirs.train_loss) <= TRAINED_ALIKE
        assert abs(ours.val_loss - theirs.val_loss) <= TRAINED_ALIKE


def test_the_schedule_is_transformers_own(weights: Path) -> None:
    one = tuning(weights, epochs=3, rate=0.5)
    assert len(one.rates) == 60
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=6, num_training_steps=60)
    for rate in one.rates:
        assert abs(rate - schedule.get_last_lr()[0]) <= DIFFERENCE
        optimizer.step()
        schedule.step()


def test_biases_and_norms_do_not_decay_but_as_in_the_notebook(weights: Path) -> None:
    def decayed(**how: Any) -> set[str]:
        one = tuning(weights, **how)
        of = {id(p): group["weight_decay"] for group in one.optimizer.param_groups for p in group["params"]}
        assert len(of) == len(list(one.model.parameters()))
        return {name for name, p in one.model.named_parameters() if of[id(p)]}

    names = {name for name, _ in pretrained(weights).model.named_parameters()}
    assert decayed() == {name for name in names if "bias" not in name and "LayerNorm" not in name}
    assert decayed(as_notebook=True) == names


def test_as_in_the_notebook_a_part_of_what_is_seen_is_set_apart(weights: Path) -> None:
    one = tuning(weights, as_notebook=True)
    assert (len(one.split.seen), len(one.split.unseen)) == (448, 192)
    assert set(one.split.seen.sentences + one.split.unseen.sentences) == set(SPLIT.seen.sentences)


@pytest.mark.parametrize("as_notebook", [False, True])
def test_as_in_the_notebook_sentences_are_filled_up_to_seven(weights: Path, as_notebook: bool) -> None:
    words = [place for place, one in enumerate(SPLIT.seen.sentences) if "nineteen" not in one]  # which is in pieces
    split = arithmetic.Split(SPLIT.seen.part(words), SPLIT.unseen)
    one = FineTuning(pretrained(weights), split, Recipe("x", as_notebook=as_notebook, epochs=1))
    given: list[tuple[int, bool]] = []
    forward = one.model.forward
    one.model.forward = lambda **how: (
        given.append((how["input_ids"].shape[1], "attention_mask" in how)) or forward(**how)
    )
    one._train()
    assert set(given) == {(7 if as_notebook else 5, as_notebook)}


def test_weights_that_were_made_here_have_a_rate_of_their_own_wherever_they_are(weights: Path) -> None:
    small = replace(pretrained(weights), stands_in_for="another")
    assert FineTuning(small, SPLIT, Recipe("anywhere")).rate == 1e-3
    assert FineTuning(small, SPLIT, Recipe("anywhere", freeze=True)).rate == 1e-2
    assert FineTuning(small, SPLIT, Recipe("anywhere", as_notebook=True)).rate == 5e-5
    assert FineTuning(pretrained(weights), SPLIT, Recipe("mini-math")).rate == 5e-5


def test_a_seed_gives_the_same_again(weights: Path) -> None:
    def losses(seed: int) -> list[float]:
        return [
            epoch.train_loss
            for epoch in FineTuning(pretrained(weights, seed), SPLIT, Recipe("x", seed=seed, rate=1e-2))
        ]

    assert losses(1) == losses(1) != losses(2)


def test_padding_has_no_say(weights: Path) -> None:
    found = pretrained(weights)
    short, long = "one plus two", "nineteen minus nineteen"
    assert len(set(encoded(found.tokenizer, [short, long], most=32).lengths)) == 2
    together = probabilities(found, [short, long])
    alone = [probabilities(found, [sentence])[0] for sentence in (short, long)]
    assert abs(together - alone).max() <= 10 * DIFFERENCE


def test_a_sentence_that_is_too_long_is_named() -> None:
    with pytest.raises(TooLongError, match=r"'one one .*' has 12 tokens; the model takes 8"):
        encoded(tokenizer(), ["one", "one " * 10], most=8)


def test_too_few_sentences_make_no_batch(weights: Path) -> None:
    few = arithmetic.Split(SPLIT.seen.part([0, 1]), SPLIT.unseen)
    with pytest.raises(ValueError, match="2 sentences to train on make no batch of 32"):
        FineTuning(pretrained(weights), few, Recipe("x"))


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"rate": 2.0}])
def test_a_recipe_that_trains_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be positive|must lie between"):
        Recipe("x", **wrong)


def test_fast_layers_compute_what_plain_ones_do(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "prefers_onednn", lambda: True)
    monkeypatch.setattr(products, "LEAST", 0)
    monkeypatch.setattr(products, "LEAST_OF_COLUMNS", 0)
    plain, fast = pretrained(weights).model, pretrained(weights).model
    linear.quicken(fast)
    assert sum(isinstance(layer, linear.FastLinear) for layer in fast.modules()) == 2 * 6 + 2
    tokens = encoded(tokenizer(), SPLIT.seen.sentences[:32], most=32)
    losses = []
    for model in (plain, fast):
        _, loss = model(
            labels=torch.tensor(SPLIT.seen.labels[:32]), **tokens.batch(torch.arange(32), tokens.ids.shape[1])
        )
        loss.backward()
        losses.append(loss.item())
    assert abs(losses[0] - losses[1]) <= TRAINED_ALIKE
    for (name, a), b in zip(plain.named_parameters(), fast.parameters(), strict=True):
        assert (a.grad - b.grad).abs().max() <= 10 * DIFFERENCE * max(1.0, float(a.grad.abs().max())), name


def test_a_classifier_is_saved_whole_and_says_what_it_is(weights: Path, tmp_path: Path) -> None:
    one = tuning(weights, epochs=2)
    epochs = list(one)
    saved.save(tmp_path / "c", one, epochs, None)
    again = saved.classifier(tmp_path / "c")
    sentences = list(SPLIT.unseen.sentences)
    assert (probabilities(again, sentences) == probabilities(one.pretrained, sentences)).all()
    about = saved.about(tmp_path / "c")
    assert [epoch["accuracy"] for epoch in about["epochs"]] == [epoch.accuracy for epoch in epochs]
    assert about["majority"] == SPLIT.majority
    assert again.model.config.id2label == {0: "negative", 1: "zero", 2: "positive"}
    with pytest.raises(FolderError, match="is there already"):
        saved.save(tmp_path / "c", one, epochs, None)


def test_a_classifier_that_cannot_be_saved_leaves_nothing(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tuning(weights, epochs=1)
    monkeypatch.setattr(saved, "_told", lambda *_: {"a set is no JSON": {1}})
    with pytest.raises(TypeError):
        saved.save(tmp_path / "c", one, list(one), None)
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_classifier_is_none(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="holds no classifier"):
        saved.classifier(weights)
    with pytest.raises(FolderError, match="no such folder"):
        saved.classifier(tmp_path / "nothing")


def test_all_but_the_classifier_is_bert(weights: Path) -> None:
    model = pretrained(weights).model
    assert len(bert_of(model)) == len(list(model.parameters())) - 2


class Unrecorded:
    """A recorder that records nothing, for a machine without a GPU."""

    def __init__(self) -> None:
        self.shapes: list[torch.Size] = []

    def record_by_shape(self, function: Any) -> Any:
        return lambda tensor: (self.shapes.append(tensor.shape), function(tensor))[1]


def test_what_would_be_recorded_is_what_is_done_elsewhere(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Unrecorded()
    monkeypatch.setattr(finetuning, "Recorder", lambda: recorder)
    recorded, plain = tuning(weights, batch=48), tuning(weights, batch=48)
    recorded._step = recorded._recorded()
    assert [one[:4] for one in recorded] == [one[:4] for one in plain]
    assert set(recorder.shapes) == {torch.Size([48]), torch.Size([640 % 48])}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("freeze", [False, True])
def test_a_gpu_trains_as_a_cpu_does(weights: Path, freeze: bool) -> None:
    recipe = Recipe(str(weights), freeze=freeze, rate=1e-3)
    there, here = (FineTuning(pretrained(weights), SPLIT, recipe, device) for device in ("cuda", "cpu"))
    for ours, theirs in zip(there, here, strict=True):
        assert abs(ours.train_loss - theirs.train_loss) <= 30 * TRAINED_ALIKE  # bfloat16's three digits


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_an_epoch_on_a_gpu_waits_for_nothing(weights: Path) -> None:
    one = FineTuning(pretrained(weights), SPLIT, Recipe(str(weights), epochs=4), "cuda")
    list(zip(one, range(2), strict=False))  # run, and captured
    losses: list[torch.Tensor] = []
    step = one._step
    one._step = lambda *given: losses.append(step(*given)) or losses[-1]
    torch.cuda.set_sync_debug_mode("error")
    try:
        for chosen in torch.arange(64, device="cuda").split(32):
            one._set_rate(1e-5)
            one._step(chosen, one.seen.tokens.ids.shape[1])
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.stack(losses).isfinite().all()

"""Pretraining in a folder: it learns, goes on to the same numbers, is whole or not there, and is read by transformers."""

import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from transformers import AutoModelForMaskedLM, AutoTokenizer

from impl.bert import pretraining, several
from impl.bert.pretraining import Pretraining, Recipe
from impl.stepped import LAST, Progress, TrainingError
from impl.tensor_file import BadCheckpointError

TINY = Recipe("math", steps=8, hidden=16, layers=1, heads=2, lines=400, batch_tokens=96)


@pytest.fixture(autouse=True)
def _every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretraining.Pretraining, "every", 1)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def parameters(folder: Path) -> dict[str, torch.Tensor]:
    return dict(AutoModelForMaskedLM.from_pretrained(folder).named_parameters())


def test_it_learns_and_transformers_reads_it(tmp_path: Path) -> None:
    run = Pretraining(
        Recipe("math", steps=60, hidden=16, layers=1, heads=2, lines=400, rate=1e-2), tmp_path / "mini-math"
    )
    log = list(run)
    assert log[-1].loss < 0.8 * log[0].loss
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "mini-math")
    assert tokenizer.tokenize("Seven is less than nine") == ["seven", "is", "less", "than", "nine"]
    assert tokenizer.decode(tokenizer("two")["input_ids"]) == "[CLS] two [SEP]"
    assert set(parameters(tmp_path / "mini-math")) == {name for name, _ in run.model.named_parameters()}
    about = pretraining.about(tmp_path / "mini-math")
    assert about["stands_in_for"] == "tbs17/MathBERT"
    assert about["parameters"] == run.parameters == sum(p.numel() for p in run.model.bert.parameters())
    assert not (tmp_path / "mini-math" / LAST).exists()


def test_one_that_is_stopped_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = list(Pretraining(TINY, tmp_path / "whole"))
    stopped = Pretraining(TINY, tmp_path / "stopped")
    steps = iter(stopped)
    assert [next(steps).step for _ in range(3)] == [1, 2, 3]
    steps.close()
    resumed = list(Pretraining(TINY, tmp_path / "stopped", resume=True))
    assert [one.loss for one in resumed] == [one.loss for one in whole[3:]]
    there, here = parameters(tmp_path / "whole"), parameters(tmp_path / "stopped")
    assert all(torch.equal(there[name], here[name]) for name in there)


def test_an_interrupt_waits_for_the_step_and_saves(tmp_path: Path) -> None:
    run = Pretraining(TINY, tmp_path / "run")
    step = run.step
    run.step = lambda number: (os.kill(os.getpid(), signal.SIGINT), step(number))[1]
    with pytest.raises(KeyboardInterrupt):
        list(run)
    assert run.done == 1
    assert not pretraining.is_complete(tmp_path / "run")
    assert [one.step for one in Pretraining(TINY, tmp_path / "run", resume=True)][:2] == [1, 2]  # what was not yet told


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    list(Pretraining(TINY, tmp_path / "run"))
    with pytest.raises(TrainingError, match="holds a model already"):
        Pretraining(TINY, tmp_path / "run")
    with pytest.raises(BadCheckpointError, match="no such file"):
        Pretraining(TINY, tmp_path / "elsewhere", resume=True)


def test_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    steps = iter(Pretraining(TINY, tmp_path / "run"))
    next(steps)
    steps.close()
    assert pretraining.resumed(tmp_path / "run", {"corpus": "math", "steps": 8}) == TINY
    with pytest.raises(TrainingError, match="with steps 8, and cannot go on with 9"):
        pretraining.resumed(tmp_path / "run", {"steps": 9})
    with pytest.raises(TrainingError, match="other settings"):
        Pretraining(Recipe("math", steps=9, hidden=16), tmp_path / "run", resume=True)


@pytest.mark.parametrize("wrong", [{"corpus": "poems"}, {"steps": 0}, {"hidden": 15}])
def test_a_recipe_that_fits_no_model_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"got|no corpus"):
        Recipe(**{"corpus": "math", "heads": 2, **wrong})


def test_a_batch_hides_words_and_no_ends(tmp_path: Path) -> None:
    run = Pretraining(TINY, tmp_path / "run")
    for step in range(20):
        ids, hidden = run._batch(step)
        assert not hidden[:, 0].any()
        assert not hidden[:, -1].any()
        assert hidden.any(dim=1).all()
        assert (ids != run.tokenizer.pad_token_id).all()
        assert torch.equal(ids, run._batch(step)[0])


def test_two_are_pretrained_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "cores", lambda: 2)
    recipes = [(TINY, tmp_path / "a"), (Recipe(**{**TINY.__dict__, "corpus": "chatter"}), tmp_path / "b")]
    seen: list[tuple[str, Progress]] = []
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(several.os, "kill", lambda *whom: killed.append(whom))
    several.pretrain(recipes, device="cpu", show=lambda recipe, progress: seen.append((recipe.name, progress)))
    assert {name for name, _ in seen} == {"mini-math", "mini-chatter"}
    assert not killed  # interrupted at its end, a process that is through would tell its own traceback
    list(Pretraining(TINY, tmp_path / "alone"))
    there, here = parameters(tmp_path / "a"), parameters(tmp_path / "alone")
    assert all(torch.equal(there[name], here[name]) for name in there)


def test_one_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "cores", lambda: 2)
    (tmp_path / "a").write_text("a file where a folder is wanted")
    with pytest.raises(TrainingError, match=r"mini-math: .*a"):
        several.pretrain([(TINY, tmp_path / "a"), (TINY, tmp_path / "b")], device="cpu", show=lambda *_: None)


def test_a_folder_has_one_pretraining_at_a_time(tmp_path: Path) -> None:
    first = Pretraining(TINY, tmp_path / "run")
    with pytest.raises(TrainingError, match="another process is training into"):
        Pretraining(TINY, tmp_path / "run")
    list(first)
    with pytest.raises(TrainingError, match="holds a model already"):
        Pretraining(TINY, tmp_path / "run")


def test_what_is_being_finished_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Pretraining(TINY, tmp_path / "run")
    save = run.model.save_pretrained
    monkeypatch.setattr(run.model, "save_pretrained", lambda to: (os.kill(os.getpid(), signal.SIGINT), save(to)))
    with pytest.raises(KeyboardInterrupt):
        list(run)
    assert pretraining.is_complete(tmp_path / "run")


def test_what_cannot_be_written_at_the_end_can_be_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Pretraining(TINY, tmp_path / "run")

    def full(_: Path) -> None:
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(run.model, "save_pretrained", full)
    with pytest.raises(OSError, match=r"cannot be written.*No space"):
        list(run)
    del run
    assert list(Pretraining(TINY, tmp_path / "run", resume=True)) == []
    assert pretraining.is_complete(tmp_path / "run")
    with pytest.raises(TrainingError, match="nothing to go on with"):
        pretraining.resumed(tmp_path / "run", {})


def test_one_that_is_stopped_after_its_last_step_has_only_to_be_finished(tmp_path: Path) -> None:
    run = Pretraining(TINY, tmp_path / "run")
    steps = iter(run)
    losses = [next(steps).loss for _ in range(TINY.steps)]
    steps.close()
    assert not pretraining.is_complete(tmp_path / "run")
    assert list(Pretraining(TINY, tmp_path / "run", resume=True)) == []  # nobody holds its folder, and no step is left
    assert pretraining.about(tmp_path / "run")["loss"] == losses[-1]

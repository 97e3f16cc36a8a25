"""Training of the small CLIP: it learns, goes on to the same numbers, and leaves a folder that open_clip reads."""

import json
import math
import os
import random
import shutil
import signal
from functools import partial
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from safetensors.torch import load_file

from impl import stepped
from impl.clip.drawn import scenes
from impl.clip.drawn.drawing import picture
from impl.clip.mini import measured, shape, training
from impl.clip.mini.training import Recipe, Training
from impl.clip.weights import weights_in
from impl.stepped import LAST, TrainingError
from impl.tensor_file import BadCheckpointError
from tests.impl.clip_models import recipe


@pytest.fixture(autouse=True)
def _soon_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is told, and the end measures little."""
    monkeypatch.setattr(Training, "every", 1)
    monkeypatch.setattr(training, "measure", partial(measured.measure, each=1, count=12))


def parameters(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / shape.WEIGHTS)


def are_equal(one: Path, other: Path) -> bool:
    there, here = parameters(one), parameters(other)
    return there.keys() == here.keys() and all(torch.equal(there[name], here[name]) for name in there)


def test_it_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sixteen scenes that it sees again and again: in the end it tells them apart, whatever the seed is."""
    monkeypatch.setattr(training, "WARM_UP", 5)
    losses = [one.loss for one in Training(recipe(steps=60, rate=1e-2, scenes=16), tmp_path)]
    assert len(losses) == 60
    assert sum(losses[-10:]) / 10 < 0.85 * math.log(16) < sum(losses[:5]) / 5  # which is what guessing costs


def told(folder: Path) -> list[tuple[int, float]]:
    """The log of a training that is complete."""
    return [(one["step"], one["loss"]) for one in json.loads((folder / training.ABOUT).read_text())["log"]]


@pytest.mark.parametrize("every", [1, 3])
def test_one_that_is_interrupted_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """After any step, the last one too, and between two reports."""
    monkeypatch.setattr(Training, "every", every)
    list(Training(recipe(), tmp_path / "whole"))
    for last in range(recipe().steps):
        stopped = Training(recipe(), folder := tmp_path / f"stopped-{last}")
        step = stopped.step
        stopped.step = lambda n, last=last, step=step: (n == last and os.kill(os.getpid(), signal.SIGINT), step(n))[1]
        with pytest.raises(KeyboardInterrupt):
            list(stopped)
        assert (stopped.done, (folder / shape.WEIGHTS).exists()) == (last + 1, False)
        list(Training(recipe(), folder, resume=True))
        assert told(folder) == told(tmp_path / "whole")
        assert are_equal(tmp_path / "whole", folder)
        assert not (folder / LAST).exists()


def test_one_that_fails_within_a_step_goes_on_from_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails has seen its pictures already, which norms over a batch count."""
    monkeypatch.setattr(stepped, "SAVE_EVERY_S", 0.0)
    list(Training(recipe(), tmp_path / "whole"))
    run = Training(recipe(), tmp_path / "failed")
    loss = run.loss
    run.loss = lambda *given: loss(*given) if run.done < 2 else 1 / 0
    with pytest.raises(ZeroDivisionError):
        list(run)
    list(Training(recipe(), tmp_path / "failed", resume=True))
    assert are_equal(tmp_path / "whole", tmp_path / "failed")


def test_one_that_is_killed_goes_on_from_its_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process that is killed leaves is what lies there while another goes on."""
    monkeypatch.setattr(stepped, "SAVE_EVERY_S", 0.0)
    steps = iter(run := Training(recipe(), tmp_path / "run"))
    assert [next(steps).step for _ in range(3)] == [1, 2, 3]
    shutil.copytree(tmp_path / "run", tmp_path / "killed")
    assert len(list(steps)) == run.recipe.steps - 3
    assert [one.step for one in Training(recipe(), tmp_path / "killed", resume=True)] == [3, 4]
    assert are_equal(tmp_path / "run", tmp_path / "killed")


def test_one_that_fails_at_its_first_step_is_begun_again(tmp_path: Path) -> None:
    run = Training(recipe(), tmp_path)

    def fail(_: int) -> torch.Tensor:
        raise MemoryError

    run.step = fail
    with pytest.raises(MemoryError):
        list(run)
    assert len(list(Training(recipe(), tmp_path))) == 4


def test_a_model_is_not_written_over(tmp_path: Path) -> None:
    list(Training(recipe(), tmp_path / "run"))
    with pytest.raises(TrainingError, match="holds a model already"):
        Training(recipe(), tmp_path / "run")
    with pytest.raises(TrainingError, match="nothing to go on with"):
        training.resumed(tmp_path / "run", {})
    with pytest.raises(BadCheckpointError, match="no such file"):
        training.resumed(tmp_path / "elsewhere", {})


def test_a_training_does_not_go_on_by_other_settings(tmp_path: Path) -> None:
    steps = iter(Training(recipe(), tmp_path))
    next(steps)
    steps.close()
    assert training.resumed(tmp_path, {"steps": 4, "scenes": 64}) == recipe()
    with pytest.raises(TrainingError, match="steps 4, and cannot go on with 5"):
        training.resumed(tmp_path, {"steps": 5})
    with pytest.raises(TrainingError, match="other settings"):
        Training(recipe(seed=1), tmp_path, resume=True)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"scenes": -1}, {"batch": 15}, {"text_width": 33}, {"width": 0}], ids=str
)
def test_sizes_that_fit_no_model_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="got Recipe"):
        recipe(**wrong)


def test_open_clip_itself_reads_the_folder(tmp_path: Path) -> None:
    run = Training(recipe(), tmp_path)
    list(run)
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")
    here = dict(run.model.named_parameters())
    there = dict(model.named_parameters())
    assert here.keys() == there.keys()
    assert all(torch.equal(here[name], there[name]) for name in here)
    assert repr(transform) == repr(weights_in(tmp_path).transform)
    tokens = open_clip.get_tokenizer(f"local-dir:{tmp_path}", bpe_path=str(tmp_path / training.words.FILE))
    assert torch.equal(tokens(["a red ring"])[0], run._tokens("a red ring"))


def test_what_is_said_of_it_was_measured(tmp_path: Path) -> None:
    run = Training(recipe(), tmp_path)
    log = list(run)
    about = json.loads((tmp_path / training.ABOUT).read_text())
    assert about["measured"] == measured.measure(weights_in(tmp_path), 0, each=1, count=12)
    assert about["measured"]["unseen"]["pictures"] == 8
    assert about["measured"]["hunt"]["pictures"] == 12
    assert about["parameters"] == sum(one.numel() for one in run.model.parameters())
    assert (about["loss"], about["recipe"]["steps"]) == (log[-1].loss, 4)
    said = " ".join(training.told(tmp_path))
    assert f"{about['measured']['hunt']['first']:.1%}" in said
    assert "stands in for ViT-B-32:openai" in said


def test_pictures_are_prepared_as_open_clip_does() -> None:
    dice = random.Random(0)
    drawn = [picture(scenes.draw(dice), dice) for _ in range(4)]
    whole = image_transform_v2(PreprocessCfg(**shape.preprocessing()), is_train=False)
    pixels = torch.from_numpy(np.stack([np.asarray(one) for one in drawn])).permute(0, 3, 1, 2)
    mine, theirs = shape.normalise("cpu")(pixels), torch.stack([whole(one) for one in drawn])
    assert (mine - theirs).abs().max() <= 8 * torch.finfo(torch.float32).eps


def test_scenes_of_a_block_have_two_colours_at_most() -> None:
    dice = random.Random(1)
    drawn = [scenes.draw(dice, unseen=False) for _ in range(4000)]
    blocks = training._Blocks(drawn)
    patterns = set()
    for _ in range(40):
        block = [drawn[place] for place in blocks.draw(1, 16, dice).tolist()]
        assert len({one.caption for one in block}) > 8
        assert len({group.colour for one in block for group in one.groups}) <= training.COLOURS_A_BLOCK
        patterns.add(len({one.pattern for one in block}) <= training.PATTERNS_A_BLOCK)
    assert patterns == {False, True}


def test_where_no_scenes_are_alike_a_block_is_of_any() -> None:
    dice = random.Random(2)
    drawn = [scenes.draw(dice) for _ in range(16)]
    assert sorted(training._Blocks(drawn).draw(2, 8, dice).tolist()) == list(range(16))


def test_no_scene_is_twice_in_a_batch() -> None:
    dice = random.Random(3)
    blocks = training._Blocks([scenes.draw(dice, unseen=False) for _ in range(300)])
    for _ in range(20):
        assert len(set(blocks.draw(8, 16, dice).tolist())) == 128


def test_a_batch_that_scenes_do_not_fill_is_refused() -> None:
    with pytest.raises(ValueError, match="scenes fill a batch"):
        recipe(scenes=15)


def test_the_scale_of_logits_stays_below_a_hundred(tmp_path: Path) -> None:
    run = Training(recipe(), tmp_path)
    with torch.no_grad():
        run.model.logit_scale.fill_(9.0)
    run.step(0)
    assert bool(run.model.logit_scale.detach() <= torch.tensor(training.MOST))


def test_a_batch_is_its_numbers_alone_and_its_captions_are_true(tmp_path: Path) -> None:
    run = Training(recipe(), tmp_path)
    pictures, tokens = run.batch(3)
    again, other = run.batch(3), run.batch(4)
    assert torch.equal(pictures, again[0])
    assert torch.equal(tokens, again[1])
    assert not torch.equal(tokens, other[1])
    assert pictures.shape == (16, 3, 64, 64)
    known = {one.numpy().tobytes(): scene for one, scene in zip(run.gallery.pictures, run.gallery.scenes, strict=True)}
    for shown, one in zip(pictures, tokens, strict=True):
        scene = known[shown.contiguous().numpy().tobytes()]
        said = run.tokenizer.decode(one[1 : one.tolist().index(run.tokenizer.eot_token_id)].tolist()).strip()
        assert torch.equal(run.tokenizer([said])[0], one)
        assert not any(f"{colour} {kind}" in said for colour, kind in scenes.UNSEEN)
        words, shows = set(said.split()), {word for group in scene.groups for word in (group.colour, group.size)}
        assert words & {*scenes.COLOURS, *scenes.SIZES} <= shows
        assert words & set(scenes.PATTERNS) <= {scene.pattern}


def test_the_rate_rises_and_falls_to_nothing(tmp_path: Path) -> None:
    run = Training(recipe(steps=400), tmp_path)
    rates = [run._rate(step) for step in range(400)]
    highest = rates.index(max(rates))
    assert 0 < highest <= training.WARM_UP
    assert rates == sorted(rates[:highest]) + sorted(rates[highest:], reverse=True)
    assert max(rates) <= run.recipe.rate
    assert rates[-1] < run.recipe.rate / 100


def test_a_recipe_of_its_own_has_the_sizes_that_are_told() -> None:
    of = Recipe()
    model = shape.build(shape.config(width=of.width, text_width=of.text_width, layers=of.layers), 0)
    assert 1_000_000 < sum(one.numel() for one in model.parameters()) < 5_000_000  # a few millions

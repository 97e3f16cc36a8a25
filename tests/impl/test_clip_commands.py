"""The commands of section 5, as a user gives them: on a model that was trained for no time."""

import json
import os
import re
import signal
from pathlib import Path

import open_clip
import pytest
import torch

from impl.clip.folder import computing
from impl.clip.folder.decoding import read
from impl.clip.mini.training import Training
from impl.clip.weights import load
from impl.stepped import LAST
from spec.error import ROW_SUM
from tests.impl.clip_commands import specimen, written
from tests.impl.clip_models import clip, furthest

pytestmark = pytest.mark.usefixtures("clip_here")


def test_a_training_is_told_and_leaves_a_model() -> None:
    code, said = specimen("train", "clip", "--steps", "2", "--seed", "1", "--out", "other")
    assert code == 0, said
    assert re.search(r"mini-clip: [\d,]+ parameters, 64 scenes, cpu", said)
    assert "is in other" in said
    assert "stands in for ViT-B-32:openai" in said
    assert json.loads(Path("other/training.json").read_text())["recipe"]["seed"] == 1
    open_clip.create_model("local-dir:other")
    code, said = specimen("train", "clip", "--quick", "--scenes", "16", "--out", "quick")
    assert code == 0, said
    recipe = json.loads(Path("quick/training.json").read_text())["recipe"]
    assert (recipe["steps"], recipe["scenes"]) == (3, 16)


def test_an_interrupted_training_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Training.step
    with monkeypatch.context() as patch:
        patch.setattr(
            Training, "step", lambda self, number: (os.kill(os.getpid(), signal.SIGINT), step(self, number))[1]
        )
        code, said = specimen("train", "clip", "--out", "new")
    assert code == 130
    assert "--resume --out new" in said
    assert Path("new", LAST).exists()
    assert specimen("train", "clip", "--out", "new", "--resume", "--steps", "9")[0] == 2
    code, said = specimen("train", "clip", "--out", "new", "--resume", "--steps", "4")
    assert code == 0, said
    assert "is in new" in said


def test_similarity_is_of_the_first_scenes() -> None:
    code, said = specimen("similarity", "--count", "3")
    assert code == 0, said
    found = written("similarity")
    assert found["stands_in_for"] == "ViT-B-32:openai"
    assert "stands in for ViT-B-32:openai" in said
    captions = json.loads(Path("runs/scenes/captions.json").read_text())["captions"]
    assert found["texts"] == [captions[name] for name in found["names"]] == list(captions.values())[:3]
    encoder = load()
    pictures = encoder.encode_images([read(Path("runs/scenes") / name) for name in found["names"]])
    rows = encoder.encode_texts(found["texts"]) @ pictures.T  # a caption each
    assert furthest(torch.tensor(found["similarities"]), rows) <= ROW_SUM["float32"]
    assert found["sentence"] in said


def test_similarity_takes_captions_from_a_file_or_from_names() -> None:
    assert specimen("similarity", "--images", "pictures", "--template", "a {}!", "--out", "one")[0] == 0
    assert written("similarity", "one")["texts"] == [f"a {number}!" for number in (0, 2, 4, 1, 3)]
    Path("pictures/captions.json").write_text(json.dumps({"a_label/2.png": "a $star$", "none.png": "gone"}))
    assert specimen("similarity", "--images", "pictures", "--out", "two")[0] == 0
    assert written("similarity", "two")["texts"] == ["a $star$"]
    Path("elsewhere.json").write_text(json.dumps({"captions": {"b_label/1.png": "a ring", "a_label/0.png": "two"}}))
    assert specimen("similarity", "--images", "pictures", "--captions", "elsewhere.json")[0] == 0
    assert written("similarity")["texts"] == ["two", "a ring"]
    few = ("similarity", "--images", "pictures", "--captions", "elsewhere.json", "--count", "1")
    assert specimen(*few)[0] == 0
    assert written("similarity")["texts"] == ["two"]


def test_zero_shot_says_how_likely_each_label_is() -> None:
    code, said = specimen("zero-shot", "pictures/a_label/0.png", "--labels", "a red ring, a blue star,nothing,")
    assert code == 0, said
    found = written("zero-shot")
    assert found["labels"] == ["a red ring", "a blue star", "nothing"]
    assert 0.999 < sum(found["probabilities"]) < 1.001
    assert all(label in said for label in found["labels"])
    assert "█" in said
    assert specimen("zero-shot", "pictures/a_label/0.png", "--labels", "a,b", "--weights", "runs/mini-clip")[0] == 0


def test_prompts_are_measured_on_scenes_and_on_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impl.clip.labelled.EACH", 1)
    code, said = specimen("prompts")
    assert code == 0, said
    assert re.search(r"a photo of a \{\} +\d+/64 ", said)
    assert "pictures of 64 labels" in said
    code, said = specimen("prompts", "--images", "pictures")
    assert code == 0, said
    assert "5 pictures of 2 labels" in said


def test_a_hunt_places_the_target() -> None:
    captions = json.loads(Path("runs/scenes/captions.json").read_text())["captions"]
    code, said = specimen("hunt", "--target", "003.png", "--caption", captions["003.png"])
    assert code == 0, said
    assert "12 pictures; 12 encoded now, 0 before" in said
    found = written("hunt")
    assert (found["of"], found["target"], found["true_caption"]) == (12, "003.png", captions["003.png"])
    assert len(found["best"]) == 9
    assert "drawn by" not in said
    code, said = specimen("hunt", "--target", "runs/scenes/003.png", "--caption", "something else")
    assert code == 0, said
    assert "0 encoded now, 12 before" in said
    assert f'drawn by "{captions["003.png"]}"' in said


def test_a_search_says_how_it_came_to_its_caption() -> None:
    Path("words").write_text("red\nring\nblue\nstar\n")
    code, said = specimen("hunt", "--target", "003.png", "--search", "--words", "words")
    assert code == 0, said
    trail = written("hunt")["trail"]
    assert trail["rounds"][0]["tried"] == 4
    assert written("hunt")["caption"] == trail["rounds"][-1]["caption"]
    assert re.search(r"It was (easy|hard|neither|not managed)", said)


def test_a_search_on_a_stand_in_tries_its_own_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impl.clip.captions.BEAM", 1)
    code, said = specimen("hunt", "--target", "pictures/a_label/0.png", "--search", "--images", "pictures")
    assert code == 0, said
    found = written("hunt")
    assert found["trail"]["rounds"][0]["tried"] == 3 * 8 * 8
    assert found["true_caption"] is None
    assert found["target"] == "a_label/0.png"


def test_pictures_that_are_broken_are_named_and_left_out() -> None:
    Path("pictures/broken.png").write_bytes(b"no picture")
    Path("pictures/empty.jpg").write_bytes(b"")
    code, said = specimen("hunt", "--target", "a_label/0.png", "--caption", "a ring", "--images", "pictures")
    assert code == 0, said
    assert "left out: broken.png is no picture" in said
    assert "left out: empty.jpg is empty" in said
    assert written("hunt")["of"] == 5


def test_an_interrupted_hunt_keeps_what_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "BATCH", 4)
    encoded: list[int] = []

    def show(self: object, name: str, done: int, total: int, said: str = "") -> None:
        encoded.append(done) if name == "computing" else None
        if encoded and encoded[-1] == 8:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("impl.bars.Bars.look", show)
        code, said = specimen("hunt", "--target", "003.png", "--caption", "a ring")
    assert (code, "are kept" in said) == (130, True)
    assert "4 encoded now, 8 before" in specimen("hunt", "--target", "003.png", "--caption", "a ring")[1]


def test_weights_of_a_folder_that_stand_in_for_nothing_are_not_said_to() -> None:
    clip(Path("weights"))
    code, said = specimen("similarity", "--count", "2", "--weights", "weights")
    assert code == 0, said
    assert "stands in" not in said
    assert written("similarity")["stands_in_for"] is None

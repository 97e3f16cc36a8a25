"""The experiment of section 4: runs that are kept, numbers that follow from them, sentences that follow from the numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from impl.bert import experiment as runs
from impl.bert import findings, pretraining
from impl.bert.arithmetic import WORDS, DataError, verbal_arithmetic
from impl.bert.experiment import Experiment
from impl.bert.told import told
from impl.bert.weights import WeightsError, load
from spec.error import DIFFERENCE
from tests.impl.bert_models import bert

SENTENCES, LABELS = verbal_arithmetic()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Path, list[dict[str, Any]], dict[str, float]]:
    """Two models that were not pretrained, fine-tuned with two seeds."""
    folder = tmp_path_factory.mktemp("experiment")
    names = tuple(str(bert(folder / name, seed=seed)) for seed, name in enumerate(("one", "other")))
    experiment = Experiment(weights=names, seeds=2, epochs=1)
    results = runs.run(experiment, folder / "out", device="cpu", show=lambda _: None)
    return experiment, folder / "out", results, runs.notebook_times(experiment, folder / "out", device="cpu")


def test_every_arm_is_run_with_every_seed(tiny: Any) -> None:
    _, folder, results, times = tiny
    assert [(one["arm"], one["seed"]) for one in results] == [
        (arm, seed)
        for arm in ("one", "one frozen", "one frozen, 10 epochs", "other", "other frozen")
        for seed in (0, 1)
    ]
    assert len(list((folder / "runs").iterdir())) == 10
    assert times["tuned"] > times["frozen"] > 0


def test_runs_that_are_there_are_not_repeated(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, folder, results, _ = tiny
    monkeypatch.setattr(runs, "result", lambda *_: pytest.fail("a run was repeated"))
    assert runs.run(experiment, folder, device="cpu", show=lambda _: None) == results


def test_other_settings_are_another_run(tiny: Any) -> None:
    experiment, folder, results, _ = tiny
    path = folder / "runs" / "one-s0.json"
    kept = path.read_text()
    path.write_text(json.dumps({**json.loads(kept), "key": "of something else", "accuracy": 2.0}))
    again = runs.run(experiment, folder, device="cpu", show=lambda _: None)
    assert again[0]["accuracy"] == results[0]["accuracy"]
    path.write_text("no JSON")
    with pytest.raises(ValueError, match="no result of a run"):
        runs.run(experiment, folder, device="cpu", show=lambda _: None)
    path.write_text(kept)


def test_what_is_unseen_is_what_the_split_says(tiny: Any) -> None:
    experiment, _, results, _ = tiny
    for one in results:
        split = experiment.split(one["seed"])
        assert {SENTENCES[place] for place in one["unseen"]} == set(split.unseen.sentences)
        said = np.array(one["probabilities"]).argmax(axis=1)
        right = np.mean([said[place] == LABELS[place] for place in one["unseen"]])
        assert abs(right - one["accuracy"]) <= DIFFERENCE


def test_findings_and_sentences_come_of_it(tiny: Any) -> None:
    experiment, _, results, times = tiny
    found = findings.found(experiment, results, times)
    json.dumps(found, allow_nan=False)
    answers = told(found)
    assert list(answers) == ["4.2", "4.3", "4.4", "4.5", "notes"]
    assert not any("stands in" in note for note in answers["notes"])
    assert "without a pooler" in " ".join(answers["notes"])


def test_an_interval_is_students() -> None:
    of = findings.interval([0.9, 0.94, 0.92, 0.96, 0.93])
    assert abs(of["mean"] - 0.93) <= DIFFERENCE
    assert abs(of["high"] - of["mean"] - 2.776445 * 0.02236068 / 5**0.5) <= DIFFERENCE
    same = findings.interval([0.5, 0.5])
    assert (same["low"], same["high"]) == (0.5, 0.5)


def result(arm: str, seed: int, wrong: set[str], unseen: set[str]) -> dict[str, Any]:
    """A run that is wrong on some sentences: it says the next class."""
    said = [(label + (sentence in wrong)) % 3 for sentence, label in zip(SENTENCES, LABELS, strict=True)]
    return {
        "arm": arm, "seed": seed, "labels": LABELS, "probabilities": np.eye(3)[said].tolist(),
        "unseen": [SENTENCES.index(one) for one in unseen], "longer": [2] * runs.LONG_SENTENCES,
    }  # fmt: skip


def test_examples_are_of_what_no_run_has_seen() -> None:
    unseen = {"two minus one", "one minus two", "one minus one"}
    by_arm = {
        "a": [result("a", 0, {"one minus one"}, unseen)],
        "b": [result("b", 0, {"one minus one", "two minus one"}, unseen)],
        "c": [result("c", 0, {"one minus one", "two minus one", "three plus three"}, unseen)],
    }
    of = findings._examples(by_arm)
    assert of["unseen"] == 3 + len(set(runs.long_sentences()))
    assert [row["sentence"] for row in of["alone"]["a"]["shown"]] == ["two minus one"]
    assert of["alone"]["b"]["count"] == of["alone"]["c"]["count"] == 0
    assert "one minus one" in [row["sentence"] for row in of["none"]["shown"]]
    assert "three plus three" not in json.dumps(of)


def test_errors_are_told_by_class_and_by_how_close_they_were() -> None:
    unseen = {"two minus one", "one minus nine", "one minus one"}
    run = [result("a", 0, {"two minus one", "one minus nine", "five plus five"}, unseen)]
    assert findings._close_errors(run) == {"wrong": 2, "close": 1}
    assert [(one["count"], one["right"]) for one in findings._by_class(run)] == [(1, 0), (1, 1), (1, 0)]


def test_a_map_has_the_operators_apart() -> None:
    of = findings._map([result("a", 0, {"three minus five"}, {"three minus five"}), result("a", 1, set(), set())])
    assert np.argwhere(np.array(of["wrong"])).tolist() == [[1, 3, 5]]
    assert of["wrong"][1][3][5] == 0.5
    assert np.argwhere(np.array(of["unseen"])).tolist() == [[1, 3, 5]]
    assert (of["truth"][1][3][5], of["said"][1][3][5]) == (0, 1)


def test_numbers_that_lie_in_a_line_have_a_correlation_of_one(tmp_path: Path) -> None:
    found = load(str(bert(tmp_path / "model")), seed=0, minis=tmp_path)
    table = found.model.get_input_embeddings().weight
    assert abs(runs.number_line(found)) < 0.5
    with torch.no_grad():
        for number, word in enumerate(WORDS[:-1]):
            table[found.tokenizer.convert_tokens_to_ids(word)] = float(number)
        first, *others = found.tokenizer(WORDS[-1], add_special_tokens=False)["input_ids"]
        assert found.tokenizer.convert_ids_to_tokens(first) == "nine"
        table[sorted(set(others))] = (19.0 * (1 + len(others)) - 9.0) / len(others)  # so that the mean is 19
    assert abs(runs.number_line(found) - 1.0) <= DIFFERENCE


@pytest.mark.parametrize("wrong", [{"weights": ("a",)}, {"weights": ("a", "a")}, {"seeds": 1}, {"epochs": 0}])
def test_an_experiment_that_compares_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="got"):
        Experiment(**wrong)


def test_only_small_weights_that_are_not_there_are_pretrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[Any] = []
    monkeypatch.setattr(runs, "pretrain", lambda recipes, **_: asked.extend(recipes))
    there = runs.RUNS / "mini-math"
    there.mkdir(parents=True)
    (there / pretraining.ABOUT).write_text("{}")
    runs.prepare(Experiment(), tmp_path / "out", device="cpu", show=lambda *_: None)
    assert [(recipe.corpus, folder) for recipe, folder in asked] == [("chatter", runs.RUNS / "mini-chatter")]
    asked.clear()
    runs.prepare(Experiment(quick=True), tmp_path / "out", device="cpu", show=lambda *_: None)
    assert [(r.corpus, r.steps, f) for r, f in asked] == [
        ("math", runs.QUICK_STEPS, tmp_path / "out" / "mini-math"),
        ("chatter", runs.QUICK_STEPS, tmp_path / "out" / "mini-chatter"),
    ]


def test_what_is_not_there_is_told_before_anything_is_pretrained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "pretrain", lambda *_, **__: pytest.fail("something was pretrained"))
    for wrong, error in (({"data": "nowhere"}, DataError), ({"weights": ("mini-math", "nothing")}, WeightsError)):
        with pytest.raises(error, match=r"no such file|nothing is none of"):
            runs.prepare(Experiment(**wrong), tmp_path, device="cpu", show=lambda *_: None)


def test_weights_that_are_not_there_end_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nothing is none of"):
        runs.run(Experiment(weights=("nothing", "other")), tmp_path, device="cpu", show=lambda _: None)


def test_two_weights_of_one_name_are_told_apart_by_their_owners() -> None:
    names = [arm.name for arm in Experiment(weights=("a/bert", "b/bert", "c/other")).arms()]
    assert names == [
        "a/bert", "a/bert frozen", "a/bert frozen, 30 epochs", "b/bert", "b/bert frozen", "other", "other frozen",
    ]  # fmt: skip
    assert len({runs._file_name(name) for name in names}) == len(names)


def test_a_model_that_says_two_things_as_often_says_neither() -> None:
    unseen = {"two minus one"}
    twice = [result("a", 0, set(), unseen), result("a", 1, unseen, unseen)]
    assert findings._said(twice, SENTENCES, runs.long_sentences())["two minus one"] is None
    of = findings._examples({"a": twice, "b": [result("b", 0, unseen, unseen)]})
    assert "two minus one" in [row["sentence"] for row in of["none"]["shown"]]

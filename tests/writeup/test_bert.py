"""Section 4 on paper: figures hold the numbers of the findings, tables name the baseline, and stand-ins are named everywhere."""

import copy
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from rich.console import Console

from impl.bert import experiment as runs
from impl.bert import findings
from impl.bert.arithmetic import verbal_arithmetic
from impl.bert.experiment import Experiment
from impl.bert.told import told
from writeup.bert import curves, maps, tables, write

SENTENCES, LABELS = verbal_arithmetic()
ROLES = {"mini-math": "tbs17/MathBERT", "mini-chatter": "vinai/bertweet-base"}
EXPERIMENT = Experiment(seeds=3)


def result(arm: runs.Arm, seed: int) -> dict[str, Any]:
    """A run that gets a share of sentences wrong: frozen more, and chatter more."""
    dice = np.random.default_rng([seed, len(arm.name)])
    share = 0.04 + 0.1 * arm.freeze + 0.02 * (arm.weights == "mini-chatter")
    said = (np.array(LABELS) + (dice.random(len(LABELS)) < share)) % 3
    unseen = [SENTENCES.index(one) for one in EXPERIMENT.split(seed).unseen.sentences]
    accuracy = float((said == LABELS)[unseen].mean())
    epoch = {
        "train_loss": 0.5,
        "val_loss": 0.4,
        "accuracy": accuracy,
        "time_s": 0.2 - 0.19 * arm.freeze,
        "evaluation_s": 0.1,
    }
    return {
        "arm": arm.name, "weights": arm.weights, "seed": seed, "freeze": arm.freeze, "rate": 1e-3,
        "stands_in_for": ROLES[arm.weights], "pretrained_steps": 6000, "pretrained_loss": 0.9, "parameters": 1_072_947, "classifier_parameters": 435, "number_line": 0.5,
        "new": ["classifier.bias", "pooler.dense.bias"], "majority": 0.7, "features_s": 0.05 * arm.freeze,
        "epochs": [{"epoch": n, **epoch} for n in range(1, arm.epochs + 1)], "accuracy": accuracy,
        "accuracy_on_seen": 0.99, "accuracy_on_longer": 0.8, "unseen": unseen, "labels": LABELS,
        "probabilities": np.eye(3)[said].tolist(), "longer": [2] * runs.LONG_SENTENCES,
    }  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    results = [result(arm, seed) for arm in EXPERIMENT.arms() for seed in range(EXPERIMENT.seeds)]
    numbers = findings.found(EXPERIMENT, results, {"tuned": 0.3, "frozen": 0.1})
    return {**numbers, "answers": told(numbers)}


def words(drawn: Figure) -> str:
    return "\n".join(text.get_text() for text in drawn.findobj(Text))


def printed(found: dict[str, Any], folder: Path) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    write(found, folder, console)
    return " ".join(console.export_text().split())


def test_stand_ins_are_named_in_every_report(found: dict[str, Any], tmp_path: Path) -> None:
    reports = [printed(found, tmp_path), words(curves.draw(found)), words(maps.draw(found)), tables.as_csv(found)]
    for report in reports:
        for role in ROLES.values():
            assert role in report
    assert "stands in for" in reports[0]


def test_what_stands_in_for_nothing_is_not_said_to(found: dict[str, Any], tmp_path: Path) -> None:
    real = copy.deepcopy(found)
    for arm in real["arms"]:
        arm["stands_in_for"] = None
    real["answers"] = told(real)
    for report in (printed(real, tmp_path), words(curves.draw(real)), words(maps.draw(real))):
        assert "stands in" not in report


def test_accuracy_stands_beside_the_majority(found: dict[str, Any], tmp_path: Path) -> None:
    said = printed(found, tmp_path)
    for arm in found["arms"]:
        of = arm["accuracy"]
        assert f"{100 * of['mean']:.1f} % {100 * of['low']:.1f} to {100 * min(of['high'], 1):.1f} 70.0 %" in said


def test_all_is_written(found: dict[str, Any], tmp_path: Path) -> None:
    printed(found, tmp_path)
    names = {"curves.svg", "curves.png", "errors.svg", "errors.png", "accuracy.csv", "predictions.csv", "findings.json"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_curves_are_the_means(found: dict[str, Any]) -> None:
    losses, accuracies = curves.draw(found).axes
    drawn = [list(line.get_ydata()) for line in accuracies.lines]
    shown = [arm for arm in found["arms"] if "30 epochs" not in arm["name"]]
    assert len(losses.lines) == len(shown) == 4
    for arm in shown:
        assert [100 * one for one in arm["curves"]["accuracy"]["mean"]] in drawn
    assert [100 * found["arms"][0]["majority"]] * 2 in drawn


def test_a_map_has_a_cross_where_a_model_is_wrong(found: dict[str, Any]) -> None:
    drawn = maps.draw(found)
    axes = drawn.axes[: 2 * len(found["maps"])]
    for column, of in enumerate(found["maps"].values()):
        for row in range(2):
            panel = axes[row * len(found["maps"]) + column]
            crosses = {(int(a), int(b)) for one in panel.collections for b, a in one.get_offsets()}
            wrong = np.argwhere(np.array(of["said"][row]) != np.array(of["truth"][row]))
            assert crosses == {(int(a), int(b)) for a, b in wrong}
            assert (np.array(panel.images[0].get_array()) == np.array(of["said"][row])).all()


def test_predictions_are_all_800_of_every_model(found: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(tables.predictions(found))))
    assert len(rows) == 800 * len(found["maps"])
    truth = dict(zip(SENTENCES, (("negative", "zero", "positive")[one] for one in LABELS), strict=True))
    assert all(row["truth"] == truth[row["sentence"]] for row in rows)
    assert sum(row["unseen"] == "True" for row in rows) == 160 * len(found["maps"])


def gap(mean: float, half: float) -> dict[str, Any]:
    return {"mean": mean, "low": mean - half, "high": mean + half, "each": []}


def test_sentences_follow_the_numbers(found: dict[str, Any]) -> None:
    said = told(found)
    assert "3.0 times as long" in said["4.3"][0]
    other = copy.deepcopy(found)
    other["differences"] |= {"frozen": gap(0.01, 0.02), "longer": gap(0.05, 0.2)}
    other["arms"][1]["accuracy"]["mean"] = other["arms"][0]["accuracy"]["mean"] + 0.01
    frozen = " ".join(told(other)["4.3"])
    assert "1.0 points more (-1.0 to +3.0, so it may be none)" in frozen
    assert "More time does not help" in frozen
    assert "has to make do" not in frozen
    other["differences"] |= {"frozen": gap(-0.05, 0.01), "longer": gap(0.01, 0.005)}
    frozen = " ".join(told(other)["4.3"])
    assert "has to make do" in frozen
    assert "Part of it is time" in frozen


def test_a_difference_is_that_of_the_numbers_beside_it(found: dict[str, Any]) -> None:
    """0.93125 and 0.81875 are shown as 93.1 and 81.9."""
    other = copy.deepcopy(found)
    tuned, frozen, _, second, _ = other["arms"]
    tuned["accuracy"]["mean"], frozen["accuracy"]["mean"], second["accuracy"]["mean"] = 0.93125, 0.81875, 0.81875
    other["differences"] |= {"frozen": gap(-0.1125, 0.01), "second": gap(-0.1125, 0.01)}
    said = told(other)
    assert "right, 11.2 points less (-12.2 to -10.2) than mini-math" in said["4.4"][0]
    assert "right, 11.2 points less (-12.2 to -10.2) than fine-tuned" in " ".join(said["4.3"])


@pytest.mark.parametrize(
    ("difference", "lines", "says"),
    [
        (gap(-0.05, 0.01), (0.9, 0.1), "mini-math begins with an order of numbers that mini-chatter has to learn"),
        (gap(0.05, 0.01), (0.1, 0.9), "mini-chatter begins with an order of numbers that mini-math has to learn"),
        (gap(0.05, 0.01), (0.9, 0.1), "the order of numbers is not what makes the difference"),
        (gap(-0.05, 0.01), (0.9, 0.8), "the order of numbers is not what makes the difference"),
        (gap(-0.05, 0.1), (0.9, 0.1), "these runs do not tell the two apart"),
    ],
)
def test_the_reason_fits_the_difference(
    found: dict[str, Any], difference: dict[str, Any], lines: tuple[float, float], says: str
) -> None:
    other = copy.deepcopy(found)
    other["differences"]["second"] = difference
    for arm in other["arms"]:
        arm["number_line"] = lines[arm["weights"] == "mini-chatter"]
    assert says in " ".join(told(other)["4.4"])

"""What the runs of the experiment come to: means with intervals, differences, maps of errors, examples."""

import statistics
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from impl.bert import arithmetic
from impl.bert.arithmetic import CLASSES, SIGNS, WORDS
from impl.bert.experiment import Experiment, Result, long_sentences

LEVEL = 0.95
SHOWN = 6  # examples of a kind
Found = dict[str, Any]


def interval(values: Sequence[float]) -> dict[str, Any]:
    """A mean over seeds with its interval, by Student's quantile.

    Edges:   values that are all the same have an interval of no length.
    """
    mean, count = statistics.fmean(values), len(values)
    half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * statistics.stdev(values) / count**0.5
    return {"mean": mean, "low": mean - half, "high": mean + half, "each": list(values)}


def found(experiment: Experiment, results: Sequence[Result], notebook_s: dict[str, float]) -> Found:
    """All numbers of an experiment; the arms in their order."""
    by_arm = {arm.name: [one for one in results if one["arm"] == arm.name] for arm in experiment.arms()}
    names = list(by_arm)
    second = next(a.name for a in experiment.arms() if a.weights == experiment.weights[1] and not a.freeze)
    tuned, frozen, longer = names[:3]
    return {
        "seeds": experiment.seeds,
        "level": LEVEL,
        "quick": experiment.quick,
        "data": "the course's split" if experiment.data else "the 800 sentences, split by the seed",
        "names": {"tuned": tuned, "frozen": frozen, "longer": longer, "second": second},
        "arms": [_arm(name, runs) for name, runs in by_arm.items()],
        "differences": {
            "frozen": _difference(by_arm[frozen], by_arm[tuned]),
            "longer": _difference(by_arm[longer], by_arm[frozen]),
            "second": _difference(by_arm[second], by_arm[tuned]),
        },
        "notebook_s": notebook_s,
        "maps": {name: _map(runs) for name, runs in by_arm.items()},
        "examples": _examples({name: by_arm[name] for name in (tuned, frozen, second)}),
        "longer_majority": _commonest([arithmetic.label(one) for one in long_sentences()]),
        "words": WORDS,
        "classes": CLASSES,
    }


def _commonest(labels: Sequence[int]) -> float:
    """The share of the class that is commonest."""
    return labels.count(statistics.mode(labels)) / len(labels)


def _arm(name: str, runs: Sequence[Result]) -> Found:
    first = runs[0]
    kept = (
        "weights", "freeze", "rate", "stands_in_for", "pretrained_steps", "pretrained_loss", "parameters",
        "classifier_parameters", "new",
    )  # fmt: skip
    epochs = [[epoch[key] for key in ("train_loss", "val_loss", "accuracy")] for run in runs for epoch in run["epochs"]]
    curves = np.array(epochs).reshape(len(runs), -1, 3)

    def over_seeds(key: str) -> dict[str, Any]:
        return interval([run[key] for run in runs])

    return {
        "name": name,
        **{key: first[key] for key in kept},
        "accuracy": over_seeds("accuracy"),
        "accuracy_on_seen": over_seeds("accuracy_on_seen"),
        "accuracy_on_longer": over_seeds("accuracy_on_longer"),
        "majority": statistics.fmean(run["majority"] for run in runs),
        "number_line": first["number_line"],
        "by_class": _by_class(runs),
        "close_errors": _close_errors(runs),
        "epoch_s": statistics.median(epoch["time_s"] for run in runs for epoch in run["epochs"]),
        "features_s": statistics.median(run["features_s"] for run in runs),
        "training_s": statistics.median(
            run["features_s"] + sum(epoch["time_s"] for epoch in run["epochs"]) for run in runs
        ),
        "curves": {
            key: {"mean": curves[:, :, i].mean(0).tolist(), "low": curves[:, :, i].min(0).tolist(),
                  "high": curves[:, :, i].max(0).tolist()}
            for i, key in enumerate(("train_loss", "val_loss", "accuracy"))
        },
    }  # fmt: skip


def _by_class(runs: Sequence[Result]) -> list[Found]:
    """Of every class, how many unseen sentences of all runs there are, and how many are right."""
    labels, said, unseen = _unseen(runs)
    return [
        {
            "class": name,
            "count": int((of := unseen & (labels == number)).sum()),
            "right": int((of & (said == labels)).sum()),
        }
        for number, name in enumerate(CLASSES)
    ]


def _close_errors(runs: Sequence[Result]) -> Found:
    """Of the unseen sentences of all runs that are wrong, how many come to -1, 0 or 1."""
    labels, said, unseen = _unseen(runs)
    values = np.array(
        [a + SIGNS[operator] * b for operator, a, b in product(SIGNS, range(len(WORDS)), range(len(WORDS)))]
    )
    wrong = unseen & (said != labels)
    return {"wrong": int(wrong.sum()), "close": int((wrong & (np.abs(values) <= 1)).sum())}


def _unseen(runs: Sequence[Result]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Truth, answers, and what is unseen, of all runs: [sentences] and twice [runs, sentences]."""
    said = np.array([np.array(run["probabilities"]).argmax(axis=1) for run in runs])
    unseen = np.zeros_like(said, dtype=bool)
    for of, run in zip(unseen, runs, strict=True):
        of[run["unseen"]] = True
    return np.array(runs[0]["labels"]), said, unseen


def _difference(runs: Sequence[Result], others: Sequence[Result]) -> Found:
    """Of two arms on the same splits, seed by seed."""
    return interval([a["accuracy"] - b["accuracy"] for a, b in zip(runs, others, strict=True)])


def _map(runs: Sequence[Result]) -> Found:
    """What the first seed's model says of every sum, and how many of all seeds' are wrong.

    Shapes:  said, unseen, wrong [operators, left, right].
    """
    shape = len(SIGNS), len(WORDS), len(WORDS)
    labels, said, unseen = _unseen(runs)
    return {
        "operators": list(SIGNS),
        "truth": labels.reshape(shape).tolist(),
        "said": said[0].reshape(shape).tolist(),
        "unseen": unseen[0].reshape(shape).tolist(),
        "wrong": (said != labels).mean(axis=0).reshape(shape).tolist(),
    }


def _examples(by_arm: dict[str, list[Result]]) -> Found:
    """Sentences on which one model alone is right, and on which none is, among those that no run has seen.

    Edges:   of a sentence of the task, the runs count to which it is unseen; a model says what more of them say than anything
             else, and nothing where two answers are as frequent.
    """
    sentences, labels = arithmetic.verbal_arithmetic()
    longer = long_sentences()
    truths = dict(zip([*sentences, *longer], [*labels, *map(arithmetic.label, longer)], strict=True))
    said = {name: _said(runs, sentences, longer) for name, runs in by_arm.items()}
    common = [one for one in truths if all(one in of for of in said.values())]

    def chosen(holds: Callable[[dict[str, bool]], bool]) -> list[Found]:
        rows = []
        for sentence in common:
            right = {name: of[sentence] == truths[sentence] for name, of in said.items()}
            if holds(right):
                answers = {name: "?" if (one := of[sentence]) is None else CLASSES[one] for name, of in said.items()}
                rows.append({"sentence": sentence, "truth": CLASSES[truths[sentence]], "said": answers})
        return rows

    alone = {name: chosen(lambda right, name=name: right[name] and sum(right.values()) == 1) for name in said}  # type: ignore[misc]
    none = chosen(lambda right: not any(right.values()))
    return {
        "unseen": len(common),
        "longer": sum(sentence in set(longer) for sentence in common),
        "alone": {name: {"count": len(rows), "shown": rows[:SHOWN]} for name, rows in alone.items()},
        "none": {"count": len(none), "shown": none[:SHOWN]},
    }


def _said(runs: Sequence[Result], sentences: list[str], longer: list[str]) -> dict[str, int | None]:
    """What most runs say of sentences that they have not seen."""
    votes: dict[str, list[int]] = {}
    for run in runs:
        answers: NDArray[np.int64] = np.array(run["probabilities"]).argmax(axis=1)
        for place in run["unseen"]:
            votes.setdefault(sentences[place], []).append(int(answers[place]))
        for sentence, answer in zip(longer, run["longer"], strict=True):
            votes.setdefault(sentence, []).append(answer)
    commonest = {sentence: statistics.multimode(given) for sentence, given in votes.items()}
    return {sentence: modes[0] if len(modes) == 1 else None for sentence, modes in commonest.items()}

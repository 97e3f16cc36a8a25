"""Section 4 as an experiment: models fine-tuned and frozen, on two kinds of pretraining, over several splits.

Every run is kept in a file of its own, and one that is there with the same settings on the same weights is not repeated.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from impl.bert import arithmetic, pretraining
from impl.bert.arithmetic import SIGNS, WORDS, Split
from impl.bert.finetuning import FineTuning, Recipe, probabilities
from impl.bert.several import Show, pretrain
from impl.bert.weights import MINI, NotPretrainedError, Pretrained, folder_of, load
from impl.whole_file import write_whole

RUNS = Path("runs")
WEIGHTS = ("mini-math", "mini-chatter")
SEEDS, EPOCHS, QUICK_STEPS = 5, 3, 2000
LONGER = 10  # times as many epochs, to see whether a frozen model's classifier had come to its end
LONG_SENTENCES = 400  # of three numbers, which nothing is trained on
Result = dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """One way to a classifier."""

    name: str
    weights: str
    freeze: bool = False
    epochs: int = EPOCHS

    def recipe(self, seed: int) -> Recipe:
        """How it is fitted with a seed."""
        return Recipe(self.weights, freeze=self.freeze, epochs=self.epochs, seed=seed)


@dataclass(frozen=True)
class Experiment:
    """What is run: arms, as often as there are seeds. `data` is a folder of the course's files, None its sentences split by
    the seed.
    """

    weights: tuple[str, ...] = WEIGHTS
    seeds: int = SEEDS
    epochs: int = EPOCHS
    data: str | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        if len(self.weights) < 2 or len(set(self.weights)) < len(self.weights):
            raise ValueError(f"two weights at least, each once, are compared; got {', '.join(self.weights)}")
        if self.seeds < 2 or self.epochs < 1:
            raise ValueError(f"an interval takes two seeds, and training an epoch; got {self.seeds} and {self.epochs}")

    def arms(self) -> list[Arm]:
        """Each of the weights fine-tuned and frozen; the first also frozen for longer."""
        found = [
            Arm(f"{self.short(name)}{' frozen' if freeze else ''}", name, freeze, self.epochs)
            for name in self.weights
            for freeze in (False, True)
        ]
        first = self.weights[0]
        longer = Arm(f"{self.short(first)} frozen, {LONGER * self.epochs} epochs", first, True, LONGER * self.epochs)
        return [*found[:2], longer, *found[2:]]

    def split(self, seed: int) -> Split:
        """What is seen and what is not."""
        return arithmetic.split(seed) if self.data is None else arithmetic.read(Path(self.data))

    def short(self, name: str) -> str:
        """A name without its owner, where that is enough to tell it from the others."""
        shorts = [Path(one).name for one in self.weights]
        return name if shorts.count(Path(name).name) > 1 else Path(name).name

    def minis(self, folder: Path) -> Path:
        """Where the small weights are: where other commands have them, or with a quick experiment, for which they are made."""
        return folder if self.quick else RUNS


def prepare(experiment: Experiment, folder: Path, *, device: str, show: Show) -> None:
    """Pretrain the small weights that are asked for and not there.

    Raises:  as `pretrain`; WeightsError; DataError.
    """
    experiment.split(0)  # data and weights that are not there are told before anything is made
    minis = experiment.minis(folder)
    for name in experiment.weights:
        with suppress(NotPretrainedError):
            folder_of(name, minis=minis)
    wanted = [name for name in experiment.weights if name in MINI and not pretraining.is_complete(minis / name)]
    settings = {"steps": QUICK_STEPS} if experiment.quick else {}
    recipes = [(pretraining.Recipe(name.removeprefix("mini-"), **settings), minis / name) for name in wanted]
    pretrain(recipes, device=device, show=show)


def run(experiment: Experiment, folder: Path, *, device: str, show: Callable[[str], None]) -> list[Result]:
    """All results, of every arm with every seed; `show` is told which comes next.

    Raises:  WeightsError; DataError; TooLongError; OSError.
    """
    minis = experiment.minis(folder)
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    results = []
    for arm, seed in product(experiment.arms(), range(experiment.seeds)):
        show(f"{arm.name}, seed {seed}")
        split = experiment.split(seed)
        key = {
            "recipe": asdict(arm.recipe(seed)), "weights_sha256": _digest(folder_of(arm.weights, minis=minis)),
            "data": _of(split), "device": device, "torch": torch.__version__,
        }  # fmt: skip
        path = folder / "runs" / f"{_file_name(arm.name)}-s{seed}.json"
        found = _kept(path, key)
        if found is None:
            pretrained = load(arm.weights, seed=seed, minis=minis)
            told = made(folder_of(arm.weights, minis=minis))
            found = {"key": key, "arm": arm.name, **told, **result(pretrained, split, arm.recipe(seed), device)}
            write_whole(path, json.dumps(found).encode())
        results.append(found)
    return results


def made(folder: Path) -> Result:
    """How weights that were pretrained here were."""
    told = pretraining.about(folder) if pretraining.is_complete(folder) else {}
    return {"pretrained_steps": told.get("recipe", {}).get("steps"), "pretrained_loss": told.get("loss")}


def notebook_times(experiment: Experiment, folder: Path, *, device: str) -> dict[str, float]:
    """What an epoch takes with the notebook's settings on the first weights, fine-tuned and frozen.

    Units:   seconds for as many sentences as are seen here.
    Raises:  as `run`.
    """
    found = {}
    for name, arm in zip(("tuned", "frozen"), experiment.arms(), strict=False):
        split = experiment.split(0)
        recipe = replace(arm.recipe(0), as_notebook=True, epochs=2)
        tuning = FineTuning(load(arm.weights, seed=0, minis=experiment.minis(folder)), split, recipe, device)
        *_, last = tuning
        found[name] = last.time_s * len(split.seen) / len(tuning.split.seen)
    return found


def result(pretrained: Pretrained, split: Split, recipe: Recipe, device: str) -> Result:
    """A run: a classifier fitted to a split, and what it then says of all sentences.

    Raises:  TooLongError.
    """
    line = number_line(pretrained)  # before it is trained
    tuning = FineTuning(pretrained, split, recipe, device)
    epochs = list(tuning)
    sentences, labels = arithmetic.verbal_arithmetic()
    longer = long_sentences()
    said, said_of_longer = (probabilities(pretrained, one, device) for one in (sentences, longer))
    truth = np.array([arithmetic.label(one) for one in longer])
    return {
        "weights": recipe.weights, "seed": recipe.seed, "freeze": recipe.freeze, "rate": tuning.rate,
        "stands_in_for": pretrained.stands_in_for, "parameters": pretrained.parameters,
        "classifier_parameters": sum(one.numel() for one in pretrained.model.classifier.parameters()),
        "new": list(pretrained.new),
        "number_line": line, "majority": split.majority, "features_s": tuning.features_s,
        "epochs": [one._asdict() for one in epochs], "accuracy": epochs[-1].accuracy,
        "accuracy_on_seen": tuning.judged(tuning.seen)[1],
        "accuracy_on_longer": float((said_of_longer.argmax(axis=1) == truth).mean()),
        "unseen": sorted(set(map(sentences.index, set(split.unseen.sentences) & set(sentences)))),
        "probabilities": said.round(4).tolist(), "labels": labels,
        "longer": said_of_longer.argmax(axis=1).tolist(),
    }  # fmt: skip


def number_line(pretrained: Pretrained) -> float:
    """How far the embeddings of number words lie in a line: the rank correlation of their distances with the numbers'.

    Edges:   of a word in pieces, the mean of the pieces; before any fine-tuning this is what pretraining has taught.
    """
    table = pretrained.model.get_input_embeddings().weight.detach().cpu().double().numpy()
    rows = pretrained.tokenizer([f" {word}" for word in WORDS], add_special_tokens=False)["input_ids"]
    vectors = np.array([table[row].mean(axis=0) for row in rows])
    pairs = np.triu_indices(len(WORDS), 1)
    distances = np.linalg.norm(vectors[pairs[0]] - vectors[pairs[1]], axis=1)
    ranks = [np.unique(one, return_inverse=True)[1] for one in (distances, np.abs(pairs[0] - pairs[1]))]
    return float(np.corrcoef(*map(_mean_ranks, ranks))[0, 1])


def _mean_ranks(dense: Any) -> Any:
    """Ranks in which equal ones share their mean."""
    counts = np.bincount(dense)
    return (np.cumsum(counts) - (counts - 1) / 2)[dense]


def long_sentences() -> list[str]:
    """Sentences of three numbers, such as "three minus two minus two"."""
    dice = random.Random(0)  # noqa: S311

    def one() -> str:
        first, *rest = (dice.choice(WORDS) for _ in range(3))
        return " ".join([first, *(f"{dice.choice(list(SIGNS))} {word}" for word in rest)])

    return [one() for _ in range(LONG_SENTENCES)]


def _kept(path: Path, key: dict[str, Any]) -> Result | None:
    """A run's result, if it is there with the same settings."""
    try:
        found: Result = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path} is no result of a run; without it the run is repeated ({error})") from error
    return found if found.get("key") == key else None


@cache
def _digest(folder: Path) -> str:
    """The weights' own hash."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _of(split: Split) -> str:
    lines = [f"{sentence} {label}" for part in (split.seen, split.unseen) for sentence, label in _rows(part)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rows(part: arithmetic.Examples) -> Iterator[tuple[str, int]]:
    return zip(part.sentences, part.labels, strict=True)


def _file_name(arm: str) -> str:
    return re.sub(r"[^\w.]+", "-", arm)

"""The handout's experiments with the models: 3.1.4, four runs that differ in data and size; 3.2.3, both architectures."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from impl.nmt.decoding import growing_limit, translate
from impl.nmt.pairs import Pair
from impl.nmt.pig_latin import pig_latin, rule
from impl.nmt.recipe import Recipe
from impl.nmt.run import RUN, Run, RunError, resumed

RULES = ("vowel", "consonant", "cluster", "dash")
QUICK_EPOCHS = 5
SENTENCE = "the air conditioning is working"  # the course's
SHOWN = 3  # unseen words of a rule
Sample = tuple[str, str, str]


@dataclass(frozen=True)
class Result:
    """What a run came to. `errors` are wrong words by the rule that they are for, of `words` unseen ones by rule.

    Shapes:  `samples` are words, each with what it should be and what the model says: the course's sentence, and after it a
             few unseen words of every rule.
    """

    name: str
    recipe: dict[str, Any]
    data_sha256: str
    parameters: int
    train_losses: list[float]
    val_losses: list[float]
    lowest_val_loss: float
    lowest_val_loss_per_token: float
    best_epoch: int
    words_right: float
    words: dict[str, int]
    errors: dict[str, int]
    samples: list[Sample]
    time_s: float

    def as_json(self) -> dict[str, Any]:
        """The result by its fields' names."""
        return asdict(self)


def recipes(question: str, *, small: str, large: str, seed: int, epochs: int | None = None) -> dict[str, Recipe]:
    """The runs of an experiment, by name; each for so many epochs, or for as many as the handout says.

    Raises:  KeyError for a question that is no experiment; ValueError for settings that no run can have.
    Source:  handout 3.1.4, 3.2.3.
    """
    four = Recipe(model="encoder-decoder", seed=seed)
    found = {
        "3.1.4": {
            "small-32": replace(four, data=small, hidden=32, layers=4, epochs=100, batch=64, patience=100),
            "large-32": replace(four, data=large, hidden=32, layers=3, epochs=100, batch=512, patience=10),
            "small-64": replace(four, data=small, hidden=64, layers=3, epochs=50, batch=64, patience=20),
            "large-64": replace(four, data=large, hidden=64, layers=3, epochs=50, batch=512, patience=20),
        },
        "3.2.3": {
            "encoder-decoder": replace(four, data=small, hidden=128),
            "decoder": replace(four, data=small, hidden=128, model="decoder"),
        },
    }[question]
    return {name: replace(one, epochs=epochs) for name, one in found.items()} if epochs is not None else found


def experiment(
    chosen: dict[str, Recipe], folder: Path, *, device: str, show: Callable[[str, Run], Iterable[Any]]
) -> list[Result]:
    """Train every run in a folder of its own, going on with those that are there; `show` goes through its epochs.

    Raises:  as `Run`; RunError if a folder holds a run of other settings.
    """
    results = []
    for name, recipe in chosen.items():
        place = folder / name
        there = (place / RUN).exists()
        if there and resumed(place, {}) != recipe:
            raise RunError(f"{place} is a run of other settings; --out begins the experiment elsewhere")
        run = Run(recipe, place, device=device, resume=there)
        for _ in show(name, run):
            pass
        results.append(_result(name, run))
    return results


def _result(name: str, run: Run) -> Result:
    training = run.training
    words, errors, samples = words_said(run)
    return Result(
        name=name,
        recipe=run.recipe.as_json(),
        data_sha256=run.pairs.sha256,
        parameters=training.vector.numel(),
        train_losses=[epoch.train_loss for epoch in run.epochs],
        val_losses=[epoch.val_loss for epoch in run.epochs],
        lowest_val_loss=training.best_loss,
        lowest_val_loss_per_token=min(epoch.val_loss_per_token for epoch in run.epochs),
        best_epoch=training.best_epoch,
        words_right=1 - sum(errors.values()) / sum(words.values()),
        words=words,
        errors=errors,
        samples=samples,
        time_s=round(run.time_s, 3),
    )


def words_said(run: Run) -> tuple[dict[str, int], dict[str, int], list[Sample]]:
    """How many unseen words each rule has, how many of them the best parameters translate wrongly, and what they say of a
    few words.
    """
    unseen: tuple[Pair, ...] = run.unseen
    course = [(word, pig_latin(word)) for word in SENTENCE.split()]
    pairs = [*course, *unseen]
    said = translate(run.training.learner.translator(), [source for source, _ in pairs], growing_limit)
    every = [(source, target, one) for (source, target), one in zip(pairs, said, strict=True)]
    of_rule = {name: [one for one in every[len(course) :] if rule(one[0]) == name] for name in RULES}
    wrong = {name: sum(target != one for _, target, one in ones) for name, ones in of_rule.items()}
    few = [one for ones in of_rule.values() for one in ones[:SHOWN]]
    return {name: len(ones) for name, ones in of_rule.items()}, wrong, every[: len(course)] + few

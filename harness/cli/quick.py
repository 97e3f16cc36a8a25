"""The runs of `specimen writeup --quick`: the handout's, small enough for ten minutes on two cores; and the notebooks' checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli import inputs, scaling

if TYPE_CHECKING:
    from writeup.record import Run
    from writeup.runs.steps import Step

NOTEBOOKS = ("nmt", "bert", "clip")
SMALL, LARGE = "pig_latin_small.txt", "pig_latin_large.txt"
TARGET = "017.png"
REPORT = "report.json"
EXAMPLES = 10  # a law, so that the notebooks are judged within half a minute


@dataclass(frozen=True)
class Sizes:
    """How small runs are.

    Edges:   a sweep of fewer epochs has no optimum at the largest of its budgets.
    """

    epochs: Mapping[str, int]
    hidden: tuple[int, ...]
    seeds: int
    sweep_epochs: int
    budgets: str = scaling.BUDGETS
    draws: int = scaling.DRAWS


SIZES = Sizes({"3.1.4": 20, "3.2.3": 40}, (16, 32, 48, 64, 96, 128), 2, 64)


def steps(data: Path | None, seed: int, notebooks: Path, sizes: Sizes = SIZES) -> list[Step]:
    """Every run, in the order in which they are made. A sweep and section 4 have seeds of their own, from 0 on.

    Raises:  ValueError or OSError for data that cannot be read.
    """
    small, large = ("small", "large") if data is None else (str(data / SMALL), str(data / LARGE))
    four, both = (_translation(question, small, large, seed, sizes) for question in ("3.1.4", "3.2.3"))
    return [four, both, *_scaling(small, sizes), _bert(data), *_clip(seed), *checks(seed, notebooks)]


def checks(seed: int, notebooks: Path) -> list[Step]:
    """What the laws say of the notebooks."""
    return [_check(name, notebooks / f"{name}.ipynb", seed) for name in NOTEBOOKS]


def _translation(question: str, small: str, large: str, seed: int, sizes: Sizes) -> Step:
    from impl.nmt.experiment import recipes
    from writeup.runs.steps import Step

    epochs = sizes.epochs[question]
    chosen = recipes(question, small=small, large=large, seed=seed, epochs=epochs)
    options = ["--small", small, "--large", large, "--seed", str(seed), "--epochs", str(epochs)]
    return Step(
        question,
        _always(inputs.translation(question, chosen, "cpu")),
        lambda folder, _: ["experiment", question, *options, "--out", str(folder)],
    )


def _scaling(small: str, sizes: Sizes) -> list[Step]:
    """A sweep, and what is read off it."""
    from impl.nmt.pairs import load
    from impl.scaling.sweep.folder import SWEEP as SETTINGS
    from impl.scaling.sweep.grid import Grid
    from impl.scaling.sweep.results import RESULTS
    from writeup.runs.kinds import SWEEP
    from writeup.runs.steps import Step

    grid = Grid(hidden=sizes.hidden, seeds=sizes.seeds, epochs=sizes.sweep_epochs, data=small)
    options = ["--hidden", ",".join(map(str, sizes.hidden)), "--seeds", str(sizes.seeds), "--data", small]
    options += ["--epochs", str(sizes.sweep_epochs)]

    def swept(folder: Path, _: Mapping[str, Run]) -> list[str]:
        resume = ["--resume"] if (folder / SETTINGS).exists() else []
        return ["sweep", *options, *resume, "--out", str(folder)]

    def analysed(folder: Path, runs: Mapping[str, Run]) -> list[str]:
        how = ["--budgets", sizes.budgets, "--draws", str(sizes.draws)]
        return ["isoflop", str(runs[SWEEP].folder), *how, "--out", str(folder)]

    def of(runs: Mapping[str, Run]) -> inputs.Inputs:
        budgets = scaling.flops_of(sizes.budgets)
        return inputs.isoflop(runs[SWEEP].folder / RESULTS, budgets, scaling.Loss.batches.value, sizes.draws)

    return [
        Step(SWEEP, _always(inputs.sweep(grid, load(small).sha256, "cpu")), swept),
        Step("3.3", of, analysed, needs=(SWEEP,)),
    ]


def _bert(data: Path | None) -> Step:
    from impl.bert.experiment import Experiment
    from writeup.runs.steps import Step

    given = inputs.bert(Experiment(data=str(data) if data else None, quick=True), "cpu")
    options = ["--quick", *(["--data", str(data)] if data else [])]
    return Step("4", _always(given), lambda folder, _: ["experiment", "4", *options, "--out", str(folder)])


def _clip(seed: int) -> list[Step]:
    """A small CLIP, and what it sees in the drawn scenes."""
    from impl.clip.mini.training import QUICK, Recipe
    from impl.clip.weights import ABOUT
    from impl.stepped import LAST
    from writeup.runs.steps import Step

    def trained(folder: Path, _: Mapping[str, Run]) -> list[str]:
        is_begun = (folder / LAST).exists() or (folder / ABOUT).exists()
        return [
            "train",
            "clip",
            *(["--resume"] if is_begun else ["--quick", "--seed", str(seed)]),
            "--out",
            str(folder),
        ]

    def of(kind: str, settings: dict[str, Any]) -> Callable[[Mapping[str, Run]], inputs.Inputs]:
        return lambda runs: inputs.pictures(
            kind,
            settings=settings,
            weights_sha256=inputs.digest_of(runs["5-train"].folder),
            digests=(),
            device="cpu",
        )

    def asked(*words: str) -> Callable[[Path, Mapping[str, Run]], list[str]]:
        return lambda folder, runs: [*words, "--weights", str(runs["5-train"].folder), "--out", str(folder)]

    hunted = {"target": TARGET, "caption": None, "words": None}
    compared = {"count": 8, "template": "{}", "captions": None}
    needs = ("5-train",)
    return [
        Step("5-train", _always(inputs.clip(Recipe(**{**QUICK, "seed": seed}), "cpu")), trained, within="mini-clip"),
        Step("5", of("5", hunted), asked("hunt", "--target", TARGET, "--search"), needs=needs),
        Step("5-similarity", of("5-similarity", compared), asked("similarity"), needs=needs),
    ]


def _check(name: str, notebook: Path, seed: int) -> Step:
    from writeup import record
    from writeup.runs.steps import Step

    def recorded(folder: Path, given: inputs.Inputs, command: str, time_s: float) -> None:
        kind, files = f"check-{name}", [REPORT]
        record.write(folder, kind, inputs=given, seeds=[seed], command=command, time_s=time_s, files=files)

    return Step(
        f"check-{name}",
        lambda _: inputs.check(name, notebook, seed, EXAMPLES),
        lambda folder, _: [
            "check",
            str(notebook),
            "--seed",
            str(seed),
            "--examples",
            str(EXAMPLES),
            "--json",
            str(folder / REPORT),
        ],
        record=recorded,
        codes=(0, 1),
    )


def _always(given: inputs.Inputs) -> Callable[[Mapping[str, Run]], inputs.Inputs]:
    return lambda _: given

"""What the runs of the handout are given, as their records say it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.app import Device
from harness.typed import near

if TYPE_CHECKING:
    from impl.bert.experiment import Experiment
    from impl.clip.mini.training import Recipe as Clip
    from impl.nmt.recipe import Recipe
    from impl.scaling.sweep.grid import Grid

Inputs = dict[str, Any]
WEIGHTS = ("*.safetensors", "*.bin", "*.pth")


def on(device: Device) -> str | None:
    """A device as an option, which need not be given for a CPU."""
    return None if device is Device.cpu else device.value


def translation(question: str, recipes: Mapping[str, Recipe], device: str) -> Inputs:
    """Of 3.1.4 and 3.2.3."""
    from impl.nmt.pairs import load
    from writeup.runs.inputs import inputs

    lists = {one.data: load(one.data).sha256 for one in recipes.values()}
    settings = {name: _without(one.as_json(), "data") for name, one in recipes.items()}
    data = {name: lists[one.data] for name, one in recipes.items()}
    return inputs(question, settings=settings, data=data, device=device)


def sweep(grid: Grid, data_sha256: str, device: str) -> Inputs:
    """Of a sweep for 3.3."""
    from writeup.runs.inputs import inputs
    from writeup.runs.kinds import SWEEP

    settings = _without({**grid.as_json(), "hidden": sorted(grid.hidden)}, "data")
    return inputs(SWEEP, settings=settings, data={"words": data_sha256}, device=device)


def isoflop(results: Path, budgets: Sequence[float], loss: str, draws: int) -> Inputs:
    """Of 3.3: how it is analysed, and which sweep; of one that has no record, what its lines say.

    Raises:  ValueError if the results cannot be read.
    """
    from writeup.record import Run, find
    from writeup.runs.inputs import inputs, part_in
    from writeup.runs.kinds import SWEEP

    swept = find(results.parent, SWEEP)
    is_whole = isinstance(swept, Run) and results.name in swept.record.files
    of = swept.record.inputs if isinstance(swept, Run) and is_whole else _of_lines(results)
    found = inputs("3.3", settings={}, data=of["data"], device="cpu")
    part = of if is_whole else part_in(results.parent, [SWEEP])
    return {
        **found,
        "settings": {"budgets": list(budgets), "loss": loss, "draws": draws, "sweep": of["settings"]},
        "code": {**found["code"], SWEEP: part["code"][SWEEP]},
        "torch": sorted({*found["torch"], *of["torch"]}),
    }


def bert(experiment: Experiment, device: str) -> Inputs:
    """Of 4, but for weights that it does not make itself; its sentences are told by those of the first seed."""
    from writeup.runs.inputs import inputs

    split = hashlib.sha256(json.dumps(asdict(experiment.split(0))).encode()).hexdigest()
    settings = {**asdict(experiment), "weights": list(experiment.weights)}
    settings["data"] = "by seed" if experiment.data is None else "files"
    return inputs("4", settings=settings, data={"sentences": split}, device=device)


def clip(recipe: Clip, device: str) -> Inputs:
    """Of the training of the small CLIP, whose scenes follow from its seed."""
    from writeup.runs.inputs import inputs

    return inputs("5-train", settings=asdict(recipe), data={}, device=device)


def pictures(
    kind: str, *, settings: Mapping[str, Any], weights_sha256: str, digests: Sequence[str], device: str
) -> Inputs:
    """Of what is asked about a folder's pictures, each told by its name and its hash; of the drawn scenes, which follow from
    the code, there is nothing to tell.
    """
    from writeup.runs.inputs import inputs

    told = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest() if digests else "drawn scenes"
    return inputs(kind, settings=settings, data={"pictures": told}, weights={"clip": weights_sha256}, device=device)


def check(name: str, notebook: Path, seed: int, examples: int) -> Inputs:
    """Of a check of a notebook.

    Raises:  ValueError if there is none; OSError if it cannot be read.
    """
    from writeup.runs.inputs import inputs

    if not notebook.is_file():
        raise ValueError(f"there is no {near(notebook)}")
    return inputs(
        f"check-{name}",
        settings={"seed": seed, "examples": examples},
        data={"notebook": sha256(notebook)},
        device="cpu",
    )


def digest_of(folder: Path) -> str:
    """A hash of the weights in a folder.

    Raises:  ValueError if there are none.
    """
    files = sorted({path for pattern in WEIGHTS for path in folder.glob(pattern)})
    if not files:
        raise ValueError(f"{folder} has no weights in it")
    return hashlib.sha256("".join(map(sha256, files)).encode()).hexdigest()


def sha256(path: Path) -> str:
    """A file's hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_lines(results: Path) -> Inputs:
    """A sweep by its lines."""
    try:
        rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        settings = {
            name: sorted({row[name] for row in rows}) for name in ("hidden", "layers", "batch", "epochs", "seed")
        }
        data = {"words": ", ".join(sorted({row["data_sha256"] for row in rows}))}
        torch = sorted({str(row["torch"]).partition("+")[0] for row in rows})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{results} is none of a sweep's: {error!r}") from error
    return {"settings": {**settings, "lines": len(rows)}, "data": data, "torch": torch}


def _without(settings: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != name}

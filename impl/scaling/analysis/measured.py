"""What a sweep measured, read from its results: a curve of losses for every size and seed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impl.scaling.counts import LAYERS

Array = NDArray[np.float64]
FEWEST_EPOCHS = 6  # that make a quintic
NEEDED = ("hidden", "seed", "epoch", "params", "params_total", "examples", "tokens", "flops", "flops_counted")


class MeasuredError(ValueError):
    """Results that cannot be read, or are not enough; says which and why."""


@dataclass(frozen=True)
class Curve:
    """One run's losses, epoch by epoch, against what had been spent until then.

    Shapes:  all [epochs].
    """

    flops: Array
    tokens: Array
    loss: Array


@dataclass(frozen=True)
class Size:
    """The runs of one model size, by seed.

    Units:   `params` without embeddings, `params_total` with them.
    """

    hidden: int
    params: float
    params_total: float
    curves: dict[int, Curve]


@dataclass(frozen=True)
class Measured:
    """A sweep's sizes, the smallest first, each with the same seeds; what was left out of it is in `remarks`.

    Units:   `seq_len` in tokens an example, on average; `counted` is the share of the course's FLOPs that torch's counter
             sees.
    """

    sizes: tuple[Size, ...]
    seeds: tuple[int, ...]
    seq_len: float
    examples: float
    counted: float
    data: str
    loss: str
    remarks: tuple[str, ...] = ()


def read(path: Path, loss: str = "val_loss") -> Measured:
    """The results of a sweep, from its folder or the file itself.

    Edges:   seeds that not every size has are left out, and so are runs that have fewer epochs than a quintic needs.
    Raises:  MeasuredError where there is no such file, a line is none of a sweep's, a loss is no number, the words differ
             from line to line, or fewer than three sizes have a seed in common.
    """
    path = path / "results.jsonl" if path.is_dir() else path
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = (
            f"; `specimen sweep --resume --out {path.parent}` writes them"
            if (path.parent / "sweep.json").exists()
            else ""
        )
        raise MeasuredError(f"{path}: no results of a sweep that can be read: {error}{hint}") from error
    rows = [_row(path, number, line, loss) for number, line in enumerate(lines, start=1)]
    if len(lists := {row.get("data_sha256") for row in rows}) > 1:
        raise MeasuredError(f"{path}: its runs were trained on {len(lists)} different lists of words")
    return gathered(rows, loss, str(path))


def gathered(rows: Iterable[dict[str, Any]], loss: str, named: str) -> Measured:
    """Rows as sizes and curves. Raises MeasuredError as `read`."""
    found: dict[int, dict[int, list[dict[str, Any]]]] = {}
    for row in rows:
        found.setdefault(row["hidden"], {}).setdefault(row["seed"], []).append(row)
    remarks = []
    for hidden, runs in found.items():
        for seed, run in list(runs.items()):
            run.sort(key=lambda row: row["epoch"])
            if [row["epoch"] for row in run] != list(range(1, len(run) + 1)):
                raise MeasuredError(
                    f"{named}: the epochs of hidden {hidden}, seed {seed} are not 1 to {len(run)}, each once"
                )
            if len(run) < FEWEST_EPOCHS:
                remarks.append(f"hidden {hidden}, seed {seed} has {len(run)} epochs, and was left out")
                del runs[seed]
            elif len(run) < run[-1].get("epochs", 0):
                remarks.append(f"hidden {hidden}, seed {seed} has {len(run)} of {run[-1]['epochs']} epochs")
    found = {hidden: runs for hidden, runs in sorted(found.items()) if runs}
    seeds = sorted(set.intersection(*(set(runs) for runs in found.values()))) if found else []
    if len(found) < 3 or not seeds:
        raise MeasuredError(
            f"{named}: three sizes must have a seed in common, of {FEWEST_EPOCHS} epochs at least; got"
            f" {len(found)} size{'s' * (len(found) != 1)} and {len(seeds)} seed{'s' * (len(seeds) != 1)}"
        )
    if extra := sorted({seed for runs in found.values() for seed in runs} - set(seeds)):
        remarks.append(f"not every size has seed {', '.join(map(str, extra))}, so they were left out")
    sizes = tuple(_size(hidden, {seed: runs[seed] for seed in seeds}, loss) for hidden, runs in found.items())
    last = [runs[seed][-1] for runs in found.values() for seed in seeds]
    tokens, flops = sum(row["tokens"] for row in last), sum(row["flops"] for row in last)
    return Measured(
        sizes=sizes,
        seeds=tuple(seeds),
        seq_len=tokens / sum(row["examples"] for row in last),
        examples=float(np.mean([row["examples"] / row["epoch"] for row in last])),
        counted=sum(row["flops_counted"] for row in last) / flops,
        data=str(last[0].get("data", "")),
        loss=loss,
        remarks=tuple(remarks),
    )


def _row(path: Path, number: int, line: str, loss: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        values = [row[name] for name in (*NEEDED, loss)]
    except (ValueError, KeyError, TypeError) as error:
        raise MeasuredError(f"{path}: line {number} is none of a sweep's: {error!r}") from error
    for name, value in zip((*NEEDED, loss), values, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise MeasuredError(f"{path}: line {number}: {name} is {value!r}, and must be a number")
    if row.get("layers", LAYERS) != LAYERS:
        raise MeasuredError(
            f"{path}: line {number}: {row['layers']} layers; the course's counts are turned round for {LAYERS}"
        )
    if min(row["params"], row["params_total"], row["flops"], row["tokens"], row["examples"], row[loss]) <= 0:
        raise MeasuredError(f"{path}: line {number}: counts and losses must be positive")
    return dict(row)


def _size(hidden: int, runs: dict[int, list[dict[str, Any]]], loss: str) -> Size:
    def column(run: list[dict[str, Any]], name: str) -> Array:
        return np.array([row[name] for row in run], dtype=np.float64)

    curves = {seed: Curve(column(run, "flops"), column(run, "tokens"), column(run, loss)) for seed, run in runs.items()}
    first = next(iter(runs.values()))[0]
    return Size(hidden, float(first["params"]), float(first["params_total"]), curves)

"""A sweep's results, one line of JSON an epoch: all that the fits need, and where it comes from."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from impl.nmt.pairs import Pair, Pairs
from impl.nmt.run import LOG, RUN
from impl.nmt.vocabulary import VOCAB_SIZE
from impl.scaling.counted import model_flops
from impl.scaling.counts import total_params, transformer_flops, transformer_params
from impl.scaling.grid import Grid, Job

RESULTS = "results.jsonl"
ENDS = 2  # tokens beside a word and its translation: SOS or EOS, and EOP
MACHINE = ("device", "processes", "threads", "torch", "python")


def rows(grid: Grid, pairs: Pairs, folder: Path) -> Iterator[dict[str, Any]]:
    """Every epoch of every run that has any, in the order of sizes, seeds and epochs.

    Units:   losses in nats a token; `examples`, `tokens` and FLOPs are sums over training since its beginning; `flops` by
             the course's count, `flops_counted` by torch's counter on the plain model; `time_s` of the run.
    """
    for job in sorted(grid.jobs(), key=lambda job: (job.recipe.hidden, job.recipe.seed)):
        epochs = log(folder / job.name)
        if not epochs:
            continue
        about = _about(job, pairs)
        settings = json.loads((folder / job.name / RUN).read_text(encoding="utf-8"))
        sums = an_epoch(pairs.split(job.recipe.seed)[0], job.recipe.hidden, job.recipe.layers)
        for one in epochs:
            losses = {name: value for name, value in one.items() if name != "epoch"}
            grown = {name: one["epoch"] * value for name, value in sums.items()}
            yield about | {"epoch": one["epoch"]} | grown | losses | {name: settings[name] for name in MACHINE}


def an_epoch(train: list[Pair], hidden: int, layers: int) -> dict[str, float]:
    """What an epoch over some words comes to: examples, tokens, and FLOPs by both counts.

    Source:  the course's notebook: a sequence is a word, its translation and two ends.
    """
    lengths = Counter(len(source) + len(target) + ENDS for source, target in train)

    def total(of_one: Any) -> Any:
        return sum(count * of_one(length) for length, count in lengths.items())

    return {
        "examples": len(train),
        "tokens": total(lambda length: length),
        "flops": total(lambda length: transformer_flops(length, VOCAB_SIZE, hidden, layers)),
        "flops_counted": total(lambda length: model_flops(length, hidden, layers)),
    }


def log(folder: Path) -> list[dict[str, Any]]:
    """A run's epochs as they were logged; none if it has not begun."""
    try:
        return [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []


def last(folder: Path) -> dict[str, Any] | None:
    """A run's last logged epoch; None if it has not begun."""
    try:
        content = (folder / LOG).read_bytes().rstrip(b"\n")
    except FileNotFoundError:
        return None
    return dict(json.loads(content.rpartition(b"\n")[2])) if content else None


def text(grid: Grid, pairs: Pairs, folder: Path) -> bytes:
    """The rows as lines of JSON."""
    return "".join(json.dumps(row) + "\n" for row in rows(grid, pairs, folder)).encode()


def params_of(hidden: int, layers: int) -> int:
    """The course's count of a run's model."""
    return int(transformer_params(VOCAB_SIZE, hidden, layers))


def _about(job: Job, pairs: Pairs) -> dict[str, Any]:
    recipe = job.recipe
    sizes = (VOCAB_SIZE, recipe.hidden, recipe.layers)
    return {
        "run": job.name,
        "hidden": recipe.hidden,
        "layers": recipe.layers,
        "params": transformer_params(*sizes),
        "params_total": total_params(*sizes),
        "seed": recipe.seed,
        "batch": recipe.batch,
        "epochs": recipe.epochs,
        "data": pairs.name,
        "data_sha256": pairs.sha256,
    }

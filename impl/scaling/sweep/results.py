"""A sweep's results, one line of JSON an epoch: all that the fits need, and where it comes from."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from impl.nmt.pairs import Pair, Pairs
from impl.nmt.run import LOG, RUN
from impl.nmt.training import Epoch
from impl.nmt.vocabulary import VOCAB_SIZE
from impl.scaling.counted import model_flops
from impl.scaling.counts import total_params, transformer_flops, transformer_params
from impl.scaling.sweep.grid import Job

RESULTS = "results.jsonl"
ENDS = 2  # tokens beside a word and its translation: SOS or EOS, and EOP
MACHINE = ("device", "processes", "threads", "torch", "python")


class BrokenRunError(ValueError):
    """A run's folder that does not hold what it must; says which file, and why."""


def rows(job: Job, pairs: Pairs, folder: Path) -> Iterator[dict[str, Any]]:
    """Every epoch of a run, from its folder.

    Units:   losses in nats a token; `examples`, `tokens` and FLOPs are sums over training since its beginning; `flops` by
             the course's count, `flops_counted` by torch's counter on the plain model; `time_s` of the run.
    Raises:  BrokenRunError if its files cannot be read, or are of a run on other words.
    """
    if not (epochs := log(folder)):
        return
    about = _about(job, pairs)
    try:
        settings = json.loads((folder / RUN).read_text(encoding="utf-8"))
        machine = {name: settings[name] for name in MACHINE}
        sha256 = settings["data_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenRunError(f"{folder / RUN}: no settings of a run: {error!r}") from error
    if sha256 != pairs.sha256:
        raise BrokenRunError(
            f"{folder} is a run on other words: their sha256 is {sha256[:12]}, and not {pairs.sha256[:12]}"
        )
    sums = an_epoch(pairs.split(job.recipe.seed)[0], job.recipe.hidden, job.recipe.layers)
    for one in epochs:
        losses = {name: value for name, value in one.items() if name != "epoch"}
        grown = {name: one["epoch"] * value for name, value in sums.items()}
        yield about | {"epoch": one["epoch"]} | grown | losses | machine


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
    """A run's epochs as they were logged; none if it has not begun. Raises BrokenRunError."""
    try:
        return [asdict(Epoch(**json.loads(line))) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise BrokenRunError(f"{folder / LOG}: not the log of a run: {error}") from error


def last(folder: Path) -> dict[str, Any] | None:
    """A run's last logged epoch; None if it has not begun, or its log cannot be read."""
    try:
        content = (folder / LOG).read_bytes().rstrip(b"\n")
        return asdict(Epoch(**json.loads(content.rpartition(b"\n")[2]))) if content else None
    except (OSError, ValueError, TypeError):
        return None


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

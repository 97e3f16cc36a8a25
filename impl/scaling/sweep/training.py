"""Runs of a sweep, trained in this process: one on a CPU, as many as there are side by side on a GPU."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import torch
from filelock import FileLock, Timeout

from impl.nmt.machine import Plan
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.run import RUN, Run, RunError, resumed
from impl.scaling.sweep.grid import Job
from impl.tensor_file import BadCheckpointError

STOP, LOCK, ID = ".stop", ".lock", ".id"
LOOK_EVERY_S, FREE_WITHIN_S = 0.2, 600.0


class StoppedError(Exception):
    """The sweep was stopped; what is complete is saved."""


@dataclass(frozen=True)
class Task:
    """Runs to be trained in one process, on a CPU a single one.

    `sweep` is what the sweep's folder says of itself, so that a process which sees another folder by that name finds out.
    """

    folder: str
    sweep: str
    jobs: tuple[Job, ...]
    data_sha256: str
    device: str = "cpu"

    def as_json(self) -> dict[str, Any]:
        """The task by its fields' names."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """A task from its fields."""
        jobs = tuple(Job(one["name"], Recipe.from_json(one["recipe"])) for one in fields["jobs"])
        return cls(**(fields | {"jobs": jobs}))


def train(task: Task) -> dict[str, str]:
    """Train runs to their ends, every epoch on the disk before the next one begins; those that are there are gone on with.

    Edges:   runs that cannot begin or go on are left out; the result says why, by their names.
    Raises:  StoppedError; RunError, and what else `Run` raises.
    """
    folder = Path(task.folder)
    _check(folder, task)
    with contextlib.ExitStack() as held:
        for job in task.jobs:
            held.enter_context(_alone_in(folder, job.name))
        runs, failed = list[tuple[Run, Any]](), dict[str, str]()
        for job in task.jobs:
            stream: Any = torch.cuda.Stream() if task.device == "cuda" else None
            try:
                with torch.cuda.stream(stream):
                    run = _run(job, folder / job.name, task.device)
            except (RunError, BadCheckpointError, OSError) as error:
                failed[job.name] = str(error)
                continue
            held.callback(run.end)
            run.begin()
            runs.append((run, stream))
        while going := [(run, stream) for run, stream in runs if not run.training.over]:
            if (folder / STOP).exists() or _id(folder) != task.sweep:  # stopped, or begun anew by another process
                raise StoppedError
            _epoch(going)
        return failed


def _epoch(runs: Sequence[tuple[Run, Any]]) -> None:
    """An epoch of each: on a GPU all are started, each on a stream of its own, before the first is waited for."""
    started = []
    for run, stream in runs:
        with torch.cuda.stream(stream):
            started.append(run.training.start())
    for (run, stream), found in zip(runs, started, strict=True):
        with torch.cuda.stream(stream):
            run.keep(run.training.finish(found))


def _check(folder: Path, task: Task) -> None:
    """Find out whether this process sees the sweep's folder, and the sweep's words.

    Raises:  RunError if not.
    """
    if _id(folder) != task.sweep:
        raise RunError(f"{folder} is not the sweep's folder here; --out must name one that every worker sees")
    data = task.jobs[0].recipe.data
    if (sha256 := load(data).sha256) != task.data_sha256:
        raise RunError(
            f"{data} is another list here: its sha256 is {sha256[:12]}, and the sweep's {task.data_sha256[:12]}"
        )


def _id(folder: Path) -> str:
    """What a sweep's folder says of itself; empty if it says nothing."""
    return (folder / ID).read_text(encoding="utf-8") if (folder / ID).exists() else ""


def _run(job: Job, place: Path, device: str) -> Run:
    """A run that begins, or goes on; its words may have moved, their hash is what counts."""
    for left in place.glob(".*.part"):  # of a process that was killed while it wrote
        left.unlink(missing_ok=True)
    there = (place / RUN).exists()
    settings = {name: value for name, value in job.recipe.as_json().items() if name != "data"}
    recipe = replace(resumed(place, settings), data=job.recipe.data) if there else job.recipe
    return Run(recipe, place, device=device, resume=there, divided=Plan(1, 1), save_every_s=0.0)


@contextlib.contextmanager
def _alone_in(folder: Path, name: str) -> Iterator[None]:
    """Hold a run's folder; another process that still trains it is waited for.

    Raises:  StoppedError; RunError if it takes too long.
    """
    (folder / name).mkdir(parents=True, exist_ok=True)
    lock, until = FileLock(folder / name / LOCK), time.monotonic() + FREE_WITHIN_S
    while not lock.is_locked:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if (folder / STOP).exists():
                raise StoppedError from None
            if time.monotonic() > until:
                raise RunError(f"{folder / name} is still trained by another process") from None
            time.sleep(LOOK_EVERY_S)
    try:
        yield
    finally:
        lock.release()

"""A sweep and its folder: runs behind an executor, wherever that computes.

sweep.json       the settings, and the hash of the words
results.jsonl    a line an epoch and run, written anew whenever a run ends
h128-s0/ ...     a run's own folder, as `impl.nmt.run` has it
"""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from impl.nmt import checkpoint
from impl.nmt.pairs import load
from impl.scaling.sweep import results
from impl.scaling.sweep.child import DiedError, train_in_child
from impl.scaling.sweep.grid import Grid, Job
from impl.scaling.sweep.training import ID, LOCK, STOP, StoppedError, Task
from impl.whole_file import write_whole

SWEEP = "sweep.json"
TRIES = 3  # of a task whose process ended; nothing that it had completed is done again
LOOK_EVERY_S, END_WITHIN_S = 0.5, 30.0
AT_ONCE = 32  # models side by side on a GPU


class SweepError(ValueError):
    """A sweep that cannot begin or go on as it was asked to."""


class Sweep:
    """Runs in a folder that no other sweep has while this one does.

    Raises:  SweepError if the folder holds a sweep already, or none to be resumed, or another process sweeps there;
             BadFileError; OSError where nothing can be written.
    """

    def __init__(self, grid: Grid, folder: Path, *, resume: bool = False, device: str = "cpu") -> None:
        self.grid, self.folder, self.device = replace(grid, data=grid.source), folder.resolve(), device
        self.resumes = resume
        self._demand_free()
        self.pairs = load(grid.data)
        self.failed: dict[str, str] = {}
        if resume and (was := settings_of(folder)["data_sha256"]) != self.pairs.sha256:
            raise SweepError(
                f"{grid.data} is not what {folder} was trained on: its sha256 is {self.pairs.sha256[:12]}, and was {was[:12]}"
            )
        for seed in range(grid.seeds):
            self.pairs.split(seed)  # or it would not be known before training that there are too few words
        folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder.

        Raises:  SweepError if another process does.
        """
        lock = FileLock(self.folder / LOCK)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise SweepError(f"{self.folder} is being swept by another process") from None
        try:
            self._demand_free()  # another process may have begun one since
            self._id = secrets.token_hex(8)
            write_whole(self.folder / ID, self._id.encode())
            (self.folder / STOP).unlink(missing_ok=True)
            settings = self.grid.as_json() | {"data_sha256": self.pairs.sha256, "words": len(self.pairs.pairs)}
            write_whole(self.folder / SWEEP, (json.dumps(settings, indent=2) + "\n").encode())
            yield
        finally:
            lock.release()

    def _demand_free(self) -> None:
        if (self.folder / SWEEP).exists() and not self.resumes:
            raise SweepError(
                f"{self.folder} holds a sweep already: --resume goes on with it, --out begins another elsewhere"
            )

    @property
    def results(self) -> Path:
        """Where the results are."""
        return self.folder / results.RESULTS

    def open_jobs(self) -> list[Job]:
        """The runs that have epochs to go."""
        return [job for job in self.grid.jobs() if self.done(job) < job.recipe.epochs]

    def done(self, job: Job) -> int:
        """How many epochs of a run are complete: in its last checkpoint, which is written after its log.

        Edges:   none, if it is the checkpoint of another run: whoever goes on with it will say so.
        """
        header = checkpoint.last_header(self.folder / job.name)
        wanted = job.recipe.as_json()
        had = {name: header.get("recipe", {}).get(name) for name in wanted} | {
            "epochs": wanted["epochs"],
            "data": wanted["data"],
        }
        is_ours = had == wanted and header.get("data_sha256") == self.pairs.sha256
        return int(header["state"]["done"]) if is_ours else 0

    def run(self, executor: Executor, look: Callable[[], None]) -> None:
        """Train what is to be trained; `look` is called every half second, and whenever a run ends.

        Edges:   a run that fails leaves the others alone, and is named in `failed`. One whose process is killed goes on in
                 another. An interrupt lets every run finish the epoch that it is at.
        """
        self.failed.clear()
        waiting: dict[Future[dict[str, str]], tuple[Task, int]] = {}
        self.write_results()  # whatever ends this process, there are some
        try:
            waiting |= {self._submitted(executor, task): (task, 1) for task in self.tasks()}
            while waiting:
                ended, _ = wait(waiting, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    task, tries = waiting.pop(future)
                    if self._came_to(future, task, last=tries == TRIES):
                        waiting[self._submitted(executor, task)] = (task, tries + 1)
                if ended:
                    self.write_results()
                look()
        except BaseException:
            self.stop(list(waiting))
            raise
        finally:
            self.write_results()

    def stop(self, futures: list[Future[dict[str, str]]]) -> None:
        """Have every run end after the epoch that it is at; where nothing can be written they cannot be told, and are
        left to be killed."""
        for future in futures:
            future.cancel()
        with contextlib.suppress(OSError):
            write_whole(self.folder / STOP, b"")
            wait(futures, timeout=END_WITHIN_S)

    def write_results(self) -> None:
        """Write the results of all epochs that are complete, in the order of sizes, seeds and epochs.

        Edges:   what cannot be read or written is among the failed.
        """
        lines = []
        for job in sorted(self.grid.jobs(), key=lambda job: (job.recipe.hidden, job.recipe.seed)):
            try:
                lines += [json.dumps(row) + "\n" for row in results.rows(job, self.pairs, self.folder / job.name)]
            except results.BrokenRunError as error:
                self.failed[job.name] = str(error)
        self.failed.pop(results.RESULTS, None)
        try:
            write_whole(self.results, "".join(lines).encode())
        except OSError as error:
            self.failed[results.RESULTS] = str(error)

    def tasks(self) -> list[Task]:
        """What is to be trained, as processes are given it; the folder must be held."""
        jobs = self.open_jobs()
        size = AT_ONCE if self.device == "cuda" else 1
        groups = [tuple(jobs[start : start + size]) for start in range(0, len(jobs), size)]
        return [Task(str(self.folder), self._id, group, self.pairs.sha256, self.device) for group in groups]

    def _submitted(self, executor: Executor, task: Task) -> "Future[dict[str, str]]":
        return executor.submit(train_in_child, task.as_json())

    def _came_to(self, future: "Future[dict[str, str]]", task: Task, *, last: bool) -> bool:
        """Take note of what a task came to; whether it is to be tried again."""
        if future.cancelled():
            raise SweepError(f"the executor has given up its work; --resume --out {self.folder} goes on")
        error = future.exception()
        if error is None:
            self.failed |= future.result()
            return False
        if isinstance(error, StoppedError):
            raise SweepError(f"somebody has put {STOP} into {self.folder}, which stops the sweep")
        if isinstance(error, DiedError) and not last:
            return True
        for job in task.jobs:
            self.failed[job.name] = str(error) or type(error).__name__
        return False


def settings_of(folder: Path) -> dict[str, Any]:
    """The settings of the sweep in a folder.

    Raises:  SweepError if there is none, or they cannot be read.
    """
    try:
        found = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
        return {name: found[name] for name in ("hidden", "seeds", "epochs", "data", "layers", "batch", "data_sha256")}
    except FileNotFoundError as error:
        raise SweepError(f"{folder} holds no sweep to go on with") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SweepError(f"{folder / SWEEP}: no settings that can be read: {error!r}") from error


def resumed(folder: Path, asked: dict[str, Any]) -> Grid:
    """The grid of the sweep in a folder, with what is asked for besides.

    Raises:  SweepError as `settings_of`, and for settings that no sweep can have.
    """
    had = settings_of(folder)
    had.pop("data_sha256")
    try:
        return Grid.from_json(had).grown(asked)
    except (TypeError, ValueError) as error:
        raise SweepError(f"{folder / SWEEP}: {error}") from error


def default_folder(grid: Grid) -> Path:
    """Where a sweep goes if nothing is said."""
    return Path("runs") / f"sweep-{Path(grid.data).stem}"

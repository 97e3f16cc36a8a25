"""How far a sweep is, while it runs, and what came of it."""

import time
from statistics import fmean
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from impl.scaling.sweep import results
from impl.scaling.sweep.folder import Sweep
from impl.scaling.sweep.results import an_epoch

SAID_EVERY_S = 30.0  # where there is no terminal


class Watch:
    """A bar for every run and one for all on a terminal; elsewhere a line when a run ends, and now and then."""

    def __init__(self, sweep: Sweep, console: Console) -> None:
        self._sweep, self._console = sweep, console
        self._jobs = sweep.grid.jobs()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
        )
        self._progress = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self._all = self._progress.add_task("all", total=sum(job.recipe.epochs for job in self._jobs), said="")
        self._bars = {
            job.name: self._progress.add_task(job.name, total=job.recipe.epochs, said="", start=False)
            for job in self._jobs
        }
        self._seen = {job.name: (results.last(sweep.folder / job.name) or {"epoch": 0})["epoch"] for job in self._jobs}
        self._said_at = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        self.look()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.look()
        self._progress.stop()

    def look(self) -> None:
        """Bring the bars up to what is on the disk."""
        ended = []
        for job in self._jobs:
            now = results.last(self._sweep.folder / job.name)
            if now is None:
                continue
            before, self._seen[job.name] = self._seen[job.name], now["epoch"]
            said = f"loss {now['train_loss']:.3f}, validation {now['val_loss']:.3f}"
            if not before:
                self._progress.start_task(self._bars[job.name])
            self._progress.update(self._bars[job.name], completed=now["epoch"], said=said)
            if now["epoch"] >= job.recipe.epochs > before:
                ended.append(f"{job.name}: {said}, {now['time_s']:.1f} s")
                self._progress.stop_task(self._bars[job.name])
        done = sum(self._seen.values())
        self._progress.update(self._all, completed=done)
        if not self._console.is_terminal:
            self._say(ended, done)

    def _say(self, ended: list[str], done: int) -> None:
        for line in ended:
            self._console.print(line, highlight=False, markup=False)
        if time.monotonic() - self._said_at > SAID_EVERY_S:
            self._said_at = time.monotonic()
            total = sum(job.recipe.epochs for job in self._jobs)
            self._console.print(f"{done} of {total} epochs", highlight=False, markup=False)


def opening(sweep: Sweep, where: str) -> str:
    """What is about to be done."""
    grid, left = sweep.grid, sweep.open_jobs()
    runs = len(grid.jobs())
    done = f", {runs - len(left)} of them complete" if len(left) < runs else ""
    return (
        f"{runs} runs{done}: hidden {', '.join(map(str, grid.hidden))}, {grid.seeds} seed{'s' * (grid.seeds > 1)},"
        f" {grid.epochs} epochs; {grid.data}: {len(sweep.pairs.pairs):,} words; {sweep.device}, {where}"
    )


def summary(sweep: Sweep) -> Table:
    """A line a size: parameters, compute, lowest losses by seed, and how fast it went."""
    table = Table(box=None, pad_edge=False)
    for title in ("hidden", "parameters", "TFLOPs", "lowest validation loss", "a token", "s", "GFLOP/s"):
        table.add_column(title, justify="right")
    for hidden in sorted(sweep.grid.hidden):
        runs = [job for job in sweep.grid.jobs() if job.recipe.hidden == hidden]
        ran = [job for job in runs if job.name not in sweep.failed]
        logs = {job: found for job in ran if (found := results.log(sweep.folder / job.name))}
        if not logs:
            continue
        sums = {job: an_epoch(sweep.pairs.split(job.recipe.seed)[0], hidden, job.recipe.layers) for job in logs}
        flops = fmean(len(found) * sums[job]["flops"] for job, found in logs.items())
        time_s = fmean(found[-1]["time_s"] for found in logs.values())
        lowest = [min(one["val_loss"] for one in found) for found in logs.values()]
        per_token = [min(one["val_loss_per_token"] for one in found) for found in logs.values()]
        table.add_row(
            str(hidden), f"{results.params_of(hidden, sweep.grid.layers):,}", f"{flops / 1e12:.3g}",
            " ".join(f"{loss:.3f}" for loss in lowest), f"{fmean(per_token):.3f}", f"{time_s:.1f}",
            f"{flops / time_s / 1e9:.0f}",
        )  # fmt: skip
    return table

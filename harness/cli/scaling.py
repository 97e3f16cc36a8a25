"""The commands of section 3.3: `specimen sweep` and `isoflop`."""

from __future__ import annotations

import math
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from harness.cli import inputs
from harness.cli.app import FAILED, INTERRUPTED, Device, app, refuse
from harness.cli.training import check_device
from harness.typed import typed

BUDGETS, DRAWS = "0.08,0.16,0.32,0.64,1.28", 1000


@app.command()
def sweep(
    hidden: Annotated[str | None, typer.Option(help="Hidden sizes, even.", show_default="16,32,48,64,96,128")] = None,
    seeds: Annotated[int | None, typer.Option(help="Runs of each size.", show_default="3")] = None,
    epochs: Annotated[int | None, typer.Option(help="Of each run.", show_default="100")] = None,
    data: Annotated[
        str | None, typer.Option(help="small, large, or a file of two words a line.", show_default="small")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes here.", show_default="one a core", min=1)] = None,
    cluster: Annotated[
        str | None, typer.Option(help="The scheduler of a Dask cluster, whose workers see --out.", show_default=False)
    ] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Annotated[
        Path | None, typer.Option(help="The sweep's folder.", show_default="runs/sweep-...", file_okay=False)
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the sweep in --out; more sizes, seeds and epochs are added.")
    ] = False,
) -> None:
    """Train decoders of several sizes, several times each: what the scaling laws of 3.3 are read off.

    Every epoch is on the disk before the next one begins. A run that is complete is never repeated.

    Exit code 0: all runs are complete. 1: some failed. 2: usage, or data that cannot be read. 130: interrupted.
    """
    check_device(device)
    if cluster is not None and (workers is not None or device is Device.cuda):
        refuse("--cluster has its own workers, and they compute on CPUs: leave out --workers and --device.")
    if device is Device.cuda and workers is not None:
        refuse("--device cuda trains all models in one process: leave out --workers.")
    asked = {"hidden": _sizes(hidden), "seeds": seeds, "epochs": epochs, "data": data}
    given = {name: value for name, value in asked.items() if value is not None}
    options = {**given, "hidden": hidden, "workers": workers, "cluster": cluster}
    command = typed("sweep", **options, device=inputs.on(device), resume=resume, out=out)
    try:
        _run(_begun(given, out, device, resume=resume), workers, cluster, command)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")


def _begun(asked: dict[str, Any], out: Path | None, device: Device, *, resume: bool) -> Any:
    """A sweep of what is asked for, or one that is there, with what is asked for besides."""
    from impl.scaling.sweep.folder import Sweep, default_folder, resumed
    from impl.scaling.sweep.grid import Grid

    folder = out or default_folder(Grid(**({"data": asked["data"]} if "data" in asked else {})))
    grid = resumed(folder, asked) if resume else Grid(**asked)
    return Sweep(grid, folder, resume=resume, device=device.value)


def _run(found: Any, workers: int | None, cluster: str | None, command: str) -> None:
    """Run a sweep where it is asked to, say what came of it, and record it if it is complete."""
    from impl.scaling.sweep import executors, show
    from writeup.runs.inputs import begun

    console = Console()
    where = executors.cluster(cluster) if cluster else executors.local(1 if found.device == "cuda" else workers)
    try:
        with where as (executor, named), found.held(), show.Watch(found, console) as watch:
            of = inputs.sweep(found.grid, found.pairs.sha256, found.device)
            given = begun(found.folder, of, is_fresh=not found.resumes)
            console.print(show.opening(found, named), highlight=False, markup=False)
            found.run(executor, watch.look)
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. --resume --out {found.folder} goes on with it.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    console.print(show.summary(found))
    console.print(f"In {found.results}; `specimen isoflop {found.folder}` reads it.", highlight=False, markup=False)
    if found.failed:
        for name, said in found.failed.items():
            console.print(f"{name} failed: {said}", highlight=False, markup=False)
        console.print(f"--resume --out {found.folder} tries again.", highlight=False, markup=False)
        raise typer.Exit(FAILED)
    _record(found, given, command)


def _record(found: Any, given: inputs.Inputs, command: str) -> None:
    from impl.scaling.sweep import results
    from writeup import record
    from writeup.runs.kinds import SWEEP

    lasts = [results.last(found.folder / job.name) for job in found.grid.jobs()]
    time_s = sum(one["time_s"] for one in lasts if one)
    seeds, files = range(found.grid.seeds), [found.results.name]
    record.write(found.folder, SWEEP, inputs=given, seeds=seeds, command=command, time_s=time_s, files=files)


def _sizes(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        refuse(f"--hidden takes whole numbers between commas; got {text!r}.")


class Loss(StrEnum):
    """Which validation loss."""

    batches = "val_loss"
    tokens = "val_loss_per_token"


@app.command()
def isoflop(
    folder: Annotated[Path, typer.Argument(help="A sweep's folder, or its results.jsonl.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Where figures and tables go.", show_default="isoflop in the sweep's", file_okay=False),
    ] = None,
    budgets: Annotated[str, typer.Option(help="In TFLOPs, two at least.")] = BUDGETS,
    loss: Annotated[Loss, typer.Option(help="A mean over batches, the notebook's, or over tokens.")] = Loss.batches,
    draws: Annotated[int, typer.Option(help="Of the bootstrap.", min=100, max=10_000)] = DRAWS,
) -> None:
    """Read scaling laws off a sweep: isoFLOP profiles, the best size and number of tokens for a budget, 3.3.1 to 3.3.4.

    Vertices, lines, exponents and laws have 95 % intervals over seeds. Beside the handout's way stand a fit that never rises, and the two
    other approaches of Hoffmann et al. (2022).

    Exit code 0: done. 2: usage, or results that cannot be read or are not enough.
    """
    from impl.scaling.analysis.measured import read
    from impl.scaling.analysis.told import told
    from impl.scaling.analysis.whole import analysed
    from writeup import isoflop as paper
    from writeup import record

    flops, began = flops_of(budgets), time.perf_counter()
    results = folder / "results.jsonl" if folder.is_dir() else folder
    where = out or results.parent / "isoflop"
    try:
        found = told(analysed(read(results, loss.value), draws=draws, budgets=flops))
        files = paper.write(found, where, Console())
        given = inputs.isoflop(results, flops, loss.value, draws)
        command = typed("isoflop", str(folder), budgets=budgets, loss=loss.value, draws=draws, out=out)
        time_s = time.perf_counter() - began
        record.write(where, "3.3", inputs=given, seeds=found["seeds"], command=command, time_s=time_s, files=files)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")


def flops_of(text: str) -> list[float]:
    """Budgets as numbers; what is none is refused."""
    try:
        found = [float(part) * 1e12 for part in text.split(",")]
    except ValueError:
        found = []
    if len(set(found)) < max(2, len(found)) or not all(0 < budget < math.inf for budget in found):
        refuse(f"--budgets takes two positive numbers at least, between commas, each once; got {text!r}.")
    return sorted(found)

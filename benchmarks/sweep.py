"""What the sweep of 3.3 costs beside the course's way of it, six models one after the other: `python -m benchmarks.sweep`.

One run, whose parts take turns: the sweep, the notebook's way, the sweep with one worker, the sweep again. What the
machine's matrix product reaches is measured before and after. Takes a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import machine, probes
from benchmarks.notebook import Notebook
from harness.whole_file import write_whole
from impl.machine import cores
from impl.nmt.pairs import load
from impl.scaling.sweep import executors
from impl.scaling.sweep.folder import Sweep
from impl.scaling.sweep.grid import Grid
from impl.scaling.sweep.results import an_epoch


def main() -> None:
    """Measure, show, and write a report if it is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sweep", description=str(__doc__).split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--data", default="small", help="small, large, or a file of two words a line")
    parser.add_argument("--epochs", type=int, default=100, help="of each model")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--report", type=Path, help="a JSON file")
    asked = parser.parse_args()
    console = Console()
    found = measured(Grid(seeds=1, epochs=asked.epochs, data=asked.data), asked.device, console)
    console.print(shown(found))
    if asked.report:
        write_whole(asked.report, json.dumps(found, indent=2) + "\n")


def measured(grid: Grid, device: str, console: Console) -> dict[str, Any]:
    """All times.

    Units:   seconds; `flops` by the course's count; rates in FLOPs a second.
    """
    workers = 1 if device == "cuda" else cores()
    rates, times = [_product(device)], {}
    console.print(f"a product reaches {rates[0] / 1e9:.0f} GFLOP/s")
    parts: list[tuple[str, Any]] = [
        ("sweep", lambda: swept(grid, workers, device)),
        ("notebook", lambda: notebook(grid, device)),
    ]
    if workers > 1:
        parts += [("one worker", lambda: swept(grid, 1, device)), ("sweep again", lambda: swept(grid, workers, device))]
    for name, part in parts:
        times[name] = part()
        console.print(f"{name}: {_total(times[name]):.1f} s")
    rates.append(_product(device))
    train = load(grid.data).split(0)[0]
    flops = grid.epochs * sum(an_epoch(train, job.recipe.hidden, job.recipe.layers)["flops"] for job in grid.jobs())
    versions = machine.described(device, probes={"product_flops_per_s": rates}, before=machine.gpu_state(device))
    about = {"hidden": grid.hidden, "epochs": grid.epochs, "data": Path(grid.data).name, "workers": workers}
    return about | {"times_s": times, "flops": flops, "product_flops_per_s": max(rates), "machine": versions}


def swept(grid: Grid, workers: int, device: str) -> float:
    """How long a sweep takes, from nothing to its results: processes started, every epoch on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        sweep = Sweep(grid, Path(folder), device=device)
        with sweep.held(), executors.local(workers) as (executor, _):
            sweep.run(executor, lambda: None)
        took = time.perf_counter() - began
        if sweep.failed or sweep.open_jobs():
            raise RuntimeError(f"the sweep did not end: {sweep.failed}")
        return took


def notebook(grid: Grid, device: str) -> dict[str, float]:
    """How long each model takes the notebook's way, in a process with the C library's and torch's own settings."""
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return {job.name: pool.submit(_notebook, job.recipe, device).result() for job in grid.jobs()}


def _notebook(recipe: Any, device: str) -> float:
    train, unseen = load(recipe.data).split(recipe.seed)
    model = Notebook(recipe, train, unseen, device)
    began = time.perf_counter()
    for _ in range(recipe.epochs):
        model.epoch()
    return time.perf_counter() - began


def shown(found: dict[str, Any]) -> Table:
    """A line a way: seconds, times the notebook's way, share of the product's rate."""
    table = Table(box=None, pad_edge=False)
    for title in ("way", "s", "times as fast", "GFLOP/s", "of a product"):
        table.add_column(title, justify="left" if title == "way" else "right")
    slow = _total(found["times_s"]["notebook"])
    for name, time_s in found["times_s"].items():
        total = _total(time_s)
        rate = found["flops"] / total
        table.add_row(
            name,
            f"{total:.1f}",
            f"{slow / total:.2f}",
            f"{rate / 1e9:.0f}",
            f"{rate / found['product_flops_per_s']:.2f}",
        )
    return table


def _total(time_s: float | dict[str, float]) -> float:
    return sum(time_s.values()) if isinstance(time_s, dict) else time_s


def _product(device: str) -> float:
    torch.set_num_threads(cores())
    return probes.product_flops_per_s("float32", device=device)


if __name__ == "__main__":
    main()

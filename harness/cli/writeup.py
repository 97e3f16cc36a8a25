"""`specimen writeup`: the handout's deliverables, from results of runs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli import quick as small
from harness.cli.app import FAILED, INTERRUPTED, app, refuse

if TYPE_CHECKING:
    from writeup.runs.steps import Came, Step

RUNS = Path("runs")
OWN, LOCK = "writeup", ".lock"  # in the runs' folder
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

Out = Annotated[Path, typer.Option(help="Where a3-writeup.pdf and a3-writeup.html go.", file_okay=False)]
Runs = Annotated[Path, typer.Option(help="Where the commands' runs are.", file_okay=False)]
Data = Annotated[
    Path | None,
    typer.Option(
        help="--quick: a folder with the course's four files.", show_default="the project's own", file_okay=False
    ),
]
Seed = Annotated[int, typer.Option(help="Of 3.1.4, 3.2.3, the small CLIP and the notebooks' checks.", min=0)]
Notebooks = Annotated[
    Path, typer.Option(help="Where nmt, bert and clip.ipynb are.", show_default="the project's", file_okay=False)
]


@app.command("writeup")
def write_up(
    quick: Annotated[
        bool, typer.Option("--quick", help="Make every run that is not there, small, in ten minutes on two cores.")
    ] = False,
    out: Out = Path(),
    runs: Runs = RUNS,
    data: Data = None,
    seed: Seed = 0,
    notebooks: Notebooks = NOTEBOOKS,
) -> None:
    """Build a3-writeup.pdf and a3-writeup.html from results of runs; what is not there is missing in them, in red.

    Without --quick they are the runs of `experiment`, `sweep`, `isoflop`, `train clip`, `similarity` and `hunt` in the folders where these
    put them. With it they are small ones, each made once and kept as long as nothing changes that it is given. The notebooks are judged either way.

    Exit code 0: every run is there. 1: one is missing; the files are written, and say so in red. 2: usage. 130: interrupted; the same command goes on.
    """
    if data is not None and not quick:
        refuse("--data is what --quick trains on; without it, runs are read that are there.")
    _demand_room(out)
    console = Console()
    try:
        with _held(runs / OWN):
            steps = _steps(data, seed, notebooks, quick=quick)
            came = _gathered(steps, runs, console, quick=quick)
            _write(came, out, console)
    except KeyboardInterrupt:
        typer.echo("Interrupted. What is complete is kept; the same command goes on.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if any(one.how == "missing" for one in came.values()):
        raise typer.Exit(FAILED)


def _demand_room(out: Path) -> None:
    """Refuse a folder in which nothing can be written, before anything is run."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        refuse(f"--out {out}: {error.strerror}.")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """A folder in which one process at a time makes runs."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        refuse(f"another process makes runs in {folder}.")
    except OSError as error:
        refuse(f"{folder}: {error.strerror}.")
    try:
        yield
    finally:
        lock.release()


def _steps(data: Path | None, seed: int, notebooks: Path, *, quick: bool) -> list[Step]:
    if not quick:
        return small.checks(seed, notebooks)
    try:
        return small.steps(data, seed, notebooks)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")


def _gathered(steps: Sequence[Step], runs: Path, console: Console, *, quick: bool) -> dict[str, Came]:
    """What came of every kind of run: of those that are looked for, and of those that are made if they are not there."""
    from writeup.runs.steps import make

    came = {} if quick else _finished(runs)
    for number, step in enumerate(steps, start=1):
        there = {kind: one.run for kind, one in came.items()}
        came[step.kind] = make(step, runs / OWN, there, partial(_say, console, f"[{number}/{len(steps)}]"))
    return came


def _finished(runs: Path) -> dict[str, Came]:
    """The runs that the other commands have made."""
    from writeup.record import Lacking, Run, find, finished
    from writeup.runs.kinds import SWEEP
    from writeup.runs.steps import MISSING, REUSED, Came

    found = finished(runs)
    analysed = found["3.3"]
    found[SWEEP] = find(analysed.folder.parent, SWEEP) if isinstance(analysed, Run) else analysed
    if isinstance(found[SWEEP], Lacking):
        del found[SWEEP]  # nothing of it is shown but what the analysis says
    kinds = [kind for kind in found if not kind.startswith("check-")]
    return {kind: Came(found[kind], REUSED if isinstance(found[kind], Run) else MISSING) for kind in kinds}


def _write(came: dict[str, Came], out: Path, console: Console) -> None:
    """Write the write-up, and show what it is made of."""
    from writeup.paper import write
    from writeup.paper.sections import document, missing_in
    from writeup.record import Lacking, Run

    began = time.perf_counter()
    runs = {kind: one.run for kind, one in came.items()}
    try:
        paper = document(runs)
        files = write(paper, [run.record for run in runs.values() if isinstance(run, Run)], out)
    except (OSError, ValueError) as error:  # a result that was altered, a formula that cannot be shown, a full disk
        refuse(f"{error}.")
    console.print(_table(came))
    for run in runs.values():
        if isinstance(run, Lacking):
            _say(console, f"{run.kind} is missing: {run.why}; `{run.command}` makes it.")
    for span in missing_in(paper):
        _say(console, f"In it is missing {span.what}{f'; `{span.command}` makes it' if span.command else ''}.")
    _say(console, f"{' and '.join(map(str, files))}, in {time.perf_counter() - began:.0f} s")


def _table(came: dict[str, Came]) -> Table:
    """A line a run: which it is, where it comes from, and how long that took now."""
    from writeup.record import Run

    table = Table(box=None, pad_edge=False)
    for title in ("run", "id", ""):
        table.add_column(title)
    table.add_column("s", justify="right")
    for kind, one in came.items():
        name = one.run.record.id if isinstance(one.run, Run) else ""
        other = ", by other code" if isinstance(one.run, Run) and one.run.made_by_other_code else ""
        table.add_row(Text(kind), Text(name), f"{one.how}{other}", f"{one.time_s:.0f}" if one.time_s else "")
    return table


def _say(console: Console, *words: str) -> None:
    console.print(*words, highlight=False, markup=False, soft_wrap=True)
    console.file.flush()

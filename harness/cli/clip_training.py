"""`specimen train clip`: the small CLIP of section 5."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from harness.cli import inputs
from harness.cli.app import INTERRUPTED, Device, refuse
from harness.cli.training import check_device, train
from harness.typed import typed

RUNS = Path("runs")
WAITING, TURNS = "GOMP_SPINCOUNT", "1000"


@train.command("clip")
def train_clip(
    quick: Annotated[bool, typer.Option("--quick", help="Within three minutes on two cores.")] = False,
    steps: Annotated[int | None, typer.Option(help="Batches.", show_default="5000; quick: 2000", min=1)] = None,
    scenes: Annotated[int | None, typer.Option(help="Pictures.", show_default="40000; quick: 15000", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Of scenes, batches and parameters.", show_default="0")] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Annotated[
        Path | None, typer.Option(help="The model's folder.", show_default="runs/mini-clip", file_okay=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is in --out.")] = False,
) -> None:
    """Train a small CLIP on drawn scenes, to stand in for ViT-B/32 where there are no weights.

    The scenes are drawn here: one to three coloured shapes on a pattern, told in sentences. Some colours never meet some shapes in them, and on those it is measured at the end. The folder is one that open_clip reads.

    Exit code 0: trained. 2: usage. 130: interrupted; what is computed is saved.
    """
    wait_patiently()
    check_device(device)
    if resume and quick:
        refuse("--resume goes on with a training as it was begun; --quick begins one.")
    folder = out or RUNS / "mini-clip"
    given = {name: value for name, value in (("steps", steps), ("scenes", scenes), ("seed", seed)) if value is not None}
    command = typed("train", "clip", quick=quick, **given, device=inputs.on(device), out=out, resume=resume)
    try:
        _train(given, folder, device, command, resume=resume, quick=quick)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        from impl.stepped import LAST

        goes_on = (
            f"--resume --out {folder} goes on with it." if (folder / LAST).exists() else "Nothing was computed yet."
        )
        typer.echo(f"Interrupted. {goes_on}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _train(asked: dict[str, Any], folder: Path, device: Device, command: str, *, resume: bool, quick: bool) -> None:
    from impl.bars import Bars, say
    from impl.clip.mini import training
    from impl.clip.weights import ABOUT
    from writeup.runs.inputs import begun

    console = Console()
    if resume and _lacks_record(folder):  # it was killed before it could write that
        told = training.Recipe(**json.loads((folder / ABOUT).read_text(encoding="utf-8"))["recipe"])
        _record(folder, begun(folder, inputs.clip(told, device.value), is_fresh=False), command)
        say(console, f"{folder} is complete, and has its record now.")
        return
    if resume:
        recipe = training.resumed(folder, asked)
    else:
        recipe = training.Recipe(**{**(training.QUICK if quick else {}), **asked})
    with Bars(console, every=100) as bars:
        shown = lambda done, total: bars.look("scenes", done, total)  # noqa: E731 - a line
        run = training.Training(recipe, folder, device=device.value, resume=resume, show=shown)
        given = begun(folder, inputs.clip(recipe, device.value), is_fresh=not resume)
        say(console, f"{recipe.name}: {run.parameters:,} parameters, {recipe.scenes:,} scenes, {device.value}")
        for one in run:
            bars.look(recipe.name, one.step, recipe.steps, f"loss {one.loss:.2f}, {one.time_s:.0f} s")
    _record(folder, given, command)
    for line in training.told(folder):
        say(console, line)


def _lacks_record(folder: Path) -> bool:
    from impl.clip.weights import ABOUT
    from writeup.runs.kinds import KINDS

    return (folder / ABOUT).is_file() and not (folder / KINDS["5-train"].record).exists()


def _record(folder: Path, given: inputs.Inputs, command: str) -> None:
    from impl.clip.mini.shape import CONFIG, WEIGHTS
    from impl.clip.weights import ABOUT
    from writeup import record

    told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    seeds, time_s = [told["recipe"]["seed"]], told["time_s"]
    record.write(
        folder, "5-train", inputs=given, seeds=seeds, command=command, time_s=time_s, files=[ABOUT, CONFIG, WEIGHTS]
    )


def wait_patiently() -> None:
    """Have threads that wait for one another give up their core soon: where somebody else needs it, a step takes ten times
    as long if they do not. It is read when torch is loaded, so it must be said before."""
    os.environ.setdefault(WAITING, TURNS)

"""The commands of the translation models: `specimen train nmt` and `translate`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from harness.cli.app import INTERRUPTED, Device, app, refuse

if TYPE_CHECKING:
    from impl.nmt.recipe import Recipe

train = typer.Typer(help="Train the reference's models.", no_args_is_help=True)
app.add_typer(train, name="train")


class Model(StrEnum):
    """Which architecture."""

    encoder_decoder = "encoder-decoder"
    decoder = "decoder"


class Method(StrEnum):
    """How it is fitted."""

    handout = "handout"
    best = "best"


@train.command()
def nmt(
    model: Annotated[Model | None, typer.Option(help="Which architecture.", show_default="decoder")] = None,
    recipe: Annotated[
        Method | None, typer.Option(help="The handout's, or what translates best.", show_default="handout")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="small, large, or a file of two words a line.", show_default="small; best: large"),
    ] = None,
    hidden: Annotated[int | None, typer.Option(help="Hidden size, even.", show_default="64; best: 128")] = None,
    layers: Annotated[int | None, typer.Option(help="Layers.", show_default="4; best: 3")] = None,
    epochs: Annotated[int | None, typer.Option(help="At most so many.", show_default="100; best: 30")] = None,
    batch: Annotated[int | None, typer.Option(help="Words in a batch.", show_default="64; best: 128")] = None,
    patience: Annotated[
        int | None, typer.Option(help="Epochs without a lower validation loss.", show_default="100")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the split and the parameters.", show_default="0")] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder.", show_default="runs/nmt-...", file_okay=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Within a minute on two cores, something that translates.")
    ] = False,
) -> None:
    """Train a model to translate English to Pig Latin.

    The folder gets settings, a log of JSON lines, and the best and the last checkpoint.

    Exit code 0: trained. 2: usage, or data that cannot be read. 130: interrupted; what is complete is saved.
    """
    sizes = {"hidden": hidden, "layers": layers, "epochs": epochs, "batch": batch, "patience": patience, "seed": seed}
    asked = {"name": recipe and recipe.value, "model": model and model.value, "data": data} | sizes
    _train({name: value for name, value in asked.items() if value is not None}, device, out, resume=resume, quick=quick)


@app.command()
def translate(
    checkpoint: Annotated[Path, typer.Option(help="The folder of a run.", show_default=False)],
    text: Annotated[
        str | None, typer.Argument(help="Words of a to z and dashes.", show_default="standard input, line by line")
    ] = None,
    attention: Annotated[
        Path | None, typer.Option(help="Draw what every layer looks at: .svg, .png or .pdf.", show_default=False)
    ] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
) -> None:
    """Translate English to Pig Latin with a trained model, word by word.

    Exit code 0: translated. 2: usage, a character that the model does not know, or no checkpoint that can be read.
    """
    check_device(device)
    from impl.nmt.checkpoint import load
    from impl.nmt.decoding import growing_limit
    from impl.nmt.decoding import translate as translated
    from impl.nmt.machine import plan_to_translate, prepare
    from impl.tensor_file import BadCheckpointError

    try:
        learner, recipe = load(checkpoint, device.value)
        prepare(plan_to_translate(recipe.hidden))
        translator = learner.translator()
        said: list[str] = []
        for line in [text] if text is not None else sys.stdin:
            said += line.split()
            typer.echo(" ".join(translated(translator, line.split(), growing_limit)))
        if attention is not None:
            from impl.nmt.maps import attention_maps
            from writeup import attention_maps as figure

            figure.write([attention_maps(learner, word) for word in said], attention)
    except (BadCheckpointError, ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _train(asked: dict[str, Any], device: Device, out: Path | None, *, resume: bool, quick: bool) -> None:
    check_device(device)
    from impl.nmt import run as runs
    from impl.nmt.train import train as go
    from impl.tensor_file import BadCheckpointError

    if resume and quick:
        refuse("--resume goes on with a run as it was begun; --quick begins one.")
    if resume and out is None:
        refuse("--resume needs --out, the folder of the run to go on with.")
    folder = out
    try:
        recipe = runs.resumed(out, asked) if resume and out is not None else _recipe(asked, quick=quick)
        folder = out or runs.default_folder(recipe)
        go(runs.Run(recipe, folder, device=device.value, resume=resume), Console())
    except (BadCheckpointError, ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. What is complete is in {folder}; --resume --out {folder} goes on with it.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _recipe(asked: dict[str, Any], *, quick: bool) -> Recipe:
    """What is asked for, the rest by default."""
    from impl.nmt.recipe import make

    return make(asked, quick=quick)


def check_device(device: Device) -> None:
    """Refuse a GPU that is not there."""
    from impl.machine import has_gpu

    if device is Device.cuda and not has_gpu():
        refuse("--device cuda: there is no GPU that torch can use here.")

"""`specimen experiment`: a question of the handout with all its runs, plots and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from harness.cli.app import Device, app, refuse
from harness.cli.training import INTERRUPTED, check_device

OF_TRANSLATION, OF_BERT = ("3.1.4", "3.2.3"), "4"


Weights = Annotated[
    str | None,
    typer.Option(
        help="4: two or more, such as tbs17/MathBERT,vinai/bertweet-base.", show_default="mini-math,mini-chatter"
    ),
]
Data = Annotated[
    str | None, typer.Option(help="4: a folder with the course's two files.", show_default="split by each seed")
]
Out = Annotated[
    Path | None, typer.Option(help="The experiment's folder.", show_default="runs/experiment-...", file_okay=False)
]
Quick = Annotated[bool, typer.Option("--quick", help="3: five epochs a run. 4: less pretraining, within five minutes.")]


@app.command()
def experiment(
    question: Annotated[str, typer.Argument(help="3.1.4, 3.2.3, or 4 for 4.2 to 4.5.", show_default=False)],
    small: Annotated[str | None, typer.Option(help="3: the small list, or a file.", show_default="small")] = None,
    large: Annotated[str | None, typer.Option(help="3: the large list, or a file.", show_default="large")] = None,
    seed: Annotated[int | None, typer.Option(help="3: of splits and parameters.", show_default="0")] = None,
    weights: Weights = None,
    seeds: Annotated[int | None, typer.Option(help="4: how many.", show_default="5")] = None,
    epochs: Annotated[int | None, typer.Option(help="4: of each run.", show_default="3")] = None,
    data: Data = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Out = None,
    quick: Quick = False,
) -> None:
    """Run an experiment of the handout: its runs, its plots, its numbers. Runs that are there are gone on with.

    Exit code 0: done. 2: usage, or data or weights that cannot be read. 130: interrupted; what is complete is saved.
    """
    check_device(device)
    of_translation = {"small": small, "large": large, "seed": seed}
    of_bert = {"weights": weights, "seeds": seeds, "epochs": epochs, "data": data}
    asked = _asked(question, of_translation, of_bert)
    folder = out or Path("runs") / f"experiment-{question}{'-quick' if quick else ''}"
    try:
        if question == OF_BERT:
            _bert(asked, device, folder, quick=quick)
        else:
            _translation(question, asked, device, folder, quick=quick)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. What is complete is in {folder}; the same command goes on with it.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _asked(question: str, of_translation: dict[str, Any], of_bert: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, all of which must be the question's."""
    if question not in (*OF_TRANSLATION, OF_BERT):
        refuse(f"{question} is no experiment; there are {', '.join(OF_TRANSLATION)} and {OF_BERT}.")
    mine, others = (of_bert, of_translation) if question == OF_BERT else (of_translation, of_bert)
    if strange := [f"--{name}" for name, value in others.items() if value is not None]:
        refuse(f"{' and '.join(strange)} belong{'s' * (len(strange) == 1)} to another experiment than {question}.")
    return {name: value for name, value in mine.items() if value is not None}


def _translation(question: str, asked: dict[str, Any], device: Device, folder: Path, *, quick: bool) -> None:
    """3.1.4 and 3.2.3."""
    from impl.nmt import experiment as runs
    from impl.nmt.train import shown
    from writeup import experiments

    console = Console()
    chosen: dict[str, Any] = {"small": "small", "large": "large", "seed": 0} | asked
    recipes = runs.recipes(question, **chosen, quick=quick)
    results = runs.experiment(recipes, folder, device=device.value, show=lambda name, run: shown(name, run, console))
    experiments.write(question, [result.as_json() for result in results], folder, console)


def _bert(asked: dict[str, Any], device: Device, folder: Path, *, quick: bool) -> None:
    """4.2 to 4.5."""
    from impl.bars import say
    from impl.bert import experiment as runs
    from impl.bert.findings import found
    from impl.bert.show import Pretrainings
    from impl.bert.told import told
    from writeup import bert as paper

    console = Console()
    if "weights" in asked:
        asked = {**asked, "weights": tuple(name.strip() for name in asked["weights"].split(","))}
    chosen = runs.Experiment(**asked, quick=quick)
    with Pretrainings(console) as bars:
        runs.prepare(chosen, folder, device=device.value, show=bars.show)
    results = runs.run(chosen, folder, device=device.value, show=lambda line: say(console, line))
    numbers = found(chosen, results, runs.notebook_times(chosen, folder, device=device.value))
    paper.write({**numbers, "answers": told(numbers)}, folder, console)

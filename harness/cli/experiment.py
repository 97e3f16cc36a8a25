"""`specimen experiment`: a question of the handout with all its runs, plots and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from harness.cli import inputs
from harness.cli.app import INTERRUPTED, Device, app, refuse
from harness.cli.training import check_device
from harness.typed import typed

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
    epochs: Annotated[
        int | None, typer.Option(help="Of each run.", show_default="3.1.4: 50 and 100; 3.2.3: 100; 4: 3", min=1)
    ] = None,
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
    of_bert = {"weights": weights, "seeds": seeds, "data": data}
    asked = _asked(question, of_translation, of_bert) | ({"epochs": epochs} if epochs is not None else {})
    folder = out or Path("runs") / f"experiment-{question}{'-quick' if quick else ''}"
    command = typed("experiment", question, **asked, device=inputs.on(device), quick=quick, out=out)
    try:
        if question == OF_BERT:
            _bert(asked, device, folder, command, quick=quick)
        else:
            _translation(question, asked, device, folder, command, quick=quick)
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


def _translation(
    question: str, asked: dict[str, Any], device: Device, folder: Path, command: str, *, quick: bool
) -> None:
    """3.1.4 and 3.2.3."""
    from impl.nmt import experiment as runs
    from impl.nmt.train import shown
    from writeup import experiments, record
    from writeup.runs.inputs import begun, is_fresh

    console = Console()
    epochs = {"epochs": runs.QUICK_EPOCHS} if quick else {}
    chosen: dict[str, Any] = {"small": "small", "large": "large", "seed": 0} | epochs | asked
    recipes = runs.recipes(question, **chosen)
    given = begun(folder, inputs.translation(question, recipes, device.value), is_fresh=is_fresh(folder))
    results = runs.experiment(recipes, folder, device=device.value, show=lambda name, run: shown(name, run, console))
    files = experiments.write(question, [result.as_json() for result in results], folder, console)
    time_s = sum(one.time_s for one in results)
    record.write(folder, question, inputs=given, seeds=[chosen["seed"]], command=command, time_s=time_s, files=files)


def _bert(asked: dict[str, Any], device: Device, folder: Path, command: str, *, quick: bool) -> None:
    """4.2 to 4.5."""
    from impl.bars import say
    from impl.bert import experiment as runs
    from impl.bert.findings import found
    from impl.bert.pretraining import about
    from impl.bert.show import Pretrainings
    from impl.bert.told import told
    from impl.bert.weights import MINI, folder_of
    from writeup import bert as paper
    from writeup import record
    from writeup.runs.inputs import begun, is_fresh

    console = Console()
    if "weights" in asked:
        asked = {**asked, "weights": tuple(name.strip() for name in asked["weights"].split(","))}
    chosen = runs.Experiment(**asked, quick=quick)
    given = begun(folder, inputs.bert(chosen, device.value), is_fresh=is_fresh(folder))
    with Pretrainings(console) as bars:
        runs.prepare(chosen, folder, device=device.value, show=bars.show)
    its_own = [name for name in chosen.weights if quick and name in MINI]
    places = {name: folder_of(name, minis=chosen.minis(folder)) for name in chosen.weights}
    given["weights"] = {name: inputs.digest_of(place) for name, place in places.items() if name not in its_own}
    results = runs.run(chosen, folder, device=device.value, show=lambda line: say(console, line))
    numbers = found(chosen, results, runs.notebook_times(chosen, folder, device=device.value))
    files = paper.write({**numbers, "answers": told(numbers)}, folder, console)
    time_s = sum(one["features_s"] + sum(epoch["time_s"] for epoch in one["epochs"]) for one in results)
    time_s += sum(about(places[name])["time_s"] for name in its_own)
    seeds = range(chosen.seeds)
    record.write(folder, OF_BERT, inputs=given, seeds=seeds, command=command, time_s=time_s, files=files)

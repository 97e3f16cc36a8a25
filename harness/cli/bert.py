"""The commands of section 4: `specimen pretrain bert`, `finetune bert` and `classify`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from harness.cli.app import INTERRUPTED, Device, app, refuse
from harness.cli.training import check_device

if TYPE_CHECKING:
    from impl.bert.weights import Pretrained

RUNS = Path("runs")
pretrain = typer.Typer(help="Pretrain small models that stand in for large ones.", no_args_is_help=True)
finetune = typer.Typer(help="Fine-tune a pretrained model.", no_args_is_help=True)
app.add_typer(pretrain, name="pretrain")
app.add_typer(finetune, name="finetune")


class Corpus(StrEnum):
    """What is pretrained on."""

    math = "math"
    chatter = "chatter"


@pretrain.command("bert")
def pretrain_bert(
    corpus: Annotated[
        Corpus, typer.Option(help="Text that is generated: mathematics, or chatter.", show_default=False)
    ],
    steps: Annotated[int | None, typer.Option(help="Batches.", show_default="6000", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Of text, batches and parameters.", show_default="0")] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Annotated[
        Path | None, typer.Option(help="The model's folder.", show_default="runs/mini-...", file_okay=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is in --out.")] = False,
) -> None:
    """Pretrain a small BERT on masked words, in minutes on two cores.

    On mathematical text it is mini-math, which stands in for tbs17/MathBERT; on chatter mini-chatter, for vinai/bertweet-base. None of
    the 800 sentences of the task is in either text. The folder is one that transformers reads.

    Exit code 0: pretrained. 2: usage. 130: interrupted; what is computed is saved.
    """
    check_device(device)
    folder = out or RUNS / f"mini-{corpus.value}"
    given = {name: value for name, value in (("steps", steps), ("seed", seed)) if value is not None}
    try:
        _pretrain({"corpus": corpus.value, **given}, folder, device, resume=resume)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        from impl.stepped import LAST

        is_begun = (folder / LAST).exists()
        goes_on = f"--resume --out {folder} goes on with it." if is_begun else "Nothing was computed yet."
        typer.echo(f"Interrupted. {goes_on}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _pretrain(asked: dict[str, Any], folder: Path, device: Device, *, resume: bool) -> None:
    from impl.bars import say
    from impl.bert import pretraining
    from impl.bert.corpora import CORPORA
    from impl.bert.show import Pretrainings

    console = Console()
    recipe = pretraining.resumed(folder, asked) if resume else pretraining.Recipe(**asked)
    run = pretraining.Pretraining(recipe, folder, device=device.value, resume=resume)
    about = CORPORA[recipe.corpus]
    named = f"{recipe.name}: {run.parameters:,} parameters, {recipe.lines:,} lines of {about.title}, {device.value}"
    say(console, named)
    with Pretrainings(console) as bars:
        for progress in run:
            bars.show(recipe, progress)
    say(console, f"{recipe.name} is in {folder}; it stands in for {about.stands_in_for}.")


Weights = Annotated[
    str, typer.Option(help="mini-math, mini-chatter, tbs17/MathBERT, vinai/bertweet-base, any such name, or a folder.")
]
Out = Annotated[
    Path | None, typer.Option(help="The classifier's folder.", show_default="runs/bert-...", file_okay=False)
]
Rate = Annotated[
    float | None,
    typer.Option(help="The highest learning rate.", show_default="the notebook's .00005; of a mini .001, frozen .01"),
]
Data = Annotated[
    Path | None,
    typer.Option(help="A folder with the course's two CSV files.", show_default="the 800 sentences, split by --seed"),
]
AsNotebook = Annotated[
    bool,
    typer.Option(
        "--as-notebook", help="Its rate, decay of biases, padding to 7, 30 % set apart, dropout where frozen."
    ),
]


@finetune.command("bert")
def finetune_bert(
    weights: Weights = "mini-math",
    freeze: Annotated[bool, typer.Option("--freeze", help="Train the classifier alone.")] = False,
    epochs: Annotated[int, typer.Option(help="Over all sentences.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Of the split, the order, and what starts at random.")] = 0,
    rate: Rate = None,
    batch: Annotated[int, typer.Option(help="Sentences of a step.", min=1)] = 32,
    data: Data = None,
    as_notebook: AsNotebook = False,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
    out: Out = None,
) -> None:
    """Fine-tune a BERT to say whether "three minus five" is negative, zero or positive.

    Small weights that are not there are pretrained first. The folder is one that transformers reads.

    Exit code 0: trained and saved. 2: usage, or weights that are not there and cannot be fetched. 130: interrupted; no classifier is saved.
    """
    check_device(device)
    how: dict[str, Any] = {"freeze": freeze, "epochs": epochs, "batch": batch, "seed": seed, "rate": rate}
    ways = ("-frozen" * freeze) + ("-as-notebook" * as_notebook)
    folder = out or RUNS / f"bert-{Path(weights).name}{ways}-s{seed}"
    try:
        _finetune(weights, {**how, "as_notebook": as_notebook}, data, device, folder)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        typer.echo("Interrupted. No classifier is saved.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _finetune(weights: str, how: dict[str, Any], data: Path | None, device: Device, folder: Path) -> None:
    from impl.bars import say
    from impl.bert import arithmetic, saved
    from impl.bert.finetuning import FineTuning, Recipe
    from impl.bert.show import finetuning

    console = Console()
    recipe = Recipe(weights, **how)
    saved.demand_free(folder)
    split = arithmetic.split(recipe.seed) if data is None else arithmetic.read(data)
    tuning = FineTuning(_pretrained(weights, recipe.seed, device, console), split, recipe, device.value)
    saved.save(folder, tuning, finetuning(tuning, console), str(data) if data else None)
    say(console, f'In {folder}; `specimen classify "three minus five" --checkpoint {folder}` asks it.')


@app.command()
def classify(
    checkpoint: Annotated[
        list[Path],
        typer.Option(help="A folder of `finetune bert`; several are shown side by side.", show_default=False),
    ],
    text: Annotated[
        str | None, typer.Argument(help='Such as "three minus five".', show_default="standard input, line by line")
    ] = None,
    device: Annotated[Device, typer.Option(help="Where it computes.")] = Device.cpu,
) -> None:
    """Ask fine-tuned BERTs whether a sentence is negative, zero or positive.

    Exit code 0: answered, rightly or not. 2: usage, or no checkpoint that can be read.
    """
    check_device(device)
    from impl.bars import say
    from impl.bert import saved
    from impl.bert.show import classified

    console = Console()
    lines = [text] if text is not None else [line.strip() for line in sys.stdin]
    sentences = [line for line in lines if line.strip()]
    if not sentences:
        refuse("there is no sentence to classify.")
    if broken := [line for line in sentences if any("\ud800" <= letter <= "\udfff" for letter in line)]:
        refuse(f"{broken[0].encode(errors='replace').decode()} is not UTF-8.")
    try:
        models = [(folder, saved.classifier(folder)) for folder in checkpoint]
        for table in classified(models, sentences, device.value):
            console.print(table)
        for note in dict.fromkeys(saved.note(folder) for folder in checkpoint):
            if note:
                say(console, note)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")


def _pretrained(weights: str, seed: int, device: Device, console: Console) -> Pretrained:
    """The weights; small ones that are not there are made first, which is said."""
    from impl.bars import say
    from impl.bert import pretraining, several
    from impl.bert import weights as known
    from impl.bert.show import Pretrainings

    try:
        return known.load(weights, seed=seed, minis=RUNS)
    except known.NotPretrainedError:
        recipe = pretraining.Recipe(weights.removeprefix("mini-"))
        say(console, f"{weights} is not in {RUNS / weights}; it is pretrained there first, which takes some minutes.")
        with Pretrainings(console) as bars:
            several.pretrain([(recipe, RUNS / weights)], device=device.value, show=bars.show)
        return known.load(weights, seed=seed, minis=RUNS)

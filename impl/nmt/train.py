"""`specimen train nmt`: a run with its progress shown."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from impl.nmt.decoding import growing_limit, translate
from impl.nmt.pairs import Pair
from impl.nmt.run import Run
from impl.nmt.training import Epoch

SENTENCE = "the air conditioning is working"  # the handout's
EXAMPLES = 6
LINES = 10  # epochs between lines where there is no terminal to draw a bar on


def train(run: Run, console: Console) -> None:
    """Train to the end, or until it is interrupted, and say what came of it."""
    for _ in shown("", run, console):
        pass
    _summary(run, console)


def shown(name: str, run: Run, console: Console) -> Iterator[Epoch]:
    """A run's epochs, each shown as it is done: on a terminal as a bar, else as a line now and then."""
    recipe, training = run.recipe, run.training
    console.print(
        f"{name + ': ' if name else ''}{recipe.model}, hidden {recipe.hidden}, {recipe.layers} layers,"
        f" {training.vector.numel():,} parameters; {recipe.data}: {training.words:,} words to train on,"
        f" {len(run.unseen):,} unseen; {run.device}, {_divided(run)}",
        highlight=False,
        markup=False,
    )
    if run.pairs.remark:
        console.print(Text(run.pairs.remark, style="dim"))
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("epochs", total=recipe.epochs, completed=training.done)
        for epoch in run:
            said = f"loss {epoch.train_loss:.3f}, validation {epoch.val_loss:.3f}, words right {epoch.words_right:.1%}"
            progress.update(task, completed=epoch.epoch, description=said)
            if not console.is_terminal and (epoch.epoch % LINES == 0 or training.over):
                console.print(f"epoch {epoch.epoch}/{recipe.epochs}: {said}", highlight=False, markup=False)
            yield epoch


def _divided(run: Run) -> str:
    processes, threads = run.plan
    return f"{processes} processes" if processes > 1 else f"{threads} thread{'s' * (threads > 1)}"


def _summary(run: Run, console: Console) -> None:
    training = run.training
    if training.done < run.recipe.epochs:
        console.print(f"Stopped after {training.done} epochs: {run.recipe.patience} without a lower validation loss.")
    best = run.epochs[training.best_epoch - 1]
    console.print(
        f"Lowest validation loss {best.val_loss:.3f} ({best.val_loss_per_token:.3f} a character) after epoch"
        f" {best.epoch}: {best.words_right:.1%} of {len(run.unseen)} unseen words right. {run.time_s:.0f} s."
        f" Saved in {run.folder}",
        highlight=False,
        markup=False,
    )
    translator = training.learner.translator()
    for source, target in examples(run.unseen):
        (said,) = translate(translator, [source], growing_limit)
        console.print(Text(f"  {source:>16} -> {said}" + ("" if said == target else f"   (should be {target})")))
    console.print(Text(f"  {SENTENCE} -> {' '.join(translate(translator, SENTENCE.split(), growing_limit))}"))


def examples(unseen: Sequence[Pair]) -> list[Pair]:
    """A few words that the model has not been trained on, from the whole list."""
    return list(unseen[:: max(1, len(unseen) // EXAMPLES)][:EXAMPLES])

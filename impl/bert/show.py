"""What `specimen pretrain`, `finetune` and `classify` show."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from impl.bars import Bars, say
from impl.bert import arithmetic
from impl.bert.arithmetic import CLASSES
from impl.bert.finetuning import Epoch, FineTuning, probabilities
from impl.bert.pretraining import Recipe
from impl.bert.weights import Pretrained
from impl.stepped import Progress as Steps

EVERY = 500  # steps between lines where there is no terminal to draw a bar on


class Pretrainings(Bars):
    """The progress of one pretraining or several."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, every=EVERY)

    def show(self, recipe: Recipe, steps: Steps) -> None:
        """Show how far one is."""
        self.look(recipe.name, steps.step, recipe.steps, f"loss {steps.loss:.2f}, {steps.time_s:.0f} s")


def role(pretrained: Pretrained) -> str:
    """What weights are, and whose role they play."""
    said = f"{pretrained.name}: {pretrained.parameters:,} parameters"
    if pretrained.stands_in_for:
        said += f", pretrained here on generated text; it stands in for {pretrained.stands_in_for}"
    if lacking := sorted({name.split(".")[0] for name in pretrained.new} - {"classifier"}):
        said += f"; the {' and '.join(lacking)} start{'s' * (len(lacking) == 1)} at random, as the weights have none"
    if not pretrained.new:
        said += "; fine-tuned already, so what is unseen now may be what that was trained on"
    return said


def finetuning(tuning: FineTuning, console: Console) -> list[Epoch]:
    """Run all epochs, a line each."""
    recipe, split = tuning.recipe, tuning.split
    say(console, role(tuning.pretrained))
    say(
        console,
        f"{len(split.seen)} sentences to train on, {len(split.unseen)} unseen;"
        f" {'the classifier alone' if recipe.freeze else 'all parameters'}, rate {tuning.rate:g}; {tuning.device}",
    )
    epochs = []
    for one in tuning:
        say(
            console,
            f"epoch {one.epoch}/{recipe.epochs}: training loss {one.train_loss:.3f}, unseen: loss {one.val_loss:.3f},"
            f" right {100 * one.accuracy:.1f} % (always the commonest: {100 * split.majority:.1f} %), {one.time_s:.2f} s",
        )
        epochs.append(one)
    return epochs


def classified(
    checkpoints: Sequence[tuple[Path, Pretrained]], sentences: Iterable[str], device: str
) -> Iterator[Table]:
    """What classifiers say of sentences, one below the other, with their probabilities: a table a sentence.

    Raises:  TooLongError.
    """
    lines = list(sentences)
    told = [probabilities(one, lines, device) for _, one in checkpoints]
    names = [folder.name for folder, _ in checkpoints]
    names = names if len(set(names)) == len(names) else [str(folder) for folder, _ in checkpoints]
    for place, line in enumerate(lines):
        truth = truth_of(line)
        table = Table(box=None, pad_edge=False, title_justify="left", title_style="bold")
        table.title = Text(line + (f" ({truth})" if truth else ""))
        table.add_column("checkpoint", overflow="fold")
        table.add_column("answer", min_width=len("positive, wrong"), no_wrap=True)
        for title in CLASSES:
            table.add_column(title, justify="right", style="dim", no_wrap=True, min_width=len(title))
        for name, of in zip(names, told, strict=True):
            answer = CLASSES[int(of[place].argmax())]
            style = "" if truth is None else "green" if answer == truth else "red"
            said = answer + ("" if truth in (None, answer) else ", wrong")
            table.add_row(Text(name), Text(said, style=style), *(f"{share:.3f}" for share in of[place]))
        yield table


def truth_of(sentence: str) -> str | None:
    """The right answer, where the sentence is one that can be worked out."""
    try:
        return CLASSES[arithmetic.label(sentence.lower())]
    except ValueError:
        return None

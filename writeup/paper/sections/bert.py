"""Section 4: BERT fine-tuned and frozen, on two kinds of pretraining."""

from __future__ import annotations

import re
from typing import Any

from rich.table import Table

from writeup import bert
from writeup.bert import tables
from writeup.paper.blocks import Answer, Block, Figure, Heading, Note
from writeup.paper.code import listing
from writeup.paper.sections.found import Runs, heading, plain, table, verdict, with_results

NOTEBOOK = "notebooks/bert.ipynb"
KIND, FILE = "4", "findings.json"


def blocks(runs: Runs) -> list[Block]:
    """All of section 4, in the handout's order."""
    return [
        Heading(2, "4", "Fine-tuning Pretrained Language Models"),
        heading("4.1"),
        listing(NOTEBOOK, "BertForSentenceClassification", asked=("__init__", "forward")),
        verdict(runs, "bert", "4.1"),
        heading("4.2"),
        *with_results(runs, KIND, FILE, _trained),
        heading("4.3"),
        *with_results(runs, KIND, FILE, _frozen),
        heading("4.4"),
        *with_results(runs, KIND, FILE, lambda found, run: [Answer(plain(found["answers"]["4.4"]), 3, (run,))]),
        heading("4.5"),
        *with_results(runs, KIND, FILE, _errors),
    ]


def _trained(found: dict[str, Any], run: str) -> list[Block]:
    return [
        Figure("curves", bert.FIGURES["curves"](found), ("Training loss and accuracy on unseen sentences by epoch.",),
               "Left training losses by epoch, right accuracies, a curve for each way to a classifier", (run,)),
        table(tables.arms(found), _caption(found), run),
        Answer(plain(found["answers"]["4.2"]), None, (run,)),
        *(Note((sentence,)) for sentence in found["answers"]["notes"]),
    ]  # fmt: skip


def _caption(found: dict[str, Any]) -> tuple[str]:
    """What the columns are."""
    return (
        f"The share that is right of unseen sentences with its 95 % interval, of always saying the commonest class, of"
        f" sentences trained on, and of sentences of three numbers; time of training. Means over {found['seeds']} seeds.",
    )  # fmt: skip


def _frozen(found: dict[str, Any], run: str) -> list[Block]:
    """4.3 in four sentences: time with the notebook's settings, then accuracy; how it is run here is a note."""
    faster, here, *accuracy = found["answers"]["4.3"]
    return [Answer(plain([faster, *accuracy]), 4, (run,)), Note((here,))]


def _errors(found: dict[str, Any], run: str) -> list[Block]:
    return [
        Figure("errors", bert.FIGURES["errors"](found), ("What the models say of all 800 sentences.",),
               "Grids of first number against second number, coloured by what is said, errors marked", (run,)),
        *(table(one, (_titled(one),), run) for one in tables.examples(found)),
        Answer(plain(found["answers"]["4.5"]), None, (run,)),
    ]  # fmt: skip


def _titled(shown: Table) -> str:
    """What a table of sentences shows, and what a question mark in it says."""
    title = str(shown.title)
    unsure = any(cell == "?" for column in shown.columns for cell in column.cells)
    count = re.search(r": ([\d,]+) of", title)
    some = count is not None and int(count[1].replace(",", "")) > shown.row_count
    return (
        f"{title[0].upper()}{title[1:]}{f', the first {shown.row_count} of them' * some}."
        f"{' ?: two answers are as frequent among the seeds.' * unsure}"
    )

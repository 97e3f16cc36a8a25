"""Section 4 on paper: a table and sentences on the terminal, curves and maps of errors as figures, all numbers as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from harness.whole_file import write_whole
from writeup.bert import curves, maps, tables
from writeup.figures import files

FORMATS = ("svg", "png")
FIGURES: dict[str, Callable[[dict[str, Any]], Figure]] = {"curves": curves.draw, "errors": maps.draw}


def write(found: dict[str, Any], folder: Path, console: Console) -> list[str]:
    """Put an experiment's findings into its folder, and show what they say; -> the files' names.

    Raises:  OSError if something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = figures(found)
    for name, figure in drawn.items():
        for suffix in FORMATS:
            files.save(figure, folder / f"{name}.{suffix}")
    write_whole(folder / "accuracy.csv", tables.as_csv(found))
    write_whole(folder / "predictions.csv", tables.predictions(found))
    write_whole(folder / "findings.json", json.dumps(found, allow_nan=False) + "\n")
    for table in (tables.arms(found), *tables.examples(found)):
        console.print(table)
        console.print()
    answers = dict(found["answers"])
    notes = answers.pop("notes")
    for question, sentences in answers.items():
        console.print(f"{question}  {' '.join(sentences)}", highlight=False, markup=False)
    for sentence in notes:
        console.print(f"Note: {sentence}", highlight=False, markup=False)
    others = ["accuracy.csv", "predictions.csv", "findings.json"]
    told = ", ".join([*(f"{name}.svg" for name in drawn), *others])
    console.print(f"In {folder}: {told}", highlight=False, markup=False, soft_wrap=True)
    return [*(f"{name}.{suffix}" for name in drawn for suffix in FORMATS), *others]


def figures(found: dict[str, Any]) -> dict[str, Figure]:
    """Every picture, by the name of its file."""
    return {name: draw(found) for name, draw in FIGURES.items()}

"""An analysis of a sweep on paper: sentences and tables on the terminal, figures, CSV files, and all numbers as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from harness.whole_file import write_whole
from writeup.figures import files
from writeup.isoflop import curves, exponents, lines, profiles, tables

FORMATS = ("svg", "png")
FIGURES: dict[str, Callable[[dict[str, Any]], Figure]] = {
    "loss-against-flops": curves.raw,
    "loss-smoothed": curves.smoothed,
    "isoflop-profiles": profiles.draw,
    "compute-optimal-parameters": lines.params,
    "compute-optimal-tokens": lines.tokens,
    "exponents": exponents.draw,
}


def write(found: dict[str, Any], folder: Path, console: Console) -> list[str]:
    """Put an analysis into a folder, and show what it says; -> the files' names.

    Raises:  OSError if something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn, csv = figures(found), tables.as_csv(found)
    for name, figure in drawn.items():
        for suffix in FORMATS:
            files.save(figure, folder / f"{name}.{suffix}")
    for name, text in csv.items():
        write_whole(folder / f"{name}.csv", text)
    write_whole(folder / "analysis.json", json.dumps(found, allow_nan=False) + "\n")
    for table in (tables.optima(found), tables.exponents(found)):
        console.print(table)
        console.print()
    for question, sentences in found["answers"].items():
        console.print(f"{question}  {' '.join(sentences)}", highlight=False, markup=False)
    for title, sentences in (("Note", found["cautions"]), ("Warning", found["warnings"])):
        for sentence in sentences:
            console.print(f"{title}: {sentence}", highlight=False, markup=False)
    console.print(f"Figures, tables and numbers are in {folder}", highlight=False, markup=False)
    pictures = [f"{name}.{suffix}" for name in drawn for suffix in FORMATS]
    return [*pictures, *(f"{name}.csv" for name in csv), "analysis.json"]


def figures(found: dict[str, Any]) -> dict[str, Figure]:
    """Every picture, by the name of its file."""
    return {name: draw(found) for name, draw in FIGURES.items()}

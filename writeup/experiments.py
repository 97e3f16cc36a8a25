"""The experiments of section 3 on paper: a table on the terminal, the plots, and all numbers as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from harness.whole_file import write_whole
from writeup import translation
from writeup.figures import files, frame

Result = dict[str, Any]
LINES = ((frame.BLUE, "-"), (frame.VERMILION, "--"))
SIZE_IN = (7.2, 4.6)
WORDS = 5  # of the course's sentence, with which samples begin


def write(question: str, results: Sequence[Result], folder: Path, console: Console) -> list[str]:
    """Show an experiment's numbers, and put them and its plots into its folder; -> the files' names.

    Raises:  OSError if something cannot be written.
    """
    console.print(table(results))
    if question == "3.2.3":
        for one in results:
            console.print(f"{one['name']} says: {sentence(one)}", highlight=False, markup=False)
    told = translation.told(results) if question == "3.1.4" else translation.compared(results)
    console.print(f"{question}  {' '.join(told)}", highlight=False, markup=False)
    plots = PLOTS[question](results)
    for name, drawn in plots.items():
        files.save(drawn, folder / name)
    write_whole(folder / "results.json", json.dumps(list(results), indent=2) + "\n")
    names = [*plots, "results.json"]
    console.print(f"In {folder}: {', '.join(names)}", highlight=False, markup=False)
    return names


def sentence(result: Result) -> str:
    """What a run makes of the course's sentence."""
    return " ".join(said for _, _, said in result["samples"][:WORDS])


def table(results: Sequence[Result]) -> Table:
    """A line a run: its lowest validation loss, the share of unseen words right, and wrong words by rule."""
    rules = list(results[0]["words"])
    found = Table(box=None, pad_edge=False)
    for title in ("run", "lowest loss", "epoch", "words right", *(f"wrong: {rule}" for rule in rules), "time"):
        found.add_column(title, justify="left" if title == "run" else "right", no_wrap=title == "run")
    for one in results:
        by_rule = [f"{one['errors'][rule]}/{one['words'][rule]}" for rule in rules]
        numbers = [f"{one['lowest_val_loss']:.3f}", f"{one['best_epoch']}/{len(one['val_losses'])}"]
        found.add_row(one["name"], *numbers, f"{one['words_right']:.1%}", *by_rule, f"{one['time_s']:.0f} s")
    return found


def four_runs(results: Sequence[Result]) -> dict[str, Figure]:
    """3.1.4: the runs by data set, at each hidden size, and by hidden size, on each data set."""
    by_name = {one["name"]: one for one in results}
    by_data = [
        (f"hidden {size}", [(by_name[f"{data}-{size}"], data) for data in ("small", "large")]) for size in (32, 64)
    ]
    by_hidden = [
        (data, [(by_name[f"{data}-{size}"], f"hidden {size}") for size in (32, 64)]) for data in ("small", "large")
    ]
    return {
        "by-data.svg": _grid("By data set", by_data),
        "by-hidden.svg": _grid("By hidden size", by_hidden),
    }


def architectures(results: Sequence[Result]) -> dict[str, Figure]:
    """3.2.3: the two architectures' validation losses, and the share of words that each gets wrong, by rule."""
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=(SIZE_IN[0], SIZE_IN[1] / 1.45), layout="constrained")
        losses, errors = drawn.subplots(1, 2)
        for one, (color, style) in zip(results, LINES, strict=True):
            _curve(losses, one["val_losses"], f"{one['name']}, lowest {one['lowest_val_loss']:.3f}", color, style)
        losses.set(xlabel="epoch", ylabel="validation loss (nats a token)", ylim=(0, None))
        losses.xaxis.get_major_locator().set_params(integer=True)
        losses.legend(frameon=False, fontsize=8)
        rules = list(results[0]["words"])
        width = 0.8 / len(results)
        for place, (one, (color, style)) in enumerate(zip(results, LINES, strict=True)):
            shares = [one["errors"][rule] / one["words"][rule] if one["words"][rule] else 0 for rule in rules]
            at = [number + (place - 0.5) * width for number in range(len(rules))]
            hatch = "" if style == "-" else "///"
            bars = errors.bar(at, shares, width, color=color, label=one["name"], hatch=hatch, edgecolor="white")
            errors.bar_label(bars, [f"{one['errors'][rule]}/{one['words'][rule]}" for rule in rules], fontsize=6.5)
        errors.set_xticks(range(len(rules)), rules)
        errors.set(ylabel="share of unseen words wrong", ylim=(0, 1.05), xlabel="rule")
        errors.legend(frameon=False, fontsize=8)
    return {"architectures.svg": drawn}


PLOTS: dict[str, Callable[[Sequence[Result]], dict[str, Figure]]] = {"3.1.4": four_runs, "3.2.3": architectures}


def _grid(title: str, rows: list[tuple[str, list[tuple[Result, str]]]]) -> Figure:
    """A row for what is held fixed; losses in training to the left, in validation to the right."""
    with mpl.rc_context(frame.STYLE):
        drawn = Figure(figsize=SIZE_IN, layout="constrained")
        drawn.suptitle(f"{title}: loss in nats a token", x=0.015, ha="left", fontsize=10, fontweight="bold")
        grid = drawn.subplots(2, 2, sharex="row", sharey="row")
        for (fixed, runs), (train, validation) in zip(rows, grid, strict=True):
            for (one, label), (color, style) in zip(runs, LINES, strict=True):
                _curve(train, one["train_losses"], label, color, style)
                _curve(validation, one["val_losses"], f"{label}, lowest {one['lowest_val_loss']:.3f}", color, style)
            train.set(title=f"{fixed}: training", ylabel="loss", ylim=(0, None), xlabel="epoch")
            validation.set(title=f"{fixed}: validation", xlabel="epoch")
            train.xaxis.get_major_locator().set_params(integer=True)
            train.legend(frameon=False, fontsize=8)
            validation.legend(frameon=False, fontsize=8)
    return drawn


def _curve(axes: Axes, losses: list[float], label: str, color: str, style: str) -> None:
    axes.plot(range(1, len(losses) + 1), losses, style, color=color, label=label)

"""The numbers of an analysis as tables: on a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from rich.table import Table

BOTH = {"quintic": "the handout's quintic", "monotone": "never rising"}


def optima(found: dict[str, Any]) -> Table:
    """A line a budget: how many sizes have it, and what is best by both ways of smoothing."""
    table = Table(box=None, pad_edge=False)
    for title in ("TFLOPs", "sizes", "best N", "95 %", "best D", "N, never rising", "95 %"):
        table.add_column(title, justify="right", no_wrap=True)
    for one, other in zip(*(found["optima"][name]["profiles"] for name in BOTH), strict=True):
        mark = "*" if one["is_extrapolated"] else ""
        table.add_row(
            f"{one['budget'] / 1e12:.3g}", str(len(one["hidden"])),
            _shown(one["optimum"]["value"]) + mark, _range(one["optimum"]), _shown(one["tokens"]["value"]),
            _shown(other["optimum"]["value"]), _range(other["optimum"]),
        )  # fmt: skip
    if any(one["is_extrapolated"] for one in found["optima"]["quintic"]["profiles"]):
        table.caption = "* extrapolated: outside the sizes that have the budget"
    return table


def exponents(found: dict[str, Any]) -> Table:
    """A line an approach and count: the exponents of parameters and tokens."""
    table = Table(box=None, pad_edge=False)
    for title in ("approach", "parameters", "N ~ C^", "95 %", "D ~ C^", "95 %"):
        table.add_column(title, justify="left" if title in {"approach", "parameters"} else "right", no_wrap=True)
    for one in found["exponents"]:
        numbers = [part for what in ("params", "tokens") for part in (_power(one[what]["value"]), _powers(one[what]))]
        table.add_row(one["way"], one["counted"], *numbers)
    table.caption = "all three smoothed by the fit that never rises"
    return table


def as_csv(found: dict[str, Any]) -> dict[str, str]:
    """Every table, by the name of its file; an empty field is a number that is not known."""
    return {
        "curves": _text(("hidden", "params", "params_total", "seed", "epoch", "tokens", "flops", "loss"), _curves(found)),
        "profiles": _text(("smoothed", "budget", "hidden", "params", "loss", "spread"), _profiles(found)),
        "optima": _text(
            (
                "smoothed", "budget", "sizes", "params", "params_low", "params_high", "tokens", "tokens_low", "tokens_high",
                "is_extrapolated", "draws_without", "why",
            ),
            _optima(found),
        ),
        "exponents": _text(
            ("approach", "counted", "params", "params_low", "params_high", "tokens", "tokens_low", "tokens_high", "why"),
            ([one["way"], one["counted"], *_three(one["params"]), *_three(one["tokens"]), one["why"]] for one in found["exponents"]),
        ),
    }  # fmt: skip


def _curves(found: dict[str, Any]) -> Iterable[list[Any]]:
    for size in found["sizes"]:
        for run in size["runs"]:
            for epoch, numbers in enumerate(zip(run["tokens"], run["flops"], run["loss"], strict=True), start=1):
                yield [size["hidden"], size["params"], size["params_total"], run["seed"], epoch, *numbers]


def _profiles(found: dict[str, Any]) -> Iterable[list[Any]]:
    for name in BOTH:
        for one in found["optima"][name]["profiles"]:
            for numbers in zip(one["hidden"], one["params"], one["losses"], one["spread"], strict=True):
                yield [name, one["budget"], *numbers]


def _optima(found: dict[str, Any]) -> Iterable[list[Any]]:
    for name in BOTH:
        for one in found["optima"][name]["profiles"]:
            estimates = [*_three(one["optimum"]), *_three(one["tokens"])]
            yield [
                name,
                one["budget"],
                len(one["hidden"]),
                *estimates,
                one["is_extrapolated"],
                one["optimum"]["missing"],
                one["why"],
            ]


def _three(estimate: dict[str, Any]) -> list[Any]:
    return [estimate["value"], estimate["low"], estimate["high"]]


def _text(titles: Iterable[str], rows: Iterable[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue()


def _shown(value: float | None) -> str:
    if value is None:
        return "none"
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if unit <= value < 1000 * unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def _range(estimate: dict[str, Any]) -> str:
    if estimate["low"] is None:
        return ""
    if estimate["high"] is None:
        return f"{_shown(estimate['low'])} or more" if estimate["low"] else "anything"
    if not estimate["low"]:
        return f"{_shown(estimate['high'])} or less"
    return f"{_shown(estimate['low'])} - {_shown(estimate['high'])}"


def _power(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def _powers(estimate: dict[str, Any]) -> str:
    return "" if estimate["low"] is None else f"{estimate['low']:.2f} - {estimate['high']:.2f}"

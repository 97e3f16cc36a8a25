"""3.3: the six models, their isoFLOP profiles, and what is best for a budget."""

from __future__ import annotations

from typing import Any

from writeup import isoflop
from writeup.isoflop import tables
from writeup.paper import prose
from writeup.paper.blocks import Answer, Block, Figure, Heading, Line, Points, Table
from writeup.paper.code import listing
from writeup.paper.sections.found import Runs, heading, plain, table, verdict, with_results

NOTEBOOK, KIND, FILE = "notebooks/nmt.ipynb", "3.3", "analysis.json"


def blocks(runs: Runs) -> list[Block]:
    """3.3, "Scaling Law and IsoFLOP Profiles" in the report."""
    return [
        Heading(3, "3.3", "Scaling Law and IsoFLOP Profiles"),
        heading("3.3.1"),
        *with_results(runs, KIND, FILE, _losses),
        heading("3.3.2"),
        listing(NOTEBOOK, "find_optimal_params"),
        verdict(runs, "nmt", "3.3.2"),
        *with_results(runs, KIND, FILE, _profiles),
        heading("3.3.3"),
        listing(NOTEBOOK, "fit_linear_log"),
        verdict(runs, "nmt", "3.3.3"),
        *with_results(runs, KIND, FILE, _line),
        heading("3.3.4"),
        *with_results(runs, KIND, FILE, _tokens),
    ]


def _losses(found: dict[str, Any], run: str) -> list[Block]:
    return [
        _figure(found, run, "loss-against-flops", "Validation loss against FLOPs, a curve for each of the six models.",
                "Curves that fall, those of larger models later and further"),
        _sizes(found, run),
        Answer(plain(found["answers"]["3.3.1"]), 3, (run,)),
    ]  # fmt: skip


def _profiles(found: dict[str, Any], run: str) -> list[Block]:
    intervals = ", with 95 % intervals over seeds" * (len(found["seeds"]) > 1)
    return [
        _figure(found, run, "isoflop-profiles", "IsoFLOP profiles: loss against parameters at each budget, with the parabola and its vertex.",
                "For each budget points and a parabola with its lowest place marked"),
        table(tables.optima(found), (f"What is best at each budget: N parameters and D tokens{intervals}.",), run),
        *_notes(found),
    ]  # fmt: skip


def _line(found: dict[str, Any], run: str) -> list[Block]:
    return [
        _figure(found, run, "compute-optimal-parameters", "The best number of parameters against the budget, out to 1e15 FLOPs.",
                "Points along a line in double logarithmic axes, which goes on with a band that widens"),
        Answer(tuple(map(_typeset, found["answers"]["3.3.3"])), None, (run,)),
    ]  # fmt: skip


def _tokens(found: dict[str, Any], run: str) -> list[Block]:
    return [
        _figure(found, run, "compute-optimal-tokens", "The best number of tokens against the budget, with the training of 3.2.3.",
                "Points along a line in double logarithmic axes, and a star where 3.2.3 lies"),
        Answer(plain(found["answers"]["3.3.4"]), 3, (run,)),
    ]  # fmt: skip


def _typeset(sentence: str) -> Line:
    """A sentence with the line's equation, and what it comes to, as formulas."""
    return prose.line(sentence.replace(" x ", " \N{MULTIPLICATION SIGN} "))


def _sizes(found: dict[str, Any], run: str) -> Table:
    """The six models, and what they come to."""
    rows = []
    for size in found["sizes"]:
        lowest = [min(one["loss"]) for one in size["runs"]]
        most = max(one["flops"][-1] for one in size["runs"])
        numbers = (
            f"{size['hidden']}", f"{size['params']:,.0f}", f"{size['params_total']:,.0f}", f"{most / 1e12:.3g}",
            f"{sum(lowest) / len(lowest):.3f}",
        )  # fmt: skip
        rows.append(tuple((number,) for number in numbers))
    caption = f"The models; the lowest validation loss is a mean over {len(found['seeds'])} seeds."
    head = ("hidden", "parameters", "with embeddings", "TFLOPs", "lowest loss")
    return Table((caption,), head, tuple(rows), "r" * len(head), (run,))


def _notes(found: dict[str, Any]) -> list[Block]:
    """What to know of these numbers."""
    said = [f"{sentence[0].upper()}{sentence[1:]}" for sentence in (*found["cautions"], *found["warnings"])]
    return [Points(tuple((f"{sentence.removesuffix('.')}.",) for sentence in said))] if said else []


def _figure(found: dict[str, Any], run: str, name: str, caption: str, says: str) -> Figure:
    return Figure(name, isoflop.FIGURES[name](found), (caption,), says, (run,))

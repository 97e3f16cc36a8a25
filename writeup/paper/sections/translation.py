"""3.1 and 3.2: attention, the four runs, and the decoder-only model beside the one with an encoder."""

from __future__ import annotations

from typing import Any

from writeup import experiments, translation
from writeup.paper.blocks import Answer, Block, Figure, Heading, Line, Mono, Paragraph, Table, line
from writeup.paper.code import listing
from writeup.paper.sections.found import Runs, heading, plain, table, verdict, with_results

NOTEBOOK = "notebooks/nmt.ipynb"
WHY_POSITIONS = (
    r"Attention without positions treats a word as a set of characters: permute its inputs and its outputs are permuted"
    " alike, so that no model built of it could tell `team` from `meat`, or know which letter to move.",
    "Adding to each embedding a vector that belongs to its place gives every layer the order that the task is about.",
)
WHY_SINUSOIDS = (
    "Sinusoids have a value for every place, those beyond the longest training word among them, in a fixed number of"
    " numbers between -1 and 1, where a one-hot code needs a dimension a place and knows no place that it was not given.",
    "Nearby places have similar codes, and a shift by k is one fixed rotation of them, so that a linear map can attend to"
    ' "k letters back"; one-hot codes are all equally far apart.',
)
PROS_AND_CONS = (
    "For it speaks that one stack of one kind of layer does everything: source and translation share parameters and"
    " attention, training and decoding are one function, and what precedes the prompt can be kept and not computed again.",
    "Against it speaks that the source is read causally, so that its letters cannot look ahead, that one sequence as long"
    " as both costs attention the square of that length, and that the same weights must serve reading and writing.",
)


def attention(runs: Runs) -> list[Block]:
    """3.1, "Scaled Dot Product Attention" in the report."""
    return [
        Heading(2, "3", "Neural machine translation (NMT)"),
        Heading(3, "3.1", "Scaled Dot Product Attention"),
        heading("3.1.1"),
        listing(NOTEBOOK, "ScaledDotAttention", asked=("forward",)),
        verdict(runs, "nmt", "3.1.1"),
        heading("3.1.2"),
        listing(NOTEBOOK, "CausalScaledDotAttention", asked=("forward",)),
        verdict(runs, "nmt", "3.1.2"),
        heading("3.1.3"),
        Answer(tuple(map(line, WHY_POSITIONS)), 2),
        Answer(tuple(map(line, WHY_SINUSOIDS)), 2),
        heading("3.1.4"),
        *with_results(runs, "3.1.4", "results.json", _four_runs),
    ]


def decoder_only(runs: Runs) -> list[Block]:
    """3.2, "Decoder Only NMT" in the report."""
    return [
        Heading(3, "3.2", "Decoder Only NMT"),
        heading("3.2.1"),
        listing(NOTEBOOK, "generate_tensors_for_training_decoder_nmt"),
        verdict(runs, "nmt", "3.2.1"),
        heading("3.2.2"),
        listing(NOTEBOOK, "DecoderOnlyTransformer", asked=("forward",)),
        verdict(runs, "nmt", "3.2.2"),
        heading("3.2.3"),
        *with_results(runs, "3.2.3", "results.json", _architectures),
    ]


def _four_runs(results: list[dict[str, Any]], run: str) -> list[Block]:
    by_hidden, by_data = (experiments.four_runs(results)[name] for name in ("by-hidden.svg", "by-data.svg"))
    return [
        Figure("by-hidden", by_hidden, ("Losses of the four runs by hidden size, on each data set.",),
               "Two rows of two plots: training and validation loss by epoch, a curve for each hidden size", (run,)),
        Figure("by-data", by_data, ("Losses of the four runs by data set, at each hidden size.",),
               "Two rows of two plots: training and validation loss by epoch, a curve for each data set", (run,)),
        table(experiments.table(results), ("The lowest validation loss of each run, and what it gets wrong of unseen words.",), run),
        Answer(plain(translation.told(results)), 6, (run,)),
    ]  # fmt: skip


def _architectures(results: list[dict[str, Any]], run: str) -> list[Block]:
    drawn = experiments.architectures(results)["architectures.svg"]
    return [
        Figure("architectures", drawn, ("Both architectures: validation loss by epoch, and unseen words that they get wrong.",),
               "Left two curves of validation loss, right bars of wrong words by rule", (run,)),
        table(experiments.table(results), ("Both architectures on the same words.",), run),
        *_samples(results, run),
        Answer(tuple(map(line, PROS_AND_CONS)) + plain(translation.compared(results)), None, (run,)),
    ]  # fmt: skip


def _samples(results: list[dict[str, Any]], run: str) -> list[Block]:
    """What each model says of the same words, wrong ones marked."""
    said = [one.get("samples", []) for one in results]
    if not all(said):
        return [Paragraph(("The run has kept no translations.",))]
    rows: list[tuple[Line, ...]] = []
    for words in zip(*said, strict=True):
        source, target, _ = words[0]
        cells = tuple((Mono(word), "" if word == target else " ✗") for _, _, word in words)
        rows.append(((Mono(source),), (Mono(target),), *cells))
    head = ("English", "Pig Latin", *(one["name"] for one in results))
    caption = ("What both say of the handout's sentence and of unseen words; ✗ where it is wrong.",)
    return [Table(caption, head, tuple(rows), "l" * len(head), (run,))]

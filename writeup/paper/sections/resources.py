"""Section 2: batch size against learning rate and steps, and what to do with more compute."""

from __future__ import annotations

import re

from spec.closed_forms import CHOICES as WHY
from spec.written.options import CHOICES
from writeup import figures
from writeup.paper import prose
from writeup.paper.blocks import Answer, Block, Figure, Heading, Line, Paragraph, Points, Strong, line
from writeup.paper.sections.derivations import derivation, form, notes, printed_in_words, proof, sentences, statement
from writeup.paper.sections.found import heading

OPTIONS = frozenset("ABC")  # which here are points and options, and no symbols


def blocks() -> list[Block]:
    """All of section 2, in the handout's order."""
    return [
        Heading(2, "2", "Trading off Resources in Neural Net Training"),
        Heading(3, "2.1", "Effect of batch size"),
        *_rate(),
        *_most_efficient(),
        *_regimes(),
        _figure("2.1.2", "Steps to the target against the batch size in the noisy quadratic model, with the points A, B and C.",
                "A falling curve that flattens; A on the slope, C at the knee, B on the flat part"),
        *notes("2.1.2", words=OPTIONS),
        *_compute(),
    ]  # fmt: skip


def _rate() -> list[Block]:
    why = (
        r"The mean of $B$ gradients has a noise of $\sigma^2 / B$, so that a larger batch lets a step go further before"
        " noise costs more than the step gains."
    )
    limit = "Once noise is small, the curvature alone bounds the rate: from there on larger batches do not allow a larger one."
    return [
        heading("2.1.1"),
        Answer((*statement("2.1.1").sentences, line(why), line(limit)), 3),
        Paragraph(("In closed form ", form("2.1.1", "eta_star", of=r"\eta^*"), ".")),
        _figure("2.1.1", "The best rate of one step against the batch size.", "A curve that rises in proportion and levels off"),
        *derivation("2.1.1", until="Its limit is 1/a"),
        *printed_in_words("2.1.1", chosen="increase"),
    ]  # fmt: skip


AGAINST = re.compile(
    r"(?P<point>[AB]) takes (?P<steps>[\d.]+) times the fewest steps and (?P<samples>[\d.]+) times the fewest samples;"
    r" C takes (?P<own_steps>[\d.]+) and (?P<own_samples>[\d.]+) times"
)


def _most_efficient() -> list[Block]:
    choice = CHOICES["2.1.2a"]
    a, b = (AGAINST.search(choice.against(point)) for point in "AB")
    if a is None or b is None:
        raise ValueError(
            f"what is said against A and B of 2.1.2 has no numbers: {choice.against('A')} {choice.against('B')}"
        )
    here: Line = (
        Strong(choice.right),
        f": in the noisy quadratic model it takes {a['own_steps']} times the fewest steps and {a['own_samples']} times the"
        " fewest samples, so that neither time nor compute, which is scalable but not free, is far from its least.",
    )
    there: Line = (
        f"At A {a['steps']} times the fewest steps are taken to save samples, and at B {b['samples']} times the fewest samples"
        " to save steps.",
    )
    return [heading("2.1.2a"), Answer((here, there), 2)]


def _regimes() -> list[Block]:
    choice = CHOICES["2.1.2b"]
    points = choice.shown(choice.right).split("; ")
    said = [WHY["2.1.2b"][1][point[0]] for point in points]
    lines = tuple(
        (Strong(f"{point}. "), *prose.line(why, words=OPTIONS)) for point, why in zip(points, said, strict=True)
    )
    return [heading("2.1.2b"), Points(lines)]


def _compute() -> list[Block]:
    choice = CHOICES["2.2"]
    first = (Strong(choice.shown(choice.right)), ": by", choice.against("A").removeprefix("By"))
    laws = proof("2.2").claim.statement.removeprefix(f"{choice.right}, a larger model: ")
    more = [prose.line(f"{law[0].upper()}{law[1:]}", words=OPTIONS) for law in sentences(laws)]
    return [
        heading("2.2"),
        Answer((first, *more), 3),
        _figure("2.2", "What more compute does for models of several sizes, by the loss law of Hoffmann et al. (2022).",
                "Curves of loss against compute, one a size, which flatten one after the other below a common frontier"),
        *notes("2.2", words=OPTIONS),
    ]  # fmt: skip


def _figure(question: str, caption: str, says: str) -> Figure:
    return Figure(f"figure-{question}", figures.figure(question), (caption,), says)

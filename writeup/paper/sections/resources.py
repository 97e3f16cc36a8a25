"""Section 2: batch size against learning rate and steps, and what to do with more compute."""

from __future__ import annotations

from spec.closed_forms import CHOICES as WHY
from spec.written.options import CHOICES
from writeup import figures
from writeup.paper import prose
from writeup.paper.blocks import Answer, Block, Figure, Heading, Line, Paragraph, Points, Strong, line
from writeup.paper.sections.derivations import derivation, form, notes, printed, statement
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
        *printed("2.1.1"),
    ]  # fmt: skip


def _most_efficient() -> list[Block]:
    choice = CHOICES["2.1.2a"]
    others = [one for one in "ABC" if one != choice.right]
    against: list[Line] = [prose.line(choice.against(one), words=OPTIONS) for one in others]
    return [heading("2.1.2a"), Answer(((Strong(f"{choice.right}. "), *against[0]), *against[1:]), 2)]


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
    first = (Strong(f"{choice.shown(choice.right)}. "), choice.against("A"))
    more = statement("2.2", words=OPTIONS).sentences
    return [
        heading("2.2"),
        Answer((first, *more), 3),
        _figure("2.2", "What more compute is best spent on, by the loss laws of Kaplan et al. (2020) and Hoffmann et al. (2022).",
                "Lines of model size, batch and steps against compute; model size is the steepest"),
        *notes("2.2", words=OPTIONS),
    ]  # fmt: skip


def _figure(question: str, caption: str, says: str) -> Figure:
    return Figure(f"figure-{question}", figures.figure(question), (caption,), says)

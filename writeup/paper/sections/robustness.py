"""Section 1: attacks on a linear classifier, ridge regression, and whether weight decay helps."""

from __future__ import annotations

from writeup import figures
from writeup.paper.blocks import Block, Figure, Heading, Line, Paragraph, line
from writeup.paper.sections.derivations import derivation, form, printed, statement
from writeup.paper.sections.found import heading


def blocks() -> list[Block]:
    """All of section 1, in the handout's order."""
    return [
        Heading(2, "1", "Robustness and Regularization"),
        Heading(3, "1.1", "Adversarial Examples"),
        *_question("1.1.1", "delta_1_norm", r"\lVert \delta_1 \rVert_\infty"),
        *_question("1.1.2", "output", "f(x'; w)"),
        Heading(3, "1.2", "Gradient Descent and Weight Decay"),
        *_question("1.2.1", "ridge", r"w_{\mathrm{ridge}}^*"),
        _figure("1.2.1", line("The optima in weight space, and contours of $w^T w$."),
                "A line of optima from top left to bottom right, circles around the origin, and the one that touches it"),
        *_question("1.2.2", "w_ridge", r"w_{\mathrm{ridge}}^*"),
        *_question("1.2.3", "epsilon", r"\epsilon"),
        _figure("1.2.3", line(r"What an attack needs, against $\lambda$: it grows under FGM, and stays under FGSM (1.2.4)."),
                "A rising line for FGM and a level one for FGSM"),
        *_question("1.2.4", "epsilon", r"\epsilon"),
    ]  # fmt: skip


def _question(question: str, name: str, of: str) -> list[Block]:
    return [
        heading(question),
        statement(question),
        *_closed_form(question, name, of),
        *derivation(question),
        *printed(question),
    ]


def _closed_form(question: str, name: str, of: str) -> list[Block]:
    if question == "1.1.1":  # two norms, the second a formula that sympy has no word for
        return []
    return [Paragraph(("In closed form ", form(question, name, of=of), "."))]


def _figure(question: str, caption: Line, says: str) -> Figure:
    return Figure(f"figure-{question}", figures.figure(question), caption, says)

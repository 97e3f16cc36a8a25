"""The commands of the written part: `specimen answer`, `prove`, `questions` and `figure`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import FAILED, Output, app, refuse


@app.command(context_settings={"ignore_unknown_options": True})  # an answer may begin with a minus
def answer(
    question: Annotated[str, typer.Argument(help="A written question, such as 1.2.2.", show_default=False)],
    text: Annotated[str, typer.Argument(help="The answer, in LaTeX or like NumPy; - reads it from standard input.")],
) -> None:
    """Say whether a written answer is right, and if not, at which numbers it fails.

    Exit code 0: right. 1: wrong. 2: it cannot be read.
    """
    from harness.report import answer as report
    from spec.answer import NotAsked, judge, question_id
    from spec.formula.tree import Unread

    text = sys.stdin.read() if text == "-" else text
    try:
        answered = judge(question, text)
    except NotAsked as error:
        refuse(f"{error}.")
    except Unread as error:
        refuse(*report.unread(question_id(question), text, error))
    report.show(answered, text, Output())
    raise typer.Exit(0 if answered.right else FAILED)


@app.command()
def prove(
    question: Annotated[str | None, typer.Argument(help="A claim, such as 1.2.2.", show_default="all of them")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="The derivation in LaTeX, to be pasted.")] = False,
) -> None:
    """Derive the answers of the written part, step by step, and refute the wrong ones that the handout prints.

    Exit code 0: every step holds. 1: one does not. 2: there is no such claim.
    """
    from spec import claims

    if question is not None and question not in claims.ids():
        if question[:-1] not in claims.ids() or not question[-1:].isalpha():  # 2.1.2a is a part of 2.1.2
            refuse(f"There is no claim {question}; there are {', '.join(claims.ids())}.")
        question = question[:-1]
    from harness.report import proof

    raise typer.Exit(0 if proof.show(question, Output(), latex=latex) else FAILED)


@app.command()
def questions(
    question: Annotated[
        str | None, typer.Argument(help="How this one is to be answered.", show_default="all of them")
    ] = None,
) -> None:
    """List every question of the handout, or say how a written one is to be answered: symbols, shapes, an example."""
    from harness.report import terminal
    from spec.handout import BY_ID

    if question is None:
        terminal.show_questions(Output())
        return
    from spec.answer import QUESTIONS, NotAsked, question_id

    try:
        name = question_id(question)
    except NotAsked as error:
        if question not in BY_ID:
            refuse(f"{error}.")
        name = question
    terminal.show_question(BY_ID[name], Output(), written=name in QUESTIONS)


@app.command()
def figure(
    question: Annotated[str, typer.Argument(help="A question with a picture, such as 1.2.1.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="A .svg, .png or .pdf file.", show_default=False)],
) -> None:
    """Draw the picture of a written question."""
    from writeup import figures

    try:
        figures.write(question, output)
    except (ValueError, OSError) as error:
        refuse(f"{error}.")

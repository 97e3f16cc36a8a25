"""The commands: `specimen ...`, or `python -m harness ...`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from harness.request import Request

app = typer.Typer(
    help="An executable specification of a deep-learning assignment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
FAILED, USAGE = 1, 2
MAX_TIMEOUT_S = 86_400


class Device(StrEnum):
    """Where a subject computes."""

    cpu = "cpu"
    cuda = "cuda"


class Sort(StrEnum):
    """What a comparison is sorted by."""

    case = "case"
    ratio = "ratio"
    time = "time"
    fraction = "fraction"


@app.command()
def check(
    subject: Annotated[
        str, typer.Argument(help="A dotted module, a .py file, an .ipynb or a .toml of answers.", show_default=False)
    ],
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.", show_default=False)] = None,
    device: Annotated[Device, typer.Option(help="Where the subject computes.")] = Device.cpu,
    seed: Annotated[
        int | None, typer.Option(help="Draw the same cases again.", show_default="from the system", min=0)
    ] = None,
    law: Annotated[str | None, typer.Option(help="Judge this law only.", show_default="all")] = None,
    question: Annotated[str | None, typer.Option(help="Judge this question only.", show_default="all")] = None,
    examples: Annotated[int, typer.Option(help="Cases a law draws.", min=1)] = 25,
    timeout: Annotated[
        float, typer.Option(help="Seconds a law may take; a subject may take twelve times that.")
    ] = 10.0,
    require: Annotated[
        str, typer.Option(help="What must pass: offered, all, or question ids with commas.")
    ] = "offered",
    in_process: Annotated[
        bool, typer.Option("--in-process", help="No worker: for a debugger, not for strangers.")
    ] = False,
) -> None:
    """Put a subject under the laws and say, question by question, what holds.

    Exit code 0: all that is required passes. 1: something failed. 2: usage, or a subject that cannot be read.
    """
    from harness.request import Request

    if not 0 < timeout <= MAX_TIMEOUT_S:
        _refuse(f"--timeout must be more than 0 seconds, and {MAX_TIMEOUT_S} at most; got {timeout:g}.")
    if json is not None and ((json.exists() and not json.is_file()) or not json.absolute().parent.is_dir()):
        _refuse(f"--json {json}: no file can be written there.")
    request = Request(subject, device.value, seed, law, question, examples, timeout, require, in_process)
    raise typer.Exit(_judge(request, json))


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
        _refuse(f"{error}.")
    except Unread as error:
        _refuse(*report.unread(question_id(question), text, error))
    report.show(answered, text, Console())
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
            _refuse(f"There is no claim {question}; there are {', '.join(claims.ids())}.")
        question = question[:-1]
    from harness.report import proof

    raise typer.Exit(0 if proof.show(question, Console(), latex=latex) else FAILED)


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
        terminal.show_questions(Console())
        return
    from spec.answer import QUESTIONS, NotAsked, question_id

    try:
        name = question_id(question)
    except NotAsked as error:
        if question not in BY_ID:
            _refuse(f"{error}.")
        name = question
    terminal.show_question(BY_ID[name], Console(), written=name in QUESTIONS)


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
        _refuse(f"{error}.")


@app.command()
def compare(
    reports: Annotated[
        list[Path], typer.Argument(help="Reports of benchmarks, the one to compare with first.", show_default=False)
    ],
    baseline: Annotated[
        str | None,
        typer.Option(help="The kernel that the others are held against.", show_default="sdpa, else naive, else none"),
    ] = None,
    kernel: Annotated[
        list[str] | None,
        typer.Option(help="Only kernels that hold this text or match it with * and ?; repeatable.", show_default="all"),
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option(help="Only cases that do, likewise; repeatable.", show_default="all")
    ] = None,
    sort: Annotated[Sort, typer.Option(help="By case, or by one of the others, the worst first.")] = Sort.case,
    html: Annotated[
        Path | None, typer.Option(help="Write a page that works offline to this file.", show_default=False)
    ] = None,
    fail_if_slower: Annotated[
        float | None, typer.Option(help="Exit code 1 past this ratio to the first report.", show_default=False)
    ] = None,
) -> None:
    """Hold reports of benchmarks against one another: medians, interquartile ranges, ratios with 95 % intervals.

    Kernels are held against the baseline within each report. A row with a fault has no ratio.
    Reports are held against the first: on its machine (processor, and GPU) by their times,
    on another machine by the ratio of their ratios to the baseline, and never by seconds.
    They are JSON files of pytest-benchmark: ours, or any.

    Exit code 0: nothing is too slow. 1: with --fail-if-slower, a whole interval lies past it.
    2: usage, or a file that cannot be read.
    """
    _check_compare(reports, html, fail_if_slower)
    slower = _compare(reports, html, baseline, kernel or [], case or [], sort.value, fail_if_slower)
    raise typer.Exit(FAILED if slower else 0)


def main() -> None:
    """The entry point of both commands."""
    app(prog_name="specimen")


def _judge(request: Request, json: Path | None) -> int:
    """The exit code of a check whose report was shown and, if asked for, written."""
    from harness.check import check as judge
    from harness.outcome import Unreadable
    from harness.report import as_json, terminal

    try:
        report = judge(request)
    except Unreadable as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        _refuse("Interrupted.")
    terminal.show(report, Console())
    if json is not None:
        try:
            as_json.write(report, json)
        except OSError as error:
            _refuse(f"--json {json}: {error.strerror}.")
    return 0 if report.ok else FAILED


def _check_compare(reports: list[Path], html: Path | None, threshold: float | None) -> None:
    """Refuse what can be refused before anything is read."""
    if threshold is not None and len(reports) < 2:
        _refuse("--fail-if-slower holds reports against the first one; got one report.")
    if threshold is not None and not 0 < threshold < float("inf"):
        _refuse(f"--fail-if-slower must be a ratio above 0, such as 1.10; got {threshold:g}.")
    if html is None:
        return
    try:
        if (html.exists() and not html.is_file()) or not html.absolute().parent.is_dir():
            _refuse(f"--html {html}: no file can be written there.")
        if html.exists() and any(one.exists() and html.samefile(one) for one in reports):
            _refuse(f"--html {html} is one of the reports.")
    except OSError as error:
        _refuse(f"{error.filename or html}: {error.strerror}.")


def _compare(
    reports: list[Path],
    html: Path | None,
    baseline: str | None,
    kernels: list[str],
    cases: list[str],
    sort: str,
    threshold: float | None,
) -> bool:
    """Show and write a comparison; whether anything in it is past the threshold."""
    from benchmarks.compare import comparison, table
    from benchmarks.compare.fields import Unusable
    from benchmarks.compare.read import read

    try:
        read_in = [read(path) for path in reports]
        compared = comparison.compare(
            read_in, baseline=baseline, kernels=kernels, cases=cases, sort=sort, threshold=threshold
        )
    except Unusable as error:
        _refuse(str(error))
    table.show(compared, Console())
    if html is not None:
        from benchmarks.compare import page

        try:
            page.write(compared, html)
        except OSError as error:
            _refuse(f"--html {html}: {error.strerror}.")
    return bool(compared.slower)


def _refuse(sentence: str, *more: str) -> NoReturn:
    for line in (f"specimen: {sentence}", *more):
        printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        print(printable, file=sys.stderr)  # noqa: T201 - a usage error is plain lines
    raise typer.Exit(USAGE)

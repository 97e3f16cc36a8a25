"""The commands: `specimen ...`, or `python -m harness ...`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from harness.check import Request

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


@app.command()
def check(
    subject: Annotated[str, typer.Argument(help="A dotted module, a .py file or an .ipynb.", show_default=False)],
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
    from harness.check import Request

    if not 0 < timeout <= MAX_TIMEOUT_S:
        _refuse(f"--timeout must be more than 0 seconds, and {MAX_TIMEOUT_S} at most; got {timeout:g}.")
    if json is not None and (json.is_dir() or not json.absolute().parent.is_dir()):
        _refuse(f"--json {json}: no file can be written there.")
    request = Request(subject, device.value, seed, law, question, examples, timeout, require, in_process)
    raise typer.Exit(_judge(request, json))


@app.command()
def questions() -> None:
    """List every question of the handout: id, points, kind, and what it looks for."""
    from harness.report import terminal

    terminal.show_questions(Console())


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


def _refuse(sentence: str) -> NoReturn:
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in sentence)
    print(f"specimen: {printable}", file=sys.stderr)  # noqa: T201 - a usage error is one plain line
    raise typer.Exit(USAGE)

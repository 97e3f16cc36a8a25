"""The application that commands register with, its exit codes, and how it refuses."""

from __future__ import annotations

import contextlib
import io
import sys
from enum import StrEnum
from typing import NoReturn

import typer
from rich.console import Console

app = typer.Typer(
    help="An executable specification of a deep-learning assignment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Device(StrEnum):
    """Where a subject computes."""

    cpu = "cpu"
    cuda = "cuda"


class Output(Console):
    """Standard output of a verdict: whoever reads the beginning alone, as `head` does, has its exit code all the same."""

    def on_broken_pipe(self) -> None:
        """Say nothing more."""
        with contextlib.suppress(SystemExit):
            super().on_broken_pipe()


def take_any_text() -> None:
    """Have standard output and error take whatever a stranger's file is called and says, in any locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def refuse(sentence: str, *more: str) -> NoReturn:
    """End with the exit code of a usage error, and say why in plain lines."""
    for line in (f"specimen: {sentence}", *more):
        printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        print(printable, file=sys.stderr)  # noqa: T201 - a usage error is plain lines
    raise typer.Exit(USAGE)

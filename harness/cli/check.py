"""`specimen check`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from harness.cli.app import FAILED, Device, Output, app, refuse

if TYPE_CHECKING:
    from harness.hunt import Ranker
    from harness.request import Request

MAX_TIMEOUT_S = 86_400
Weights = Annotated[
    str | None, typer.Option(help="The model by which a caption (5.2) is judged, by name.", show_default=False)
]
Images = Annotated[
    str | None, typer.Option(help="The folder of pictures among which it seeks its target.", show_default=False)
]
Sought = Annotated[
    str | None, typer.Option(help="That target: a picture's name in the folder, or a path.", show_default=False)
]

Html = Annotated[
    Path | None, typer.Option(help="Write the report as a page that works offline to this file.", show_default=False)
]
Isolation = Annotated[
    str,
    typer.Option(
        help="How well the subject is shut in: auto (as well as works here), require (1 at least), none, 0, 1 or 2."
    ),
]


@app.command()
def check(
    subject: Annotated[
        str, typer.Argument(help="A dotted module, a .py file, an .ipynb or a .toml of answers.", show_default=False)
    ],
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.", show_default=False)] = None,
    html: Html = None,
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
    weights: Weights = None,
    images: Images = None,
    target: Sought = None,
    isolation: Isolation = "auto",
    in_process: Annotated[
        bool, typer.Option("--in-process", help="No worker: for a debugger, not for strangers.")
    ] = False,
) -> None:
    """Put a subject under the laws and say, question by question, what holds.

    Exit code 0: all that is required passes. 1: something failed. 2: usage, or a subject that cannot be read.
    """
    from harness.request import Request

    request = Request(subject, device.value, seed, law, question, examples, timeout, require, in_process, isolation)
    request = replace(request, weights=weights, images=images, target=target)
    _refuse_nonsense(request)
    _refuse_files(request, {"--json": json, "--html": html})
    raise typer.Exit(_judge(request, json, html))


def _refuse_nonsense(request: Request) -> None:
    from harness.isolation.level import WORDS

    if not 0 < request.timeout_s <= MAX_TIMEOUT_S:
        refuse(f"--timeout must be more than 0 seconds, and {MAX_TIMEOUT_S} at most; got {request.timeout_s:g}.")
    if request.isolation not in WORDS:
        refuse(f"--isolation is one of {', '.join(WORDS)}; got {request.isolation}.")
    if request.in_process and request.isolation not in ("auto", "none"):
        refuse(f"--in-process has no isolation; --isolation {request.isolation} asks for some.")


def _refuse_files(request: Request, files: dict[str, Path | None]) -> None:
    """Refuse files that cannot be written, or would lie over the subject or over each other, before anything is judged."""
    asked = {option: path for option, path in files.items() if path is not None}
    for option, path in asked.items():
        try:
            if (path.exists() and not path.is_file()) or not path.absolute().parent.is_dir():
                refuse(f"{option} {path}: no file can be written there.")
            if not os.access(path.absolute().parent, os.W_OK):
                refuse(f"{option} {path}: the folder cannot be written to.")
            if path.exists() and os.path.lexists(request.subject) and path.samefile(request.subject):
                refuse(f"{option} {path} is the subject.")
        except OSError as error:
            refuse(f"{option} {path}: {error.strerror}.")
    if len({path.absolute() for path in asked.values()}) < len(asked):
        refuse(f"{' and '.join(asked)} name one file.")


def _judge(request: Request, json: Path | None, html: Path | None) -> int:
    """The exit code of a check whose report was shown and, if asked for, written."""
    from harness.check import check as judge
    from harness.outcome import Unreadable
    from harness.report import as_json, subject_page, terminal

    ranker, notes = _ranker(request)
    try:
        report = judge(request, ranker, notes)
    except Unreadable as error:
        refuse(str(error))
    except KeyboardInterrupt:
        refuse("Interrupted.")
    failed = []
    for option, path, write in (("--json", json, as_json.write), ("--html", html, subject_page.write)):
        if path is not None:
            try:
                write(report, path)
            except OSError as error:
                failed.append(f"{option} {path}: {error.strerror}.")
    output = Output()
    terminal.show(report, output)
    if failed:
        refuse(*failed)
    if html is not None:
        output.print(Text(f"page: {html}"), soft_wrap=True)
    return 0 if report.ok else FAILED


def _ranker(request: Request) -> tuple[Ranker | None, list[str]]:
    """Who tells where a caption puts its target, if weights, pictures and a target are given, and what to know of them."""
    from harness.hunt import OPTIONS

    given = {option: getattr(request, name) for option, name in OPTIONS.items()}
    lacking = [option for option, value in given.items() if value is None]
    if len(lacking) == len(given):
        return None, []
    if blank := [option for option, value in given.items() if value is not None and not value.strip()]:
        refuse(f"{blank[0]} is empty.")
    if lacking:
        there = " and ".join(option for option in given if option not in lacking)
        refuse(f"{there} without {' and '.join(lacking)}: a caption is judged by all three.")
    from impl.clip.judging import ranker

    try:
        found: Ranker = ranker(str(request.weights), Path(str(request.images)), str(request.target))
    except (ValueError, OSError) as error:
        refuse(f"{str(error).removesuffix('.')}.")
    except KeyboardInterrupt:
        refuse("Interrupted.")
    return found, list(getattr(found, "notes", ()))

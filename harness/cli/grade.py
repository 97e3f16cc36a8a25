"""`specimen grade`."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from harness.cli.app import FAILED, INTERRUPTED, app, refuse
from harness.cli.check import MAX_TIMEOUT_S

if TYPE_CHECKING:
    from harness.grading.grade import Graded, Order
    from harness.grading.submission import Submission

FORMATS = ["csv", "json", "html"]


class Audience(StrEnum):
    """Who reads the results."""

    students = "students"
    staff = "staff"


Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="FOLDER|FILES...", help="What MarkUs, Gradescope, Canvas or Moodle exports.", show_default=False
    ),
]
One = Annotated[bool, typer.Option("--one", help="All of it is one submission, as an autograder has it.")]
Workers = Annotated[int | None, typer.Option(help="Processes here.", show_default="one a core", min=1)]
Cluster = Annotated[
    str | None, typer.Option(help="The scheduler of a Dask cluster whose workers judge.", show_default=False)
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on in --out: only what is new, changed or failed is judged.")
]
Out = Annotated[Path | None, typer.Option(help="Where grades go.", show_default="grades/FOLDER", file_okay=False)]
Format = Annotated[
    str | None,
    typer.Option(help="With commas: markus, gradescope, csv, junit, json, html.", show_default="csv,json,html"),
]
Seed = Annotated[int | None, typer.Option(help="Draw the same cases again.", show_default="from the system", min=0)]
Timeout = Annotated[
    float | None, typer.Option(help="Seconds a law may take; a notebook, twelve times that.", show_default="10")
]
Examples = Annotated[int | None, typer.Option(help="Cases a law draws.", show_default="25", min=1)]
For = Annotated[Audience | None, typer.Option(help="Who reads the results.", show_default="staff")]
Isolation = Annotated[str | None, typer.Option(help="auto, require, none, or a level.", show_default="auto")]


@app.command()
def grade(
    paths: Paths,
    one: One = False,
    workers: Workers = None,
    cluster: Cluster = None,
    resume: Resume = False,
    out: Out = None,
    format: Format = None,  # noqa: A002 - the option's name
    audience: For = None,
    seed: Seed = None,
    timeout: Timeout = None,
    examples: Examples = None,
    isolation: Isolation = None,
) -> None:
    """Judge a class of submissions, one folder, archive or file a student, and write its grades.

    One seed for all, which is told in the end. What was judged is kept in --out as it comes, and never judged again. With
    --format markus and one submission, rows go to standard output as a custom tester's do, and all else to standard error.

    Exit code 0: everything is graded, whatever the marks. 1: something could not be graded, in part or at all, or not be
    written. 2: usage. 130: interrupted.
    """
    _refuse_what_cannot_be(timeout, isolation, workers, cluster)
    asked = {"seed": seed, "timeout_s": timeout, "examples": examples, "isolation": isolation}
    said = {"format": format, "audience": audience and audience.value, "workers": workers, "cluster": cluster}
    order = _order(paths, out or _default(paths), asked, said, one=one, resume=resume)
    raise typer.Exit(_grade(order, _gathered(paths, one=one), workers, cluster))


def _order(
    paths: list[Path], out: Path, asked: Mapping[str, Any], said: Mapping[str, Any], *, one: bool, resume: bool
) -> Order:
    """What is asked for; who reads it and in which formats are what they were, unless that is said."""
    from harness.grading.grade import Order
    from harness.grading.journal import standing

    for path in paths:
        if os.path.isdir(path) and out.resolve().is_relative_to(path.resolve()):  # noqa: PTH112
            refuse(f"{out} lies in {path}, which is to be graded; give another --out.")
    before = standing(out) if resume else {}
    formats = _formats(said["format"], before.get("formats", []))
    audience = said["audience"] or before.get("audience", Audience.staff.value)
    title = _called(paths) if len(paths) == 1 else ""
    return Order(
        out, asked, resume, formats, audience, _command(paths, out, {**said, **asked}, one=one), title or "A class"
    )


def _refuse_what_cannot_be(
    timeout: float | None, isolation: str | None, workers: int | None, cluster: str | None
) -> None:
    from harness.isolation.level import WORDS

    if timeout is not None and not 0 < timeout <= MAX_TIMEOUT_S:
        refuse(f"--timeout must be more than 0 seconds, and {MAX_TIMEOUT_S} at most; got {timeout:g}.")
    if isolation not in (None, *WORDS):
        refuse(f"--isolation is one of {', '.join(WORDS)}; got {isolation}.")
    if cluster is not None and workers is not None:
        refuse("--cluster has its own workers: leave out --workers.")


def _default(paths: list[Path]) -> Path:
    from harness.grading.whose import stem_of

    name = _called(paths)
    return Path("grades", (name if os.path.isdir(paths[0]) else stem_of(name)) or "class")  # noqa: PTH112 - of any name


def _called(paths: list[Path]) -> str:
    """The name of the first of some paths, whatever it is and whether it is there."""
    return os.path.basename(os.path.abspath(paths[0]))  # noqa: PTH100, PTH119


def _formats(text: str | None, there: Sequence[str]) -> list[str]:
    """The formats that are asked for, and those in which there are files already, which would not be true any more."""
    from harness.grading.finals import FORMATS as KNOWN

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    if unknown := [name for name in names if name not in KNOWN]:
        refuse(f"--format takes {', '.join(KNOWN)}, with commas between; got {', '.join(unknown)}.")
    if text is not None and not names:
        refuse(f"--format takes {', '.join(KNOWN)}; got nothing.")
    asked = {*names, *there} if names or there else {*FORMATS}
    return [name for name in KNOWN if name in asked]


def _command(paths: list[Path], out: Path, options: Mapping[str, Any], *, one: bool) -> str:
    """The command that goes on: with all that was asked for but the seed, which is in the journal."""
    named = {name.removesuffix("_s"): value for name, value in options.items() if value is not None and name != "seed"}
    given = [word for name, value in named.items() for word in (f"--{name}", str(value))]
    words = ["--resume", "--out", str(out), *given, *(["--one"] if one else [])]
    return shlex.join(["specimen", "grade", *map(str, paths), *words])


def _gathered(paths: list[Path], *, one: bool) -> list[Submission]:
    from harness.grading.gather import gather
    from harness.grading.names import cleaned, shown
    from harness.grading.submission import Submission
    from harness.outcome import Unreadable

    if one:
        if missing := [path for path in paths if not os.path.exists(path)]:  # noqa: PTH110
            refuse(f"No such file or folder: {missing[0]}.")
        return [Submission(cleaned(_called(paths)), tuple(path.resolve() for path in paths))]
    left: list[str] = []
    try:
        found = gather(paths, left.append)
    except Unreadable as error:
        refuse(str(error))
    if left:
        more = f" and {len(left) - 10} more" if len(left) > 10 else ""
        typer.echo(f"Not taken for anybody's: {', '.join(map(shown, left[:10]))}{more}.", err=True)
    return found


def _grade(order: Order, submissions: list[Submission], workers: int | None, cluster: str | None) -> int:
    """The exit code of a class that was graded and told of."""
    from harness.grading import executors, single
    from harness.grading.folder import FolderError
    from harness.grading.grade import RefusedError
    from harness.grading.grade import grade as graded
    from harness.grading.progress import Watch

    if sys.stdout is None:
        return _fail("Standard output is closed, and nothing could be told there.")
    is_tester = "markus" in order.formats and len(submissions) == 1
    console = Console(stderr=is_tester)
    watchers: list[Any] = [single.Rows(sys.stdout, order.audience)] if is_tester else []
    if "gradescope" in order.formats and len(submissions) == 1:
        watchers.append(single.Results(order.out / "results.json", order.audience))
    to_go_on = f"What was judged is kept; to go on: {order.command}"
    try:
        with Watch(console) as watch:
            found = graded(
                order,
                submissions,
                lambda events: (
                    executors.local(events, workers) if cluster is None else executors.cluster(events, cluster)
                ),
                [watch, *watchers],
            )
        _tell(found, order, console)
        sys.stdout.flush()
    except RefusedError as error:
        refuse(str(error), to_go_on)
    except (FolderError, executors.NoClusterError) as error:
        refuse(str(error))
    except (OSError, SystemExit) as error:  # the console's word for a pipe that nobody reads is to exit
        return _fail(_unwritten(error, order.out), to_go_on)
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. {to_go_on}", err=True)
        return INTERRUPTED
    return FAILED if found.failed else 0


def _fail(*lines: str) -> int:
    """The exit code of what was asked for rightly and could not be done, once that is told."""
    with contextlib.suppress(OSError, typer.Exit):
        refuse(*lines)
    return FAILED


def _unwritten(error: OSError | SystemExit, out: Path) -> str:
    """What could not be written; what is left for standard output goes nowhere, or more would be said of it in the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, SystemExit | BrokenPipeError):
        return "Nobody reads standard output any more."
    return f"{error.filename or f'{out}, or standard output,'} cannot be written: {error.strerror or error}."


def _tell(found: Graded, order: Order, console: Console) -> None:
    """What came of it, where it is, and last the seed."""
    from harness.report import class_summary

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    if len(found.names) > 1:
        class_summary.show(found.summary, console)
    for path in found.written:
        say(f"In {path}")
    if found.gone:
        say(f"{found.gone} submissions were graded before and are not there any more; they are left out.")
    say(f"{len(found.names) - len(found.failed)} of {len(found.names)} graded; each in {order.out / 'submissions'}.")
    if found.failed:
        say(f"{len(found.failed)} could not be graded, in part or at all: {', '.join(list(found.failed)[:10])}.")
    say(f"Seed {found.seed}: --seed with it draws the same cases.")

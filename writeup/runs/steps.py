"""Runs that are made when they are not there: each in a folder named after what it is given, so that others never collide."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.typed import told
from writeup.record import Lacking, Run, find, identity
from writeup.runs import child
from writeup.runs.kinds import KINDS

REUSED, MADE, MISSING = "reused", "made", "missing"
Runs = Mapping[str, Run | Lacking]
Inputs = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A run and how it is made. `needs` are kinds of runs that it reads, which come before it.

    Edges:   `given` gets the runs that are needed, `arguments` its folder as well; `record` writes a record where the command
             does not, and is told the command and its time. The command may end with any of `codes`; `within` is a folder
             in its folder.
    """

    kind: str
    given: Callable[[Mapping[str, Run]], Inputs]
    arguments: Callable[[Path, Mapping[str, Run]], Sequence[str]]
    needs: tuple[str, ...] = ()
    record: Callable[[Path, Inputs, str, float], object] | None = None
    codes: tuple[int, ...] = (0,)
    within: str = ""


@dataclass(frozen=True)
class Came:
    """What came of a step.

    Units:   seconds, now.
    """

    run: Run | Lacking
    how: str
    time_s: float = 0.0


def make(step: Step, root: Path, runs: Runs, say: Callable[[str], None]) -> Came:
    """The run of a step: the one that is there, if nothing that it is given has changed, or one that is made now.

    Raises:  KeyboardInterrupt, once what is computed is saved.
    """
    kind, needed = step.kind, {name: run for name in step.needs if isinstance(run := runs.get(name), Run)}
    if lost := [name for name in step.needs if name not in needed]:
        return Came(Lacking(kind, f"it needs {', '.join(lost)}, which is missing", KINDS[kind].command), MISSING)
    try:
        given = step.given(needed)
    except (OSError, ValueError) as error:
        return Came(Lacking(kind, str(error), KINDS[kind].command), MISSING)
    folder = root / identity(kind, given) / step.within
    there = _as_asked(folder, kind, given)
    if isinstance(there, Run):
        return Came(there, REUSED)
    if there.is_altered:
        _put_aside(folder)
    arguments = step.arguments(folder, needed)
    command, began = told(["specimen", *arguments]), time.perf_counter()
    say(f"{kind}: {command}")
    folder.mkdir(parents=True, exist_ok=True)
    code = child.run(arguments)
    time_s = time.perf_counter() - began
    if code not in step.codes:
        return Came(Lacking(kind, f"its command ended with code {code}", command), MISSING, time_s)
    if step.record:
        step.record(folder, given, command, time_s)
    found = _as_asked(folder, kind, given)
    return Came(found, MADE if isinstance(found, Run) else MISSING, time_s)


def _put_aside(folder: Path) -> None:
    """Rename a folder in which something was altered, as nothing in it can be gone on with."""
    free = (folder.with_name(f"{folder.name}-altered-{n}") for n in itertools.count(1))
    folder.rename(next(path for path in free if not path.exists()))


def _as_asked(folder: Path, kind: str, given: Inputs) -> Run | Lacking:
    """The run in a folder, if it was given that."""
    found = find(folder, kind)
    if isinstance(found, Run) and found.record.id != identity(kind, given):
        return Lacking(kind, f"{folder} has {found.record.id}, which was given something else", KINDS[kind].command)
    return found

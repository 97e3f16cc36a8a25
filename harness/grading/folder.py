"""The folder that grades go to: what in it is ours, and that no work of a student's lies where grades are written.

Nothing is ever removed there but what the journal of that folder has put there: reports by the names of its records, and
what lies in a hidden folder of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from harness.grading.names import folded
from harness.grading.submission import Submission

JOURNAL, SUBMISSIONS, GONE = "journal.jsonl", "submissions", "submissions.gone"
OWN, LOCK, WAITING = ".specimen", "lock", "waiting"


class FolderError(Exception):
    """Grades cannot go to a folder; one sentence that says why, and how they can."""


def refuse_what_would_be_lost(out: Path, submissions: Sequence[Submission], files: Collection[str]) -> None:
    """Demand that nothing is written over but what a journal there has put there.

    Edges:   `files` are those that grades may come to. Two names of one folder are the same folder, by links as well.
    Raises:  FolderError.
    """
    taken = (JOURNAL, SUBMISSIONS, GONE, OWN, *files)
    folds = {folded(name) for name in taken}
    for source in (source for submission in submissions for source in submission.sources):
        below = _below(source, out)
        if below is not None and (not below or folded(below[0]) in folds):
            raise FolderError(
                f"{source} is to be graded, and grades in {out} would be written over it; give another --out."
            )
        if below is None and _below(out, source) is not None:
            raise FolderError(f"{out} lies in {source}, which is to be graded; give another --out.")
    if not (out / JOURNAL).exists():
        for name in taken:
            if name != OWN and os.path.lexists(out / name):
                raise FolderError(f"{out / name} is there, and no journal of grades beside it; give another --out.")


def refuse_strangers(out: Path, names: Collection[str], recorded: Collection[str]) -> None:
    """Demand that there are no reports of whoever has no record yet.

    Raises:  FolderError.
    """
    for name in sorted(set(names) - set(recorded)):
        if os.path.lexists(out / SUBMISSIONS / name):
            raise FolderError(
                f"{out / SUBMISSIONS / name} is there, and nothing of it in the journal; give another --out."
            )


def own_folder(out: Path) -> Path:
    """What is hidden in a folder of grades, for its owner alone.

    Raises:  FolderError if something else has that name.
    """
    own = out / OWN
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700, parents=True)
    if own.is_symlink() or not own.is_dir():
        raise FolderError(f"{own} is no folder; give another --out.")
    return own


def _below(path: Path, folder: Path) -> tuple[str, ...] | None:
    """The way from a folder to what lies in it; None where it does not."""
    try:
        there = folder.stat()
    except OSError:
        return None
    for whole in dict.fromkeys((Path(os.path.abspath(path)), path.resolve())):  # noqa: PTH100 - links count as they stand, too
        for parent in (whole, *whole.parents):
            with contextlib.suppress(OSError):
                if os.path.samestat(parent.stat(), there):
                    return whole.relative_to(parent).parts
    return None

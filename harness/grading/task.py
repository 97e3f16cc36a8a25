"""What a worker is told of one submission: plain data, with what was handed in, or with where it lies on this machine."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from harness.grading.asked import Asked, laws_digest
from harness.grading.submission import Contents, Submission, contents

Task = dict[str, Any]


def task_of(submission: Submission, asked: Asked, known: Collection[str]) -> Task:
    """A task for a worker on this machine, which reads the submission itself.

    Edges:   `known` are the digests of contents that were judged before, and need not be again.
    """
    return {
        "name": submission.name, "sources": [str(source.absolute()) for source in submission.sources],
        "remarks": list(submission.remarks), "laws": laws_digest(), "known": sorted(known),
        "asked": asdict(asked),
    }  # fmt: skip


def task_with(submission: Submission, found: Contents, asked: Asked) -> Task:
    """A task for a worker anywhere: the contents come along."""
    files = {name: base64.b64encode(zlib.compress(data, 1)).decode() for name, data in found.files.items()}
    return {
        "name": submission.name, "files": files, "remarks": list(found.remarks), "unread": list(found.unread), "digest": found.digest, "laws": laws_digest(), "known": [],
        "asked": asdict(asked),
    }  # fmt: skip


def whole(submission: Submission) -> Contents:
    """What is in a submission, with what was remarked of it before it was read."""
    found = contents(submission)
    return replace(found, remarks=(*submission.remarks, *found.remarks))


def handed_in(task: Mapping[str, Any]) -> Contents:
    """The contents that a task is about."""
    if (packed := task.get("files")) is None:
        sources = tuple(Path(source) for source in task["sources"])
        return whole(Submission(task["name"], sources, tuple(task["remarks"])))
    files = {name: zlib.decompress(base64.b64decode(data)) for name, data in packed.items()}
    return Contents(files, tuple(task["remarks"]), tuple(task["unread"]))

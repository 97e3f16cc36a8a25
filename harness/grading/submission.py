"""What one student handed in: where it lies, and its bytes, read within limits whatever they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from harness.grading.member import Damaged, Spent
from harness.grading.names import shown
from harness.grading.taking import Taking, reason, take


@dataclass(frozen=True)
class Submission:
    """What one student handed in, where it lies; nothing is read yet.

    Edges:   a source is a folder, an archive or another file; one that lies in the archive of a whole class is the path of
             that archive and the path in it. `name` is unique in the class, and fit for a terminal and a file's name.
             `members` and `id` are what the course's system knows: the people of a group by their whole names, and the
             student's number there; of a group, one after the other.
    """

    name: str
    sources: tuple[Path, ...]
    remarks: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class Contents:
    """The bytes of what matters in a submission, by path; what was left out, and why, in remarks.

    Edges:   `unread` are those remarks that are about what may have been to be judged.
    """

    files: dict[str, bytes]
    remarks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A hash of all of it: another one says that something has changed."""
        whole = hashlib.sha256()
        parts = (part for name in sorted(self.files) for part in (_bytes(name), self.files[name]))
        for part in (*parts, *(_bytes(remark) for remark in self.remarks)):
            whole.update(len(part).to_bytes(8, "little") + part)
        return whole.hexdigest()


def contents(submission: Submission) -> Contents:
    """Everything in a submission that matters, read and unpacked in memory.

    Edges:   whatever is wrong with a part of it costs that part, and is said; at most 512 MB are unpacked, 88 MB kept.
    """
    taking = Taking()
    for source in submission.sources:
        try:
            take(source, taking)
        except Spent as error:
            taking.fail(f"{shown(source.name)} is not read to its end, because {error}.")
        except (Damaged, OSError, ValueError) as error:
            taking.fail(f"{shown(source.name)} is left out: {reason(error)}.")
    return Contents(taking.files, taking.said(), tuple(dict.fromkeys(taking.unread)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

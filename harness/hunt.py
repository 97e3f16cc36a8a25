"""The hunt of 5.2: where a caption puts the target among the pictures of a folder, as whoever has the weights tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from harness.outcome import NotRun

OPTIONS = {"--weights": "weights", "--images": "images", "--target": "target"}
"""What a check must be given to judge a caption, by the options' names: fields of a request."""

NOTHING_GIVEN = (
    "where the caption puts the target depends on a model and on the pictures; give --weights NAME, --images DIR and "
    "--target FILE, the picture to be found"
)
SHOWN = 100  # characters of a caption


class Placed(Protocol):
    """Where a caption puts the target.

    Units:   `rank` counts from 1, pictures that tie with the target before it; `of` is how many pictures there are,
             `ahead` names some that are before it, `note` is empty or says why nothing follows from all this.
    """

    @property
    def rank(self) -> int: ...

    @property
    def of(self) -> int: ...

    @property
    def probability(self) -> float: ...

    @property
    def ahead(self) -> Sequence[str]: ...

    @property
    def note(self) -> str: ...


Ranker = Callable[[str], Placed]  # may have `notes`, sentences about the model and the pictures
"""A caption -> where it puts the target; a ValueError, with one sentence, for one that the model cannot read."""


def placed(ranker: Ranker | None, caption: str) -> Placed:
    """Where a caption puts the target.

    Raises:  NotRun if there are no weights, or none from which anything follows; ValueError for a caption that the model
             cannot read.
    """
    if ranker is None:
        raise NotRun(NOTHING_GIVEN)
    found = ranker(caption)
    if found.note:
        raise NotRun(f"{found.note}; {told(caption, found)}")
    return found


def told(caption: str, found: Placed) -> str:
    """Where a caption puts the target, in words."""
    place = "first" if found.rank == 1 else f"in place {found.rank}"
    before = f"; before it {', '.join(_printable(name) for name in found.ahead)}" if found.ahead else ""
    of = f"of {found.of} pictures, with a probability of {found.probability:.3g}"
    return f"{shown(caption)} puts the target {place} {of}{before}"


def _printable(name: str) -> str:
    """A file's name, which may hold anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def shown(caption: str) -> str:
    """A caption in quotes, its first characters if it is long."""
    return repr(caption) if len(caption) <= SHOWN else f"{caption[:SHOWN]!r}..."

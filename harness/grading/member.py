"""One file in an archive, how much may be unpacked, and why an archive cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

CHUNK = 1 << 16


class Damaged(Exception):
    """An archive, or the rest of one, cannot be read; the message says why, after "because"."""


class Spent(Exception):
    """More would have to be unpacked than is unpacked of anybody's; the message says what, after "because"."""


@dataclass
class Meter:
    """What may still be unpacked and looked at.

    Units:   `work` in bytes, whether they are kept or not; `members` are files, folders and what else there is.
    """

    work: int
    members: int

    def unpack(self, size: int) -> None:
        """Count bytes.

        Raises:  Spent.
        """
        self.work -= size
        if self.work < 0:
            raise Spent("too many bytes would have to be unpacked")

    def see(self) -> None:
        """Count a member.

        Raises:  Spent.
        """
        self.members -= 1
        if self.members < 0:
            raise Spent("there are too many files")


@dataclass(frozen=True)
class Member:
    """One file in an archive.

    Units:   `size` in bytes is what the archive says; it may be a lie.
    Edges:   `flaw` says why it is not read, "" when it may be: then `chunks()` are its bytes, once, before the next member
             is asked for. They raise Damaged; of a tar file also Spent, which has to be unpacked to get anywhere.
    """

    name: str
    size: int
    flaw: str
    chunks: Callable[[], Iterator[bytes]]


def why(error: Exception) -> str:
    """What a library made of a stranger's bytes, after "because"."""
    said = " ".join(str(error).split()) or "no more is known"
    return f"of its content ({type(error).__name__}: {said[:200]})"

"""Features of pictures, computed once: kept by what a file contains and by the encoder, wherever the file is.

A run that is stopped goes on where it was: Ctrl-C loses the batch that is being computed, a kill what was computed since
the last file of the cache was written, 2048 pictures or 15 seconds ago. Of 100,000 pictures, 512 wide, the features are 205 MB;
what is held beside them is one file of the cache, or what `impl.clip.folder.computing` says.
"""

import os
import re
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from impl.clip.folder import shards
from impl.clip.folder.ahead import ahead
from impl.clip.folder.computing import Encoder, Show, Work, compute, demand_unit, digest_of
from impl.clip.folder.decoding import content, quiet
from impl.clip.folder.digests import Digests
from impl.clip.folder.pictures import Folder, Picture, PictureError, Skipped
from impl.interrupts import held_back

ROOT = Path("runs") / "features"
EVERY = 256  # files between two words on how many are read


@dataclass(frozen=True)
class Features:
    """Features of pictures, a row each, in the order of their names.

    Shapes:  matrix [n, width] float32, rows of norm 1.
    Edges:   pictures of the same bytes have the same digest (sha256); `skipped` is what could not be read, `notes` what
             must be said of some that could, `damaged` what of the cache was not trusted; `computed` counts what was
             computed now, `cached` the other pictures.
    Raises:  ValueError for rows that are not of norm 1, or names or digests of another number, or of none.
    """

    names: tuple[str, ...]
    matrix: Tensor
    digests: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Skipped, ...] = ()
    damaged: tuple[Skipped, ...] = ()
    computed: int = 0
    cached: int = 0

    def __post_init__(self) -> None:
        if not 0 < len(self.names) == len(self.digests) == len(self.matrix):
            raise ValueError(
                f"{len(self.matrix)} rows for {len(self.names)} names and {len(self.digests)} digests;"
                " expected as many, and some"
            )
        demand_unit(self.matrix, self.names)


def features_of(folder: Folder, encoder: Encoder, *, root: Path = ROOT, show: Show = lambda *_: None) -> Features:
    """The features of a folder's pictures; only what is not in the cache is computed.

    Edges:   `show` is told what is being done ("reading" or "computing"), how much of it, and of how much, in files.
             Pictures that cannot be read are tried again every time.
    Raises:  PictureError if none of them can be read; ValueError for an encoder's features that are none; OSError
             where nothing can be written.
    """
    if not re.fullmatch("[0-9a-f]{8,128}", encoder.fingerprint):
        raise ValueError(f"an encoder's fingerprint is a hex digest; got {encoder.fingerprint!r}")
    place, index = root / encoder.fingerprint, Digests(folder.path, root)
    work = Work(folder.pictures, torch.empty(len(folder.pictures), encoder.width), {}, {})
    with quiet():
        try:
            digests = _digests(work, index, show)
        finally:
            with held_back():
                index.save(folder.pictures)
        rows: dict[str, list[int]] = {}
        for row, digest in digests.items():
            rows.setdefault(digest, []).append(row)
        filled = shards.fill(place, encoder.fingerprint, rows, work.matrix)
        work.notes.update(filled.notes)
        missing = {digest: of for digest, of in rows.items() if digest not in filled.digests}
        computed = compute(work, missing, encoder, place, show)
    return _gathered(folder, work, digests, filled.damaged, computed)


def row_of(features: Features, path: Path) -> int:
    """The row of the picture in a file: the first with the same bytes.

    Raises:  PictureError if it is none of them, or cannot be read.
    """
    digest = digest_of(content(path).data)
    if digest not in features.digests:
        raise PictureError(path, f"is none of the {len(features.names)} pictures that are searched")
    return features.digests.index(digest)


def _digests(work: Work, index: Digests, show: Show) -> dict[int, str]:
    """What is in the pictures' files, by row; those that cannot be read are skipped."""
    found = {row: digest for row, picture in enumerate(work.pictures) if (digest := index.known(picture))}
    unknown = [row for row in range(len(work.pictures)) if row not in found]
    with closing(ahead(_hashed, [(work.pictures[row],) for row in unknown])) as results:
        for done, (row, result) in enumerate(zip(unknown, results, strict=True)):
            if not done % EVERY:
                show("reading", done, len(unknown))
            if isinstance(result, PictureError):
                work.skipped[row] = result.reason
                continue
            digest, of, read_ns = result
            found[row] = digest
            index.remember(work.pictures[row], digest, of, read_ns)
    if unknown:
        show("reading", len(unknown), len(unknown))
    return found


def _hashed(picture: Picture) -> tuple[str, os.stat_result, int] | PictureError:
    read_ns = time.time_ns()
    try:
        data, of = content(picture.path)
    except PictureError as error:
        return error
    return digest_of(data), of, read_ns


def _gathered(folder: Folder, work: Work, digests: dict[int, str], damaged: list[Skipped], computed: int) -> Features:
    """The features of the pictures that could be read."""
    names = [picture.name for picture in folder.pictures]
    kept = [row for row in range(len(names)) if row not in work.skipped]
    skipped = [*folder.skipped, *(Skipped(names[row], reason) for row, reason in work.skipped.items())]
    if not kept:
        more = f", and {len(skipped) - 1} more are left out" if len(skipped) > 1 else ""
        raise PictureError(folder.path, f"holds no picture that can be read: {min(skipped)}{more}")
    rows = work.matrix.numpy()
    for to, at in enumerate(kept):
        if to < at:
            rows[to] = rows[at]  # in place, for a copy would be as large again
    return Features(
        names=tuple(names[row] for row in kept),
        matrix=work.matrix[: len(kept)],
        digests=tuple(digests[row] for row in kept),
        skipped=tuple(sorted(skipped)),
        notes=tuple(Skipped(names[row], work.notes[digests[row]]) for row in kept if digests[row] in work.notes),
        damaged=tuple(damaged),
        computed=computed,
        cached=len(kept) - computed,
    )

"""Features that are not in the cache: pictures are decoded ahead, encoded in batches, and kept while that goes on.

Held beside the features are the pictures of a batch, of MOST_PIXELS together (0.27 GB), and eight at most that a few
threads have decoded ahead: 0.4 GB of photographs of 12 megapixels, 2.1 GB if all were as large as any that is read.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from PIL import Image
from torch import Tensor

from impl.clip.folder import shards
from impl.clip.folder.ahead import ahead
from impl.clip.folder.decoding import MOST_PIXELS, Decoded, content, decoded
from impl.clip.folder.pictures import Picture, PictureError
from impl.interrupts import held_back

BATCH, SHARD, SAVE_EVERY_S = 64, 2048, 15.0
UNIT_WITHIN = 0.01  # that a norm may be off 1: an encoder's may be bfloat16's
Show = Callable[[str, int, int], None]


class Encoder(Protocol):
    """What computes features: rows of norm 1 in float32, on the CPU.

    Shapes:  [n, width] of n pictures.
    Edges:   `fingerprint`, a hex digest, differs wherever weights or preprocessing do.
    """

    fingerprint: str
    width: int

    def encode_images(self, images: Sequence[Image.Image]) -> Tensor: ...


class Work(NamedTuple):
    """What is being computed: where it goes, and what is in the way.

    Shapes:  matrix [n, width], a row for each of n pictures.
    """

    pictures: tuple[Picture, ...]
    matrix: Tensor
    skipped: dict[int, str]
    notes: dict[str, str]


def compute(work: Work, missing: Mapping[str, list[int]], encoder: Encoder, place: Path, show: Show) -> int:
    """Compute what is missing, by digests and the rows that are theirs, and keep it in an encoder's place; how much it was.

    Raises:  ValueError for an encoder's features that are none; OSError.
    """
    computed, kept_s, in_hand = 0, time.monotonic(), list[str]()

    def keep() -> None:
        if in_hand:
            matrix = torch.stack([work.matrix[missing[digest][0]] for digest in in_hand])
            notes = {digest: work.notes[digest] for digest in in_hand if digest in work.notes}
            shards.write(place, encoder.fingerprint, in_hand, matrix, notes)
            in_hand.clear()

    try:
        for batch in _batches(work, missing, show):
            encoded = encoder.encode_images([one.image for one in batch.values()]).detach()
            _demand_like(encoded, len(batch), encoder.width)
            demand_unit(encoded, [work.pictures[missing[digest][0]].name for digest in batch])
            with held_back():
                for digest, features in zip(batch, encoded, strict=True):
                    work.matrix[missing[digest]] = features
                in_hand += batch
                computed += len(batch)
                if len(in_hand) >= SHARD or time.monotonic() - kept_s >= SAVE_EVERY_S:
                    keep()
                    kept_s = time.monotonic()
            show("computing", computed, len(missing))
        if missing:
            show("computing", len(missing), len(missing))  # some of which may have failed
    finally:
        with held_back():
            keep()
    return computed


def _batches(work: Work, missing: Mapping[str, list[int]], show: Show) -> Iterator[dict[str, Decoded]]:
    """Pictures by their digests, as many as are encoded together, and no more pixels than one picture may have."""
    if missing:
        show("computing", 0, len(missing))
    batch: dict[str, Decoded] = {}
    pixels = 0
    for digest, one in _readable(work, missing):
        size = one.image.width * one.image.height
        if batch and (len(batch) == BATCH or pixels + size > MOST_PIXELS):
            yield batch
            batch, pixels = {}, 0
        batch[digest] = one
        pixels += size
        if one.note:
            work.notes[digest] = one.note
    if batch:
        yield batch


def _readable(work: Work, missing: Mapping[str, list[int]]) -> Iterator[tuple[str, Decoded]]:
    """The pictures, decoded ahead; where the first of the same bytes cannot be read any more, the next stands in."""
    waiting = {digest: list(rows) for digest, rows in missing.items()}
    while waiting:
        tasks = [(work.pictures[rows[0]], digest) for digest, rows in waiting.items()]
        failed = {}
        with closing(ahead(_opened, tasks)) as results:
            for (_, digest), result in zip(tasks, results, strict=True):
                if isinstance(result, PictureError):
                    first, *rest = waiting[digest]
                    work.skipped[first] = result.reason
                    failed[digest] = rest
                else:
                    yield digest, result
        waiting = {digest: rest for digest, rest in failed.items() if rest}


def _opened(picture: Picture, digest: str) -> Decoded | PictureError:
    try:
        data = content(picture.path).data
        if digest_of(data) != digest:
            return PictureError(picture.name, "changed while it was waiting to be read")
        return decoded(data, picture.name)
    except PictureError as error:
        return error


def digest_of(data: bytes) -> str:
    """What is in a file, by sha256."""
    return hashlib.sha256(data).hexdigest()


def demand_unit(matrix: Tensor, names: Sequence[str]) -> None:
    """Refuse features without a direction, or not of norm 1.

    Shapes:  matrix [n, width], of n names.
    Raises:  ValueError.
    """
    norms = torch.linalg.vector_norm(matrix, dim=1)  # no number is within anything
    if len(wrong := (~((norms - 1).abs() <= UNIT_WITHIN)).nonzero()):
        row = int(wrong[0])
        raise ValueError(f"features must have the norm 1; those of {names[row]} have {norms[row]:g}")


def _demand_like(encoded: Tensor, n: int, width: int) -> None:
    if encoded.shape != (n, width) or encoded.dtype != torch.float32 or encoded.device.type != "cpu":
        raise ValueError(
            f"an encoder gave {encoded.dtype} of {tuple(encoded.shape)} on {encoded.device};"
            f" expected torch.float32 of {(n, width)} on cpu"
        )

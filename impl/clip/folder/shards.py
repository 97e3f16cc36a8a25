"""The cache: features of an encoder by what the pictures' files contain, a few thousand to a file.

A file is named after what it holds and written whole, so that processes side by side do each other no harm, and it is
sealed: one that is damaged, or of something else, is set aside and never trusted. What is in the cache stays there, also
when its picture is gone; deleting the folder empties it.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from impl import tensor_file
from impl.clip.folder.pictures import Skipped
from impl.tensor_file import BadCheckpointError

NAME = "[0-9a-f]" * 32 + ".safetensors"
FEATURES = "features"


class Filled(NamedTuple):
    """The digests whose features the cache had; the notes on them; the files that were set aside."""

    digests: set[str]
    notes: dict[str, str]
    damaged: list[Skipped]


class _Shard(NamedTuple):
    digests: list[str]
    notes: dict[str, str]
    matrix: Tensor


def write(place: Path, encoder: str, digests: Sequence[str], matrix: Tensor, notes: Mapping[str, str]) -> None:
    """Put features into an encoder's folder.

    Shapes:  matrix [n, width], of n digests.
    Raises:  OSError.
    """
    place.mkdir(parents=True, exist_ok=True)
    header = {"encoder": encoder, "digests": list(digests), "notes": dict(notes)}
    name = hashlib.sha256("".join(digests).encode()).hexdigest()[:32]
    seal = {"sha256": _sealed(header, matrix)}
    tensor_file.write(place / f"{name}.safetensors", {FEATURES: matrix}, header | seal)


def fill(place: Path, encoder: str, wanted: Mapping[str, Sequence[int]], matrix: Tensor) -> Filled:
    """Put what the cache has of some digests into the rows of a matrix that are theirs.

    Shapes:  matrix [n, width], of which rows are filled.
    """
    filled = Filled(set(), {}, [])
    for path in sorted(place.glob(NAME)):
        try:
            shard = _read(path, encoder, matrix.shape[1])
        except BadCheckpointError as error:
            with contextlib.suppress(OSError):  # in a cache that cannot be written it stays, and is named again
                path.replace(path.with_suffix(".damaged"))
            filled.damaged.append(Skipped(path.name, f"was not trusted: {error}"))
            continue
        pairs = [(row, at) for at, digest in enumerate(shard.digests) for row in wanted.get(digest, ())]
        if pairs:
            rows, ats = torch.tensor(pairs).T
            matrix[rows] = shard.matrix[ats]
        filled.digests.update(digest for digest in shard.digests if digest in wanted)
        filled.notes.update(shard.notes)
    return filled


def _read(path: Path, encoder: str, width: int) -> _Shard:
    """A file of the cache. Raises BadCheckpointError."""
    tensors, header = tensor_file.read(path)
    seal = header.pop("sha256", None) if isinstance(header, dict) else None
    matrix = tensors.get(FEATURES)
    if matrix is None or matrix.dtype != torch.float32 or seal is None or seal != _sealed(header, matrix):
        raise BadCheckpointError("it is damaged, or was written by something else")
    if header.get("encoder") != encoder or matrix.shape != (len(header["digests"]), width):
        raise BadCheckpointError("it is of another encoder")
    return _Shard(header["digests"], header["notes"], matrix)


def _sealed(header: tensor_file.Header, matrix: Tensor) -> str:
    told = json.dumps([header, str(matrix.dtype), list(matrix.shape)], sort_keys=True)
    digest = hashlib.sha256(told.encode())
    digest.update(matrix.contiguous().numpy())
    return digest.hexdigest()

"""Where somebody's caption puts a target: what `specimen check` asks of 5.2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from impl.clip import weights as known
from impl.clip.hunt import Collection, Hunt

AHEAD = 5


class Placed(NamedTuple):
    """Where a caption puts the target.

    Units:   rank 1 is the first; pictures that tie count against it, unless they have the same content.
    Edges:   `ahead` names up to five pictures before it; `note` says why nothing follows from that, if nothing does. A
             small model reads fewer tokens than a large one: a caption that is too long for it is put nowhere, with a note.
    """

    rank: int
    of: int
    probability: float
    ahead: list[str]
    note: str


def ranker(
    weights: str, images: Path, target: str, *, device: str = "cpu", runs: Path = known.RUNS
) -> Callable[[str], Placed]:
    """What places a caption's target among the pictures of a folder, under the weights of that name.

    Raises:  WeightsError; PictureError if the folder or the target cannot be read; OSError. The function raises
             TooLongError for a caption of more tokens than the weights read.
    """
    encoder = known.load(weights, device=device, runs=runs)
    hunt = Hunt(Collection(images, encoder, runs=runs), target)
    note = ""
    if encoder.stands_in_for:
        note = f"{weights} is a small model that was trained here on drawn scenes: no real weights, so nothing follows"

    def placed(caption: str) -> Placed:
        if note and encoder.length(caption) > encoder.tokenizer.context_length:
            return Placed(
                len(hunt.collection.names),
                len(hunt.collection.names),
                0.0,
                [],
                f"{note}; the caption is too long for it",
            )
        found = hunt.result(caption)
        ahead = [one["name"] for one in found["best"] if not one["is_target"]][: min(found["rank"] - 1, AHEAD)]
        return Placed(found["rank"], found["of"], found["probability"], ahead, note)

    return placed

"""Where somebody's caption puts a target: what `specimen check` asks of 5.2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from impl.clip import weights as known
from impl.clip.drawn import gallery
from impl.clip.hunt import Collection, Hunt

AHEAD, NAMED = 5, 3
FEW = 50  # pictures: among so few a caption is soon the best


class Placed(NamedTuple):
    """Where a caption puts the target.

    Units:   rank 1 is the first; pictures that tie count against it, unless they have the same content.
    Edges:   `ahead` names up to five pictures before it; `note` says why nothing follows from that, if nothing does: a small
             model proves nothing, and puts a caption last that is too long for it.
    """

    rank: int
    of: int
    probability: float
    ahead: list[str]
    note: str


class Ranker:
    """Places captions' target among the pictures of a folder, under some weights.

    Edges:   `notes` say under which weights and among which pictures, and what was left out.
    """

    def __init__(self, hunt: Hunt) -> None:
        self.hunt, self.encoder = hunt, hunt.collection.encoder
        self.notes = list(_notes(hunt))
        self._is_small = self.encoder.stands_in_for is not None

    def __call__(self, caption: str) -> Placed:
        """Where a caption puts the target. Raises TooLongError for one of more tokens than the weights read."""
        note = ""
        if self._is_small:
            note = (
                f"{self.encoder.name} is a small model that was trained on drawn scenes, so the caption is not judged"
            )
            if self.encoder.length(caption) > self.encoder.tokenizer.context_length:
                return Placed(len(self.hunt.collection.names), len(self.hunt.collection.names), 0.0, [], note)
        found = self.hunt.result(caption)
        ahead = [one["name"] for one in found["best"] if not one["is_target"]][: min(found["rank"] - 1, AHEAD)]
        return Placed(found["rank"], found["of"], found["probability"], ahead, note)


def ranker(weights: str, images: Path, target: str, *, device: str = "cpu", runs: Path = known.RUNS) -> Ranker:
    """What places captions' target among the pictures of a folder, under the weights of that name.

    Raises:  WeightsError; PictureError if the folder or the target cannot be read, or there is no other picture; OSError.
    """
    encoder = known.load(weights, device=device, runs=runs)
    return Ranker(Hunt(Collection(images, encoder, runs=runs), target))


def _notes(hunt: Hunt) -> Iterator[str]:
    collection = hunt.collection
    names, skipped = collection.names, collection.features.skipped
    few = f", which are few: the course's hunt has {gallery.COUNT}" if len(names) < FEW else ""
    weights = f"{collection.encoder.name} ({collection.encoder.fingerprint[:12]})"
    yield f"A caption is judged under {weights}, among {len(names):,} pictures in {collection.path}{few}."
    if skipped:
        more = f" and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        yield f"Left out: {'; '.join(map(str, skipped[:NAMED]))}{more}."

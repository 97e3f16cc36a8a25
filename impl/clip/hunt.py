"""The hunt of 5.2: where captions put one picture among those of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.folder.features import ROOT, Features, features_of, row_of
from impl.clip.folder.pictures import Folder, Picture, PictureError, pictures_in
from impl.clip.folder.search import Place, place, slack
from impl.clip.retrieval import LOGIT_SCALE

SCENES = "scenes"  # the folder that is drawn where none is given, in `runs`
SHOWN = 9
AT_ONCE = 2**24  # similarities of captions with pictures, of 4 bytes
MOST_KEPT = 200_000  # captions whose features are kept

Show = Callable[[str, int, int], None]


class Try(NamedTuple):
    """What came of a caption: how likely the target is among all pictures, by a logarithm, and whether it is the likeliest."""

    caption: str
    log_probability: float
    is_first: bool


class Collection:
    """A folder's pictures under some weights.

    Edges:   `captions` are those of drawn scenes by the names of their files, and empty for another folder.
    Raises:  PictureError if there is no picture to be read; ValueError; OSError.
    """

    def __init__(
        self,
        folder: Path | None,
        encoder: Encoder,
        *,
        runs: Path,
        target: str | None = None,
        show: Show = lambda *_: None,
    ) -> None:
        self.captions = gallery.folder(runs / SCENES) if folder is None else {}
        self.path = folder or runs / SCENES
        self.encoder = encoder
        found = pictures_in(self.path)
        if target is not None:
            self._demand(target, found)
        self.features: Features = features_of(found, encoder, root=runs / ROOT.name, show=show)
        self._known: dict[str, Tensor] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures' names, in the order of their features."""
        return self.features.names

    def row(self, target: str) -> int:
        """The row of a target: a name in the folder, or the path of a file that has the same content as one of them.

        Raises:  PictureError.
        """
        if target in self.names:
            return self.names.index(target)
        if unread := [one for one in self.features.skipped if one.name == target]:
            raise PictureError(target, f"in {self.path} is left out, for it {unread[0].reason}")
        self._demand(target)
        return row_of(self.features, Path(target))

    def _demand(self, target: str, found: Folder | None = None) -> None:
        """Refuse a target that is neither a name in the folder nor a file."""
        names = [one.name for one in (*found.pictures, *found.skipped)] if found else []
        if target not in names and not (target and Path(target).exists()):
            raise PictureError(target or "the target", f"is no picture in {self.path}, and no file")

    def picture(self, row: int) -> Picture:
        """Where a picture lies."""
        return Picture(self.names[row], self.path / self.names[row])

    def texts(self, captions: Sequence[str]) -> Tensor:
        """The features of captions, each computed once.

        Shapes:  [n, width].
        Raises:  TooLongError.
        """
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        new = [one for one in dict.fromkeys(captions) if one not in self._known]
        if new:
            self._known.update(zip(new, self.encoder.encode_texts(new), strict=True))
        return torch.stack([self._known[one] for one in captions])


class Hunt:
    """A target among the pictures of a collection."""

    def __init__(self, collection: Collection, target: str) -> None:
        self.collection, self.target = collection, collection.row(target)
        digests = collection.features.digests
        self._others = torch.tensor([digest != digests[self.target] for digest in digests])
        if not bool(self._others.any()):
            raise PictureError(collection.path, "holds no other picture than the target: anything would find it")

    def tries(self, captions: Sequence[str]) -> list[Try]:
        """What comes of captions, many at once: in float32, and in float64 where that leaves open which is first."""
        texts, pictures = self.collection.texts(captions), self.collection.features.matrix
        log_probabilities, are_first = [], []
        for some in texts.split(max(1, AT_ONCE // len(pictures))):
            scores = some @ pictures.T
            own = scores[:, self.target]
            logits = LOGIT_SCALE * scores
            log_probabilities.append(logits[:, self.target] - logits.logsumexp(dim=1))
            are_first.append(self._are_first(some, (scores - own[:, None])[:, self._others].amax(dim=1)))
        return list(map(Try, captions, torch.cat(log_probabilities).tolist(), torch.cat(are_first).tolist()))

    def _are_first(self, texts: Tensor, lead: Tensor) -> Tensor:
        """Whether texts put the target first, by how far the best other picture is before it in float32."""
        features = self.collection.features
        unsure, are_first = slack(features.matrix.shape[1]), lead < 0
        for row in (lead.abs() <= unsure).nonzero()[:, 0].tolist():
            are_first[row] = place(features, texts[row], self.target, k=1).rank == 1
        return are_first

    def place(self, caption: str, *, k: int = SHOWN) -> Place:
        """Where a caption puts the target, exactly.

        Raises:  TooLongError.
        """
        return place(self.collection.features, self.collection.texts([caption])[0], self.target, k=k)

    def result(self, caption: str) -> dict[str, Any]:
        """What a caption finds, in numbers and names.

        Raises:  TooLongError.
        """
        collection, found = self.collection, self.place(caption)
        best = [
            {
                "name": collection.names[row],
                "similarity": similarity,
                "probability": probability,
                "is_target": not bool(self._others[row]),  # or a copy of it
            }
            for row, similarity, probability in zip(
                found.best.tolist(), found.similarities.tolist(), found.probabilities.tolist(), strict=True
            )
        ]
        return {
            "caption": caption,
            "target": collection.names[self.target],
            "rank": found.rank,
            "of": len(collection.names),
            "probability": found.probability,
            "similarity": found.similarity,
            "best": best,
            "copies": int((~self._others).sum()) - 1,
            "true_caption": collection.captions.get(collection.names[self.target]),
        }

"""Pictures whose labels are known: what templates are measured on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from impl.clip.drawn import gallery
from impl.clip.drawn.scenes import COLOURS, SHAPES
from impl.clip.encoder import Encoder
from impl.clip.folder.features import ROOT, Features, features_of
from impl.clip.folder.pictures import PictureError, pictures_in

EACH = 10


class Labelled(NamedTuple):
    """Features with places among labels.

    Shapes:  features [n, width]; truth [n].
    Edges:   `found` says what was read of a folder.
    """

    features: Tensor
    truth: list[int]
    labels: list[str]
    found: Features | None = None


def scenes(encoder: Encoder) -> Labelled:
    """Drawn scenes of one thing, of each colour and shape, those that were never trained on among them."""
    labels = [f"{colour} {shape}" for colour in COLOURS for shape in SHAPES]
    drawn = [one for are_unseen in (True, False) for one in gallery.things(EACH, 0, are_unseen=are_unseen)]
    features = encoder.encode_images([picture for _, picture in drawn])
    return Labelled(features, [labels.index(f"{one.first.colour} {one.first.shape}") for one, _ in drawn], labels)


def folders(encoder: Encoder, path: Path, *, runs: Path) -> Labelled:
    """A folder with a folder of pictures for each label, whose name is the label, with blanks for dashes and underscores.

    Raises:  PictureError if there is no picture in it, or not two labels.
    """
    found = features_of(pictures_in(path), encoder, root=runs / ROOT.name)
    of = [name.split("/")[0].replace("_", " ").replace("-", " ") if "/" in name else None for name in found.names]
    labels = sorted({one for one in of if one is not None})
    if len(labels) < 2:
        raise PictureError(
            path, f"has pictures in {len(labels)} folders; expected a folder for each of two labels or more"
        )
    rows = [row for row, one in enumerate(of) if one is not None]
    return Labelled(found.matrix[rows], [labels.index(str(of[row])) for row in rows], labels, found)

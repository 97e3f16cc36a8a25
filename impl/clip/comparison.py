"""The notebook's section I: pictures against captions, one matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.folder.features import ROOT, Features, features_of
from impl.clip.folder.pictures import Folder, Picture, pictures_in, shown
from impl.clip.hunt import SCENES
from impl.clip.retrieval import similarity_matrix
from impl.clip.told import diagonal

COUNT = 8  # as in the notebook
MOST_COUNT = 64


class Pair(NamedTuple):
    """A picture with what is said of it."""

    picture: Picture
    caption: str


class Compared(NamedTuple):
    """What a comparison found, of which pairs, with what there is to say of the pictures."""

    found: dict[str, Any]
    pairs: list[Pair]
    features: Features


def pairs(folder: Path | None, captions: Path | None, *, count: int, runs: Path) -> list[Pair]:
    """The first pictures of a folder, or of the drawn scenes, with their captions.

    Edges:   captions are an object of JSON, from names of files to texts, in the file that is given or in the folder's
             captions.json; where there is neither, they are the names themselves, with blanks for dashes and underscores.
    Raises:  PictureError; ValueError for captions that cannot be read, or are of none of the pictures; OSError.
    """
    if folder is None and captions is not None:
        raise ValueError(f"{captions} has captions of a folder's pictures, and no folder is given")
    if folder is None:
        told = gallery.folder(runs / SCENES)
        return [Pair(Picture(name, runs / SCENES / name), told[name]) for name in sorted(told)[:count]]
    found = pictures_in(folder).pictures
    file = captions or folder / gallery.CAPTIONS
    if captions is None and not file.is_file():
        return [Pair(one, _words(one)) for one in found[:count]]
    of = _read(file)
    known = [Pair(one, of[one.name]) for one in found if one.name in of]
    if not known:
        raise ValueError(f"{file} has captions of none of the {len(found)} pictures in {folder}")
    return known[:count]


def compare(encoder: Encoder, path: Path, of: list[Pair], template: str = "{}", *, runs: Path) -> Compared:
    """The similarity of every caption with every picture, as numbers and in a sentence.

    Edges:   pictures that cannot be read are left out, with their captions.
    Raises:  PictureError if none can; TooLongError; ValueError for a template without a place.
    """
    if template.count("{}") != 1:
        raise ValueError(f"a template has one {{}}, where the caption goes; got {template!r}")
    folder = Folder(path, tuple(pair.picture for pair in of), ())
    features = features_of(folder, encoder, root=runs / ROOT.name)
    read = [pair for pair in of if pair.picture.name in set(features.names)]
    texts = [template.replace("{}", pair.caption) for pair in read]
    similarities = similarity_matrix(features.matrix, encoder.encode_texts(texts)).tolist()
    found = {
        "names": list(features.names),
        "texts": texts,
        "similarities": similarities,
        "sentence": diagonal(similarities),
    }
    return Compared(found, read, features)


def _words(picture: Picture) -> str:
    return shown(Path(picture.name).stem).replace("-", " ").replace("_", " ")


def _read(file: Path) -> dict[str, str]:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        of = held.get("captions", held)
        if not isinstance(of, dict) or not all(isinstance(text, str) for text in of.values()):
            raise TypeError("expected an object of names and texts")  # noqa: TRY301 - one sentence for all of it
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"{file} holds no captions: {error}") from error
    return of

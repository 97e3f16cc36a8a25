"""A small encoder for tests, and a folder of pictures whose first features a process can be killed in.

`python -m tests.impl.picture_encoder FOLDER ROOT SHARD` computes, and tells every batch.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from impl.clip.folder import computing
from impl.clip.folder.decoding import read
from impl.clip.folder.features import Features, features_of
from impl.clip.folder.pictures import pictures_in

WIDTH = 16


class Small:
    """A picture's sixteen pixels, projected: deterministic, whatever is encoded beside it. It counts what it is given."""

    def __init__(self, seed: int = 0, stop_after: int | None = None) -> None:
        self.fingerprint, self.width, self.encoded = f"{seed:032x}", WIDTH, 0
        self._stop_after = stop_after
        self._weights = torch.randn(48, WIDTH, generator=torch.Generator().manual_seed(seed))

    def encode_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        if self._stop_after is not None and self.encoded + len(images) > self._stop_after:
            raise KeyboardInterrupt
        self.encoded += len(images)
        rows = [self._weights.T @ torch.from_numpy(self._pixels(image)) for image in images]
        return torch.nn.functional.normalize(torch.stack(rows), dim=1)

    def _pixels(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((4, 4)), dtype=np.float32).ravel() / 255 + np.float32(0.01)


def drawn(folder: Path, n: int, *, first: int = 0) -> Path:
    """A folder of n small pictures, each another."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + n):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:04}.png")
    return folder


def compute(folder: Path, root: Path, encoder: Small | None = None) -> Features:
    """The features of a folder's pictures."""
    return features_of(pictures_in(folder), encoder or Small(), root=root)


def expected(folder: Path, names: tuple[str, ...]) -> torch.Tensor:
    """What the encoder makes of some of a folder's pictures."""
    return torch.cat([Small().encode_images([read(folder / name)]) for name in names])


def shards(root: Path) -> list[Path]:
    """The files of features in a cache."""
    return sorted(root.glob("*/*.safetensors"))


if __name__ == "__main__":
    computing.BATCH, computing.SHARD = 4, int(sys.argv[3])

    def show(what: str, done: int, total: int) -> None:
        sys.stdout.write(f"{what} {done} {total}\n")
        sys.stdout.flush()

    features_of(pictures_in(Path(sys.argv[1])), Small(), root=Path(sys.argv[2]), show=show)

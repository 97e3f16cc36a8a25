"""What is said around a label, and how much that changes: zero-shot classification by several templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from impl.clip.encoder import Encoder
from impl.clip.retrieval import zero_shot_probabilities

NOTEBOOK = "This is a photo of a {}"
TEMPLATES: dict[str, tuple[str, ...]] = {
    "the label alone": ("{}",),
    "a": ("a {}",),
    "a photo of a": ("a photo of a {}",),
    "the notebook's": (NOTEBOOK,),
    "a picture of a": ("a picture of a {}",),
    "a drawing of a": ("a drawing of a {}",),
    "a blurry photo of a": ("a blurry photo of a {}",),
    "there is a, in the picture": ("there is a {} in the picture",),
}
ENSEMBLE = "all of them"


class Measured(NamedTuple):
    """How many of some pictures a template names right."""

    name: str
    templates: tuple[str, ...]
    right: int
    of: int

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / self.of


def of_labels(encoder: Encoder, labels: Sequence[str], templates: Sequence[str]) -> Tensor:
    """What stands for every label: the direction of the mean of its prompts' features.

    Shapes:  [n_labels, width], of norm 1.
    Raises:  ValueError for a template with no place for the label, or with others; TooLongError.
    """
    for one in templates:
        if one.count("{}") != 1 or one.replace("{}", "").count("{") or one.replace("{}", "").count("}"):
            raise ValueError(f"a template has one {{}}, where the label goes; got {one!r}")
    prompts = [one.replace("{}", label) for label in labels for one in templates]
    features = encoder.encode_texts(prompts).view(len(labels), len(templates), -1)
    return normalize(features.mean(dim=1), dim=-1)


def zero_shot(
    encoder: Encoder, images: Sequence[Image.Image], labels: Sequence[str], templates: Sequence[str]
) -> Tensor:
    """How likely each label is for each picture.

    Shapes:  [n_images, n_labels].
    """
    return zero_shot_probabilities(encoder.encode_images(images), of_labels(encoder, labels, templates))


def measure(encoder: Encoder, features: Tensor, truth: Sequence[int], labels: Sequence[str]) -> list[Measured]:
    """How well each of the templates does on pictures whose labels are known, and all of them together.

    Shapes:  features [n, width] of the pictures; truth [n], of places among the labels.
    """
    wanted = torch.tensor(truth)
    every = tuple(template for templates in TEMPLATES.values() for template in templates)
    found = []
    for name, templates in {**TEMPLATES, ENSEMBLE: every}.items():
        likeliest = zero_shot_probabilities(features, of_labels(encoder, labels, templates)).argmax(dim=1)
        found.append(Measured(name, templates, int((likeliest == wanted).sum()), len(wanted)))
    return found

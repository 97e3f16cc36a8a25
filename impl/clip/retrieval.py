"""Features of pictures and texts put to use: similarities, zero-shot classes, retrieval, and the loss that CLIP is trained on."""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

LOGIT_SCALE = 100.0  # what CLIP has learned to multiply cosines by, before a softmax


class Towers(Protocol):
    """A model that makes features of one width of pictures and of texts, of any length."""

    def encode_image(self, images: Tensor) -> Tensor: ...

    def encode_text(self, tokens: Tensor) -> Tensor: ...


def similarity_matrix(image_features: Tensor, text_features: Tensor) -> Tensor:
    """The cosine of every text with every picture.

    Shapes:  image_features [images, width], text_features [texts, width] -> [texts, images].
    Source:  the course's notebook, section I.
    """
    return normalize(text_features, dim=-1) @ normalize(image_features, dim=-1).T


def zero_shot_probabilities(image_features: Tensor, text_features: Tensor) -> Tensor:
    """How likely each class is for each picture, where every class is a text.

    Shapes:  image_features [images, width], text_features [classes, width] -> [images, classes].
    Source:  the course's notebook, section I.
    """
    return (LOGIT_SCALE * similarity_matrix(image_features, text_features).T).softmax(dim=-1)


def rank_images(image_features: Tensor, text_features: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k likeliest pictures of each text, the likeliest first, and how likely they are among all.

    Shapes:  image_features [images, width], text_features [texts, width] -> int64 and float [texts, k].
    Edges:   of pictures that tie, the one that stands earlier comes first.
    Raises:  ValueError for a k below 1, or above the number of pictures.
    Source:  the course's notebook, section II.
    """
    if not 1 <= k <= len(image_features):
        raise ValueError(f"k must be between 1 and the number of pictures, {len(image_features)}; got {k}")
    probs = (LOGIT_SCALE * similarity_matrix(image_features, text_features)).softmax(dim=-1)
    ranked, indices = probs.sort(dim=-1, descending=True, stable=True)
    return indices[:, :k], ranked[:, :k]


def contrastive_loss(image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float) -> Tensor:
    """The mean of two cross-entropies: of each picture's text among all texts, and of each text's picture.

    Shapes:  image_features, text_features [pairs, width]; logit_scale a number -> a number.
    Units:   nats a pair. `logit_scale` is what cosines are multiplied by, not its logarithm.
    Raises:  ValueError for other numbers of pictures than of texts.
    Source:  Radford et al. 2021, figure 3.
    """
    if len(image_features) != len(text_features):
        raise ValueError(f"pictures and texts must be pairs; got {len(image_features)} and {len(text_features)}")
    logits = logit_scale * similarity_matrix(image_features, text_features)
    own = torch.arange(len(logits), device=logits.device)
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def compare_images(images: Tensor, tokens: Tensor, model: Towers) -> Tensor:
    """`similarity_matrix` of the features that a model makes.

    Shapes:  images [images, ...], tokens [texts, length] -> [texts, images].
    """
    return similarity_matrix(*_features(images, tokens, model))


def classify_images(images: Tensor, tokens: Tensor, model: Towers) -> Tensor:
    """`zero_shot_probabilities` of the features that a model makes.

    Shapes:  images [images, ...], tokens [classes, length] -> [images, classes].
    """
    return zero_shot_probabilities(*_features(images, tokens, model))


def retrieve_images(images: Tensor, tokens: Tensor, model: Towers, k: int) -> tuple[Tensor, Tensor]:
    """`rank_images` of the features that a model makes.

    Shapes:  images [images, ...], tokens [texts, length] -> int64 and float [texts, k].
    Raises:  ValueError for a k below 1, or above the number of pictures.
    """
    return rank_images(*_features(images, tokens, model), k)


def _features(images: Tensor, tokens: Tensor, model: Towers) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        return model.encode_image(images), model.encode_text(tokens)

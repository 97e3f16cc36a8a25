"""CLIP the plain way, as the course's notebook asks it: what the project's own way is held against.

One picture and one text at a time, in float32, and nothing is kept: a search normalises all features again, multiplies them,
takes the softmax and sorts all of it. A training step has no autocast, AdamW as torch has it by default, and asks for
`.item()`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

BETAS = (0.9, 0.98)


@torch.no_grad()
def encode_pictures(
    model: Any, transform: Callable[[Image.Image], Tensor], pictures: Sequence[Image.Image], device: str
) -> Tensor:
    """The features of pictures, prepared and encoded one by one.

    Shapes:  [n, width], of norm 1, on the CPU.
    """
    return torch.cat([_unit(model.encode_image(transform(one).unsqueeze(0).to(device))).cpu() for one in pictures])


@torch.no_grad()
def encode_prepared(model: Any, prepared: Tensor) -> Tensor:
    """The features of pictures that are prepared, one by one.

    Shapes:  [n, 3, height, width] -> [n, width], of norm 1, where the pictures are.
    """
    return torch.cat([_unit(model.encode_image(one.unsqueeze(0))) for one in prepared])


@torch.no_grad()
def encode_texts(model: Any, tokenizer: Any, texts: Sequence[str], device: str) -> Tensor:
    """The features of texts, one by one.

    Shapes:  [n, width], of norm 1, on the CPU.
    """
    return torch.cat([_unit(model.encode_text(tokenizer([one]).to(device))).cpu() for one in texts])


def search(image_features: Tensor, query: Tensor, k: int) -> Tensor:
    """The k likeliest pictures for a text, the likeliest first.

    Shapes:  image_features [n, width], query [width] -> int64 [k].
    """
    probs = (100.0 * _unit(query.unsqueeze(0)) @ _unit(image_features).T).softmax(dim=-1)
    return probs.argsort(dim=-1, descending=True)[0, :k]


class Notebook:
    """One model and its optimizer: matrices decay, nothing else does."""

    def __init__(
        self, model: Any, *, rate: float, decay: float, longest_gradient: float, most_scale: float, device: str
    ) -> None:
        self.model, self.device = model.to(device), device
        self.longest_gradient, self.most_scale = longest_gradient, most_scale
        matrices = [one for one in model.parameters() if one.ndim >= 2]
        others = [one for one in model.parameters() if one.ndim < 2]
        groups = [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=BETAS)

    def step(self, pictures: Tensor, tokens: Tensor) -> float:
        """The loss of a batch of pairs, and an update.

        Shapes:  pictures [batch, 3, height, width], prepared; tokens int64 [batch, length].
        """
        pictures, tokens = pictures.to(self.device), tokens.to(self.device)
        of_images, of_texts = _unit(self.model.encode_image(pictures)), _unit(self.model.encode_text(tokens))
        logits = self.model.logit_scale.exp() * of_images @ of_texts.T
        own = torch.arange(len(logits), device=self.device)
        loss = (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.longest_gradient)
        self.optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, self.most_scale)
        return loss.item()


def _unit(features: Tensor) -> Tensor:
    return features / features.norm(dim=-1, keepdim=True)

"""A CLIP that turns pictures and texts into features of one space, many at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from impl import linear
from impl.clip import layers
from impl.machine import cores, threads

IMAGES, TEXTS = 64, 256  # at a time, on a CPU
ON_GPU = 16  # times as many
COMPILED = False  # on a GPU: whether torch compiles what pictures go through, anew for another number of them


class TooLongError(ValueError):
    """A text of more tokens than the model reads: its end would go unread."""


class Encoder:
    """Weights at work.

    Shapes:  features are float32 [n, width] of norm 1, on the CPU whatever computes them.
    Edges:   on a GPU it computes in bfloat16. `fingerprint` tells apart whatever gives other features: weights,
             architecture, preparation, precision. `stands_in_for` names the model whose role a small one plays.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        transform: Callable[[Image.Image], Tensor],
        tokenizer: Any,
        *,
        device: str = "cpu",
        stands_in_for: str | None = None,
    ) -> None:
        self.name, self.transform, self.tokenizer, self.device = name, transform, tokenizer, device
        self.stands_in_for = stands_in_for
        self.dtype = torch.float32 if device == "cpu" else torch.bfloat16
        self.fingerprint = _fingerprint(model, transform, self.dtype)
        self.model = (
            model.to(device, self.dtype, memory_format=torch.channels_last).eval().requires_grad_(requires_grad=False)
        )
        self.images, self.texts = (count * (1 if device == "cpu" else ON_GPU) for count in (IMAGES, TEXTS))
        layers.quicken(self.model)
        if device == "cpu":
            torch.set_num_threads(threads())
            linear.quicken(self.model)
        elif COMPILED:
            self.model.visual.compile()
        one = self.encode_texts(["a"])
        if not bool(one.isfinite().all() and one.any()):
            raise ValueError("its features of a text are no numbers, or all zero")
        self.width = one.shape[1]

    @property
    def parameters(self) -> int:
        """How many it has."""
        return sum(one.numel() for one in self.model.parameters())

    def encode_images(self, images: Sequence[Image.Image]) -> Tensor:
        """The features of pictures, prepared as the weights want it.

        Shapes:  [n, width].
        """
        found = []
        with ThreadPoolExecutor(cores()) as pool:  # Pillow lets other threads run while it resizes
            for at in range(0, len(images), self.images):
                prepared = torch.stack(list(pool.map(self.transform, images[at : at + self.images])))
                found.append(self._unit(self.encode_image(prepared)))
        return torch.cat(found)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """The features of texts.

        Shapes:  [n, width].
        Raises:  TooLongError.
        """
        for text in texts:
            if (length := self.length(text)) > self.tokenizer.context_length:
                raise TooLongError(
                    f"a text of {length} tokens, of which {self.name} reads {self.tokenizer.context_length}: {text[:60]}"
                )
        few = (texts[at : at + self.texts] for at in range(0, len(texts), self.texts))
        return torch.cat([self._unit(self.encode_text(self.tokenizer(list(some)))) for some in few])

    @torch.inference_mode()
    def encode_image(self, prepared: Tensor) -> Tensor:
        """The model's own features of prepared pictures.

        Shapes:  [n, 3, height, width] -> [n, width], of any norm, on its device.
        """
        features: Tensor = self.model.encode_image(
            prepared.to(self.device, self.dtype, memory_format=torch.channels_last)
        )
        return features

    @torch.inference_mode()
    def encode_text(self, tokens: Tensor) -> Tensor:
        """The model's own features of tokens.

        Shapes:  [n, length] -> [n, width], of any norm, on its device.
        """
        features: Tensor = self.model.encode_text(tokens.to(self.device))
        return features

    def length(self, text: str) -> int:
        """How many tokens a text has, with its ends."""
        encode = getattr(self.tokenizer, "encode", None)
        return len(encode(text)) + 2 if encode else len(self.tokenizer.tokenizer(text)["input_ids"])

    def _unit(self, features: Tensor) -> Tensor:
        return normalize(features.float(), dim=-1).cpu().clone()  # of inference mode: a tensor that anyone may use


def _fingerprint(model: Any, transform: object, dtype: torch.dtype) -> str:
    """A digest of all that a picture's features depend on.

    Edges:   of the numbers as they are before they are rounded to `dtype`.
    """
    heads = [one.num_heads for one in model.modules() if hasattr(one, "num_heads")]
    told = hashlib.sha256(f"{dtype} {transform!r} {model!r} {heads}".encode())  # activations, strides, what norms add
    for name, one in sorted(model.state_dict().items()):
        told.update(f"{name} {tuple(one.shape)} {one.dtype}".encode())
        told.update(one.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return told.hexdigest()

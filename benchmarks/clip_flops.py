"""The arithmetic of a CLIP, by open_clip's configuration of it: products alone, a multiplication and an addition each.

Convolutions, attention's two products and the projections are products; norms, activations, softmax and embeddings are none.
A mask hides work, and takes none of it away: texts are counted whole.
"""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]
CHANNELS = 3
EXPANSION = 4  # of a transformer's inner width, and of a residual block's last


def image(config: Config) -> int:
    """Of one picture."""
    of = config["vision_cfg"]
    return _residual(of, config["embed_dim"]) if isinstance(of["layers"], list) else _patches(of, config["embed_dim"])


def text(config: Config) -> int:
    """Of one text, which has as many tokens as the model reads."""
    of = config["text_cfg"]
    width = of["width"]
    return _transformer(of["layers"], width, of["context_length"]) + 2 * width * config["embed_dim"]


def step(config: Config, batch: int) -> int:
    """Of a training step: backward is twice forward, but nobody asks what the pictures' gradient is; and the loss, whose
    product of all pictures with all texts is one forward and two backward.
    """
    of_pair = 3 * (image(config) + text(config)) - _first(config["vision_cfg"])
    return batch * of_pair + 3 * 2 * batch**2 * config["embed_dim"]


def search(pictures: int, width: int) -> int:
    """Of one query among features."""
    return 2 * pictures * width


def _transformer(layers: int, width: int, tokens: int) -> int:
    matrices = 8 * width**2 + 4 * EXPANSION * width**2
    return layers * tokens * (matrices + 4 * tokens * width)


def _patches(of: Config, embed_dim: int) -> int:
    width, tokens = of["width"], (of["image_size"] // of["patch_size"]) ** 2 + 1
    return _first(of) + _transformer(of["layers"], width, tokens) + 2 * width * embed_dim


def _first(of: Config) -> int:
    """What reads the pictures: a convolution of patches, or the first of a residual network's stem."""
    if isinstance(of["layers"], list):
        return _convolution(CHANNELS, of["width"] // 2, 3, of["image_size"] // 2)
    return _convolution(CHANNELS, of["width"], of["patch_size"], of["image_size"] // of["patch_size"])


def _convolution(inputs: int, outputs: int, kernel: int, side: int) -> int:
    """Of one that gives `side` by `side` pixels."""
    return 2 * inputs * outputs * kernel**2 * side**2


def _residual(of: Config, embed_dim: int) -> int:
    """CLIP's residual network: a stem, blocks of three convolutions, and attention over all that is left of the pixels."""
    width, side = of["width"], of["image_size"] // 2
    found = _first(of) + _convolution(width // 2, width // 2, 3, side) + _convolution(width // 2, width, 3, side)
    side, inputs = side // 2, width
    for number, blocks in enumerate(of["layers"]):
        planes = width * 2**number
        for block in range(blocks):
            after = side // 2 if number and not block else side
            found += _convolution(inputs, planes, 1, side) + _convolution(planes, planes, 3, side)
            found += _convolution(planes, EXPANSION * planes, 1, after)
            if not block:
                found += _convolution(inputs, EXPANSION * planes, 1, after)
            side, inputs = after, EXPANSION * planes
    tokens = side**2 + 1
    return found + tokens * (6 * inputs**2 + 4 * tokens * inputs + 2 * inputs * embed_dim)

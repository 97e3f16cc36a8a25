"""What the items of section 5 have in common: features of pictures and of texts, and how alike they are.

An item takes features, or pictures and tokens with a model that makes features of them. That model is scripted: a picture's
features are its pixels times a table, a text's are a sum of another table's rows, those of its tokens. Neither is of length
one, so who leaves that to the model shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spec.contracts.contract import Case, Contract, Form, Numbers
from spec.contracts.scaled_dot_attention import shape, transposed
from spec.narrow import stored
from spec.rounding import Array, Number, exp, lifted, sqrt

LOGIT_SCALE = 100.0  # what CLIP has learned to multiply cosines by, before a softmax
DTYPES = ("float32",)  # the course's, which casts features to it: who does so too is right
PIXELS, VOCAB_SIZE, LENGTH = (3, 2, 2), 12, 3  # of the scripted model's pictures and texts

Outputs = Mapping[str, tuple[Form, ...]]
Rows = Sequence[int] | NDArray[np.int64]


def unit(features: Number) -> tuple[Number, Number]:
    """Features of length one, and how long they were.

    Shapes:  features [n, width]; results [n, width], [n, 1].
    """
    length = sqrt((features * features).sum(axis=-1, keepdims=True))
    return features / length, length


def unit_backward(unit_features: Number, length: Number, d: Number) -> Number:
    """The gradient of what was made of length one: without what lies along it, over its length.

    Shapes:  unit_features, d [n, width]; length [n, 1].
    """
    along = (d * unit_features).sum(axis=-1, keepdims=True)
    return (d - unit_features * along) / length


def similarities(images: Number, texts: Number) -> Number:
    """The cosine of every text with every picture.

    Shapes:  images [images, width], texts [texts, width]; result [texts, images].
    Source:  the course's notebook, `similarity`.
    """
    return unit(texts)[0] @ transposed(unit(images)[0])


def probabilities(logits: Number) -> Number:
    """The softmax over the last axis.

    Shapes:  logits [..., n]; result as logits.
    """
    powers = exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class Towers:
    """The scripted model's tables, in the dtype of its weights.

    Shapes:  images [pixels, width]; texts [vocab, width].
    """

    images: Array
    texts: Array

    def as_json(self) -> dict[str, Any]:
        """What stands for the model in a request."""
        return {"two-towers": {"images": self.images.tolist(), "texts": self.texts.tolist()}}


def features(inputs: Numbers, keywords: Mapping[str, Any]) -> tuple[Number, Number]:
    """The features of pictures and of texts: as they are given, or as the model makes them.

    Shapes:  image_features [images, width], text_features [texts, width]; or images [images, 3, height, pixels],
             tokens int64 [texts, length].
    """
    if "towers" not in keywords:
        return inputs["image_features"], inputs["text_features"]
    towers, images, tokens = keywords["towers"], inputs["images"], inputs["tokens"]
    counts = np.eye(len(towers.texts))[tokens].sum(axis=1)  # [texts, vocab]
    flat = images.reshape(shape(images)[0], -1)
    return flat @ lifted(towers.images, images), lifted(counts, images) @ lifted(towers.texts, images)


def draw(rng: np.random.Generator, *, images: int, texts: int, width: int, spread: float) -> Case:
    """A call with features of several lengths, whose directions lie about one, as CLIP's do: the smaller `spread` is, the
    nearer.

    Shapes:  image_features [images, width]; text_features [texts, width].
    """
    middle = _direction(rng, width)
    drawn = [
        (middle + spread * rng.standard_normal((n, width))) * rng.uniform(0.5, 20.0, (n, 1)) for n in (images, texts)
    ]
    return Case((), {}, dict(zip(("image_features", "text_features"), drawn, strict=True)))


def draw_with_model(rng: np.random.Generator, *, images: int, texts: int, width: int, spread: float) -> Case:
    """The same with pictures, tokens and a model that makes such features of them.

    Shapes:  images [images, 3, 2, 2]; tokens int64 [texts, length].
    """
    middle = _direction(rng, width)
    rows = (int(np.prod(PIXELS)), VOCAB_SIZE)
    towers = Towers(*(stored(middle + spread * rng.standard_normal((n, width)), DTYPES[0]) for n in rows))
    inputs = {"images": rng.random((images, *PIXELS)), "tokens": rng.integers(0, VOCAB_SIZE, (texts, LENGTH))}
    return Case((), {}, inputs, extra=(towers.as_json(),))


def picked(case: Case, *, images: Rows | None = None, texts: Rows | None = None) -> Case:
    """The same call with some of the pictures, some of the texts, in some order."""
    of_images, of_texts = list(case.inputs)[:2]
    inputs = dict(case.inputs)
    for name, rows in ((of_images, images), (of_texts, texts)):
        inputs[name] = inputs[name] if rows is None else inputs[name][np.asarray(rows, dtype=np.int64)]
    return replace(case, inputs=inputs)


def sizes(case: Case) -> tuple[int, int]:
    """How many pictures and how many texts a call has."""
    images, texts = list(case.inputs.values())[:2]
    return len(images), len(texts)


def described(case: Case) -> str:
    """The sizes of a case in words."""
    images, texts = sizes(case)
    features, *_ = case.inputs.values()
    width = f", width {features.shape[1]}" if features.ndim == 2 else ""
    return f"images {images}, texts {texts}{width}"


def contract(
    item: str,
    question: str,
    gives: str,
    oracle: Callable[[Numbers, Mapping[str, Any]], dict[str, Number]],
    outputs: Callable[[Case], Outputs],
    *,
    with_model: bool,
    k: int | None = None,
) -> Contract:
    """The contract of an item that takes features, or pictures and tokens with a model; and `k` if there is one, which the
    probe's is then."""
    takes = "images, tokens, model" if with_model else "image_features, text_features"

    def told(case: Case) -> dict[str, Any]:
        tables = {name: np.array(a) for name, a in case.extra[0]["two-towers"].items()} if with_model else {}
        return ({"towers": Towers(**tables)} if tables else {}) | ({} if k is None else {"k": case.extra[-1]})

    def probe(rng: np.random.Generator) -> Case:
        case = (draw_with_model if with_model else draw)(rng, images=3, texts=2, width=4, spread=0.3)
        return case if k is None else replace(case, extra=(*case.extra, k))

    return Contract(
        item=item,
        question=question,
        signature=f"{item}({takes}{'' if k is None else ', k'}) -> {gives}",
        parameters=dict,
        outputs=lambda case: dict(outputs(case)),
        oracle=lambda _, inputs, __, keywords: oracle(inputs, keywords),
        describe=lambda case: described(case) + ("" if k is None else f", k {case.extra[-1]}"),
        probe=probe,
        returns=None if k else gives.partition(" ")[0],
        is_function=True,
        dtypes=DTYPES,
        told=told,
    )


def _direction(rng: np.random.Generator, width: int) -> Array:
    """A direction, of the length that normal numbers have."""
    drawn: Array = rng.standard_normal(width)
    return np.asarray(drawn * (width**0.5 / np.linalg.norm(drawn)))

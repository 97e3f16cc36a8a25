"""Handout 5.1: which class a picture belongs to, where every class is a text such as "This is a photo of a cat"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spec.contracts import clip
from spec.contracts.contract import Case, Form, Numbers
from spec.contracts.scaled_dot_attention import transposed
from spec.rounding import Number


def oracle(inputs: Numbers, keywords: Mapping[str, Any]) -> dict[str, Number]:
    """The softmax of a hundred cosines over the classes, picture by picture.

    Shapes:  as `clip.features`; probabilities [images, classes], a class a text.
    Source:  the course's notebook, section I; Radford et al. 2021, section 3.1.2.
    """
    cosines = clip.similarities(*clip.features(inputs, keywords))
    return {"probabilities": clip.probabilities(transposed(cosines) * clip.LOGIT_SCALE)}


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """A row a picture, a column a class, in whatever NumPy takes for numbers."""
    return {"probabilities": (Form(clip.sizes(case), kind="number"),)}


CONTRACT = clip.contract(
    "zero_shot_probabilities",
    "clip-zero-shot",
    "probabilities [images, classes]",
    oracle,
    outputs,
    with_model=False,
)
WITH_MODEL = clip.contract(
    "classify_images", "clip-classify", "probabilities [images, classes]", oracle, outputs, with_model=True
)

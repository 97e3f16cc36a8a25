"""Handout 5.1: how alike texts and pictures are, text by text, picture by picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spec.contracts import clip
from spec.contracts.contract import Case, Form, Numbers
from spec.rounding import Number


def oracle(inputs: Numbers, keywords: Mapping[str, Any]) -> dict[str, Number]:
    """The cosines.

    Shapes:  as `clip.features`; similarity [texts, images].
    Source:  the course's notebook, section I.
    """
    return {"similarity": clip.similarities(*clip.features(inputs, keywords))}


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """A row a text, a column a picture, in whatever NumPy takes for numbers."""
    images, texts = clip.sizes(case)
    return {"similarity": (Form((texts, images), kind="number"),)}


CONTRACT = clip.contract(
    "similarity_matrix", "clip-similarity", "similarity [texts, images]", oracle, outputs, with_model=False
)
WITH_MODEL = clip.contract(
    "compare_images", "clip-compare", "similarity [texts, images]", oracle, outputs, with_model=True
)

"""Handout 5.2: which pictures of a folder a caption retrieves, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spec.contracts import clip
from spec.contracts.contract import Case, Form, Numbers
from spec.rounding import Number


def oracle(inputs: Numbers, keywords: Mapping[str, Any]) -> dict[str, Number]:
    """The largest k of the softmax of a hundred cosines over all pictures, text by text, in falling order.

    Shapes:  as `clip.features`; probabilities [texts, k]; over_all and similarity [texts, images].
    Edges:   k is at most the number of pictures; which of two that tie comes first is left open, so there are no indices here.
    Source:  the course's notebook, section II.
    """
    similarity = clip.similarities(*clip.features(inputs, keywords))
    over_all = clip.probabilities(similarity * clip.LOGIT_SCALE)
    value: Any = getattr(over_all, "value", over_all)
    order = np.argsort(-value, axis=-1, kind="stable")[:, : keywords["k"]]
    best = over_all[np.arange(len(order))[:, None], order]
    return {"probabilities": best, "over_all": over_all, "similarity": similarity}


def outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    """A row a text, a column a place."""
    ranked = (Form((clip.sizes(case)[1], case.extra[-1]), kind="number"),)
    return {"indices": ranked, "probabilities": ranked}


CONTRACT = clip.contract(
    "rank_images",
    "clip-ranking",
    "(indices [texts, k], probabilities [texts, k])",
    oracle,
    outputs,
    with_model=False,
    k=2,
)
WITH_MODEL = clip.contract(
    "retrieve_images",
    "clip-retrieve",
    "(indices [texts, k], probabilities [texts, k])",
    oracle,
    outputs,
    with_model=True,
    k=2,
)

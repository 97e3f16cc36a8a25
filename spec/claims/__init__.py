"""The written part: one derivation a file, in the handout's order. A file is imported when its claim is asked for.

Importing sympy takes seconds, so this file does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.claims.claim import Claim

BY_ID: dict[str, str] = {
    "1.1.1": "fast_gradient_sign",
    "1.1.2": "fast_gradient",
    "1.2.1": "toy_data",
    "1.2.2": "ridge",
    "1.2.3": "weight_decay",
    "1.2.4": "weight_decay_sign",
    "2.1.1": "noisy_quadratic",
    "2.1.2": "batch_size",
    "2.2": "scaling_laws",
    "3.1": "attention",
    "3.3": "iso_flop",
}


def derive(question: str) -> Claim:
    """The claim of one question.

    Raises:  KeyError, with what there is, for a question without one.
    """
    if question not in ids():
        raise KeyError(f"no claim {question}; there are {', '.join(ids())}")
    derived: Claim = importlib.import_module(f"spec.claims.{BY_ID[question]}").claim()
    return derived


def claims() -> list[Claim]:
    """Every claim, in the handout's order."""
    return [derive(question) for question in ids()]


def ids() -> list[str]:
    """The questions that have a claim, in the handout's order."""
    return list(BY_ID)

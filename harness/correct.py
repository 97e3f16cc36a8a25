"""The part of a request that has correct attention take the place of a subject's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from spec.contracts import CausalScaledDotAttention, ScaledDotAttention

TEXTS = Path(__file__).parent / "worker" / "correct"
FILES = {
    ScaledDotAttention.item: "scaled_dot_attention.py",
    CausalScaledDotAttention.item: "causal_scaled_dot_attention.py",
}


def correct(bases: Iterable[str], members: Iterable[str]) -> dict[str, Any]:
    """What a request says of it: `stand_ins` are what an attention is made of, `attentions` a model's lists of them.

    Edges:   no text is there that is not needed: a subject may take what is in its memory, so where an attention itself is
             judged, the text is of what it is made of alone.
    """
    bases, members = list(bases), list(members)
    needed = FILES if members else bases
    return {"stand_ins": bases, "attentions": members, "correct": {name: _text(name) for name in needed}}


@cache
def _text(name: str) -> str:
    return (TEXTS / FILES[name]).read_text()

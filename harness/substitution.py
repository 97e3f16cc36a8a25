"""Whether a subject's own attention may stand in what is judged besides it, or correct attention must.

A flaw in 3.1.1 or 3.1.2 costs its own question only: where a model is judged that is built of attentions, one that is
wrong is replaced, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from harness.item import Item
from harness.law import agree
from harness.outcome import Broken, Declined, Ended, Raised
from harness.subject import Subject
from spec.contracts import CausalScaledDotAttention, Contract, ScaledDotAttention
from spec.contracts.scaled_dot_attention import draw

SIZES = ((2, 4, 4, 4), (1, 1, 1, 2), (3, 9, 9, 6), (2, 3, 5, 4), (1, 6, 2, 8))
"""batch, queries, keys, hidden of the calls that tell; where there are as many keys as queries, the former count."""


def flaw(subject: Subject, contract: Contract) -> str:
    """What is wrong with an attention of the subject, in a sentence; empty if nothing was found."""
    if contract.item in subject.offers:
        subject.load(contract.item)  # a star import may offer what is not there
    if contract.item not in subject.offers or contract.item in subject.missing:
        return ""
    rng = np.random.default_rng(0)
    item = Item(subject, contract, contract.probe(rng))
    try:
        item.begin()
        for batch, q_len, other, hidden in SIZES:
            kv_len = q_len if contract.square else other
            case = draw(rng, batch=batch, q_len=q_len, kv_len=kv_len, hidden=hidden).cast(item.dtype)
            cotangents = {"context": rng.standard_normal((batch, q_len, hidden))}
            truth = item.truth(case, cotangents)
            agree(
                item, item(case, cotangents=cotangents), truth, "context", *(n for n in truth if n.startswith("grad "))
            )
    except (Broken, Raised, Declined, Ended) as error:
        return error.message
    finally:
        item.finish()
    return ""


def needed(contract: Contract) -> Iterable[Contract]:
    """The attentions that a contract's item is built of."""
    causal = set(contract.attentions.values())
    return [
        c for c, is_causal in ((ScaledDotAttention, False), (CausalScaledDotAttention, True)) if is_causal in causal
    ]

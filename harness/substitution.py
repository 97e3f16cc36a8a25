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

Flaw = Broken | Raised | Declined | Ended
SIZES = ((2, 4, 4, 4), (1, 1, 1, 2), (3, 9, 9, 6), (2, 3, 5, 4), (1, 6, 2, 8))
"""batch, queries, keys, hidden of the calls that tell; where there are as many keys as queries, the former count."""


def stand_ins(subject: Subject, contract: Contract, wrong: Iterable[str]) -> tuple[str, ...]:
    """Which of the wrong items that an attention is made of must be replaced by correct ones, so that it is judged for itself.

    Edges:   it is judged as it is unless that makes it right: so is one that has a mistake of its own besides, and one that
             asks more of what it is made of than a correct one has.
    """
    asked = tuple(name for name in contract.builds_on if name in wrong)
    if not asked or flaw(subject, contract) is None:
        return ()
    return () if flaw(subject, contract, asked) else asked


def flaw(subject: Subject, contract: Contract, replaced: tuple[str, ...] = ()) -> Flaw | None:
    """What is wrong with an attention of the subject, made of correct ones in the place of those that are named; None if
    nothing was found."""
    if contract.item in subject.offers:
        subject.load(contract.item)  # a star import may offer what is not there
    if contract.item not in subject.offers or contract.item in subject.missing:
        return None
    rng = np.random.default_rng(0)
    item = Item(subject, contract, contract.probe(rng))
    item.stand_ins = replaced
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
        return error
    finally:
        item.finish()
    return None


def needed(contract: Contract) -> Iterable[Contract]:
    """The attentions that a contract's item is built of."""
    causal = set(contract.attentions.values())
    return [
        c for c, is_causal in ((ScaledDotAttention, False), (CausalScaledDotAttention, True)) if is_causal in causal
    ]

"""Sinusoidal encodings of positions, which the models add to their embeddings."""

from __future__ import annotations

import numpy as np

from spec.contracts.contract import Case, Contract, Form, without_oracle
from spec.contracts.transformer import encodings
from spec.error import ANGLES, EPS, FLOOR, Expected
from spec.rounding import Array


def truth(max_seq_len: int, hidden_size: int) -> Expected:
    """The right encodings, each within what its angle in float32 may be off.

    Shapes:  [max_seq_len, hidden_size].
    """
    value: Array = encodings(max_seq_len, hidden_size)
    position = np.arange(max_seq_len, dtype=np.float64)[:, None]
    return Expected(value, ANGLES * EPS["float64"] * position + FLOOR["float32"])


def case(max_seq_len: int, hidden_size: int) -> Case:
    """A call for so many positions.

    Shapes:  the encodings are [max_seq_len, hidden_size].
    """
    return Case((), {}, {}, extra=(max_seq_len, hidden_size))


CONTRACT = Contract(
    item="sinusoidal_encodings",
    question="encodings",
    signature="sinusoidal_encodings(max_seq_len, hidden_size) -> encodings",
    parameters=dict,
    outputs=lambda case: {"encodings": (Form((case.extra[0], case.extra[1])),)},
    oracle=without_oracle,
    describe=lambda case: f"{case.extra[0]} positions, hidden {case.extra[1]}",
    probe=lambda _: case(4, 4),
    is_function=True,
)

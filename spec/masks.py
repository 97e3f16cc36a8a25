"""Mask predicates: which query may attend to which key (C1: True = may attend)."""

import numpy as np
from numpy.typing import NDArray


def full(q_len: int, kv_len: int) -> NDArray[np.bool_]:
    """Every query may attend to every key.

    Shapes:  bool [q_len, kv_len].
    """
    return np.ones((q_len, kv_len), dtype=np.bool_)


def causal(q_len: int, kv_len: int) -> NDArray[np.bool_]:
    """Query i may attend to keys 0 to i, aligned at the top left (C3).

    Shapes:  bool [q_len, kv_len].
    Source:  handout 3.1.2; torch's `is_causal`.
    """
    return np.tri(q_len, kv_len, dtype=np.bool_)

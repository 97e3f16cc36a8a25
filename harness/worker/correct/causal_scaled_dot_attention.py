"""Handout 3.1.2, done right: what a subject's own is replaced by. Nobody imports it; its text comes with a request."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class CausalScaledDotAttention(nn.Module):
    """Handout 3.1.2.

    Shapes:  queries [batch, q_len, hidden] or [batch, hidden]; keys, values [batch, kv_len, hidden].
    """

    def __init__(self, hidden_size: int, *_: Any, **__: Any) -> None:  # a subject's own may take more
        super().__init__()
        self.Q, self.K, self.V = (nn.Linear(hidden_size, hidden_size) for _ in range(3))
        self.hidden_size, self.softmax = hidden_size, nn.Softmax(dim=2)  # as the course's own has, for subclasses
        self.scaling_factor = torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Context, and weights [batch, q_len, kv_len]."""
        queries = queries if queries.ndim == 3 else queries[:, None]
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        logits = q @ k.mT * q.shape[-1] ** -0.5
        later = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).triu(1)
        weights = logits.masked_fill(later, float("-inf")).softmax(dim=-1)
        return weights @ v, weights

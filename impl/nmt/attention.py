"""Attention with learned projections, as the handout's questions 3.1.1 and 3.1.2 ask for it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ScaledDotAttention(nn.Module):
    """Scaled dot-product attention of projected queries over projected keys and values.

    Shapes:  queries [batch, q_len, hidden] or [batch, hidden]; keys, values [batch, kv_len, hidden].
    Edges:   a 2D query is one query (C7); weights come as [batch, q_len, kv_len] (C4).
    Source:  handout 3.1.1; Vaswani et al. 2017, eq. 1.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.Q = nn.Linear(hidden_size, hidden_size)
        self.K = nn.Linear(hidden_size, hidden_size)
        self.V = nn.Linear(hidden_size, hidden_size)
        self.scale = hidden_size**-0.5

    def forward(
        self,
        queries: Float[Tensor, "batch q_len hidden"] | Float[Tensor, "batch hidden"],
        keys: Float[Tensor, "batch kv_len hidden"],
        values: Float[Tensor, "batch kv_len hidden"],
    ) -> tuple[Float[Tensor, "batch _ hidden"], Float[Tensor, "batch _ kv_len"]]:
        """Context [batch, q_len, hidden] and weights [batch, q_len, kv_len]."""
        if queries.ndim == 2:
            queries = queries.unsqueeze(1)  # [batch, 1, hidden]
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        logits = self.masked(q @ k.mT * self.scale)  # [batch, q_len, kv_len]
        weights = logits.softmax(dim=-1)
        return weights @ v, weights

    def masked(self, logits: Float[Tensor, "batch q_len kv_len"]) -> Float[Tensor, "batch q_len kv_len"]:
        """The logits as they are: every query may attend to every key."""
        return logits


class CausalScaledDotAttention(ScaledDotAttention):
    """Scaled dot-product attention in which position i sees positions up to i, aligned at the top left (C3).

    Shapes:  as `ScaledDotAttention`.
    Source:  handout 3.1.2.
    """

    def masked(self, logits: Float[Tensor, "batch q_len kv_len"]) -> Float[Tensor, "batch q_len kv_len"]:
        """The logits with -inf where a key comes after its query."""
        q_len, kv_len = logits.shape[-2:]
        later = torch.ones(q_len, kv_len, dtype=torch.bool, device=logits.device).triu(1)
        return logits.masked_fill(later, float("-inf"))

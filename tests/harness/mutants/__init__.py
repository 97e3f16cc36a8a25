"""Subjects that are wrong on purpose, each with the law that must catch it; and subjects that are right in unusual ways,
which no law may catch. Each is the plain implementation below with a few lines changed."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN = """
import torch
import torch.nn.functional as F
from torch import nn


class ScaledDotAttention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.Q = nn.Linear(hidden_size, hidden_size)
        self.K = nn.Linear(hidden_size, hidden_size)
        self.V = nn.Linear(hidden_size, hidden_size)
        self.softmax = nn.Softmax(dim=2)
        self.scaling_factor = torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))

    def forward(self, queries, keys, values):
        batch, flat = queries.shape[0], queries.ndim == 2
        q = self.Q(queries.reshape(batch, -1, self.hidden_size))
        k = self.K(keys)
        v = self.V(values)
        scores = torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor
        weights = self.softmax(scores)
        context = torch.bmm(weights, v)
        return context, weights
"""

MASK = """        mask = torch.triu(torch.ones_like(scores), diagonal=1)
        scores = scores + mask * self.neg_inf
"""

CAUSAL = (
    PLAIN.replace("class Scaled", "class CausalScaled")
    .replace("        weights = self", MASK + "        weights = self")
    .replace("    def forward", "        self.neg_inf = torch.tensor(-1e7)\n\n    def forward")
    .replace("float))\n\n        self.neg", "float))\n        self.neg")
)

SOURCES = {"ScaledDotAttention": PLAIN, "CausalScaledDotAttention": CAUSAL}
BOTH = tuple(SOURCES)
Edit = tuple[str, str]


@dataclass(frozen=True)
class Mutant:
    """An item that is wrong, and the law that must catch it.

    Edges:   `items` names the items that it is a mutant of, one subject each; `status` is what must come of the law:
             "error" where the mutant is caught by raising.
    """

    name: str
    law: str
    edits: tuple[Edit, ...]
    items: tuple[str, ...] = BOTH
    status: str = "broken"


@dataclass(frozen=True)
class Variant:
    """An item that is right in an unusual way."""

    name: str
    edits: tuple[Edit, ...]
    items: tuple[str, ...] = BOTH


def source(item: str, edits: tuple[Edit, ...]) -> str:
    """The text of a subject: an item's plain implementation with the edits made.

    Raises:  ValueError for an edit whose old text is not there exactly once: it would change nothing, or too much.
    """
    text = SOURCES[item]
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {item}")
        text = text.replace(old, new)
    return text

"""Subjects that are wrong on purpose, each with the law that must catch it; and subjects that are right in unusual ways,
which no law may catch. Each is the plain implementation below with a few lines changed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.harness.mutants import bert_texts, clip_texts, scaling_laws, translation

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

KERNEL = """
import torch
import torch.nn.functional as F

BUFFERS = {}


def attention(q, k, v, *, mask=None, is_causal=False, scale=None):
    q_len, kv_len = q.shape[-2], k.shape[-2]
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    logits = q @ k.mT * scale
    allowed = torch.ones(q_len, kv_len, dtype=torch.bool, device=q.device)
    if is_causal:
        allowed = allowed.tril()
    if mask is not None:
        allowed = allowed & mask
    logits = logits.masked_fill(~allowed, float('-inf'))
    alive = allowed.any(-1, keepdim=True)
    logits = torch.where(alive, logits, torch.zeros_like(logits))
    weights = logits.softmax(-1)
    weights = torch.where(allowed, weights, torch.zeros_like(weights))
    out = weights @ v
    return out
"""

BLOCKWISE = """
import torch

BLOCK = 16


class Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, scale):
        kv_len = k.shape[-2]
        rest = kv_len
        highest = torch.full_like(q[..., :1], -torch.inf)
        total, out = torch.zeros_like(highest), torch.zeros_like(q)
        for start in range(0, rest, BLOCK):
            j = slice(start, min(start + BLOCK, rest))
            logits = q @ k[..., j, :].mT * scale
            higher = torch.maximum(highest, logits.amax(-1, True))
            weights, shrink = (logits - higher).exp(), (highest - higher).exp()
            total, out = total * shrink + weights.sum(-1, True), out * shrink + weights @ v[..., j, :]
            highest = higher
        out = out / total
        ctx.save_for_backward(q, k, v, out, highest + total.log())
        ctx.scale = scale
        return out

    @staticmethod
    def backward(ctx, d_out):
        q, k, v, out, lse = ctx.saved_tensors
        d_o = d_out
        weights = (q @ k.mT * ctx.scale - lse).exp()
        delta = (d_o * out).sum(-1, True)
        d_logits = weights * (d_o @ v.mT - delta)
        return d_logits @ k * ctx.scale, d_logits.mT @ q * ctx.scale, weights.mT @ d_o, None


def attention(q, k, v, *, mask=None, is_causal=False, scale=None):
    if mask is not None or is_causal:
        raise NotImplementedError('no mask')
    return Blockwise.apply(q, k, v, q.shape[-1] ** -0.5 if scale is None else scale)
"""

SOURCES = {
    "attention": KERNEL,
    "ScaledDotAttention": PLAIN,
    "CausalScaledDotAttention": CAUSAL,
    **translation.SOURCES,
    **scaling_laws.SOURCES,
    **bert_texts.SOURCES,
    **clip_texts.SOURCES,
}
BOTH = ("ScaledDotAttention", "CausalScaledDotAttention")
Edit = tuple[str, str]


@dataclass(frozen=True)
class Mutant:
    """An item that is wrong, and the law that must catch it.

    Edges:   `items` names the items that it is a mutant of, one subject each; `status` is what must come of the law:
             "error" where the mutant is caught by raising. `text` is what the edits change, where not the item's plain
             implementation.
    """

    name: str
    law: str
    edits: tuple[Edit, ...]
    items: tuple[str, ...] = BOTH
    status: str = "broken"
    text: str | None = None


@dataclass(frozen=True)
class Variant:
    """An item that is right in an unusual way."""

    name: str
    edits: tuple[Edit, ...]
    items: tuple[str, ...] = BOTH
    text: str | None = None


def source(item: str, edits: tuple[Edit, ...], text: str | None = None) -> str:
    """The text of a subject: an item's plain implementation with the edits made.

    Raises:  ValueError for an edit whose old text is not there exactly once: it would change nothing, or too much.
    """
    text = SOURCES[item] if text is None else text
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {item}")
        text = text.replace(old, new)
    return text

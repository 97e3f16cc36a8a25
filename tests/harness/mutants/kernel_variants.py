"""Kernels that are right in unusual ways: no law may catch any of them."""

from pathlib import Path

from tests.harness.mutants import Edit, Variant
from tests.harness.mutants.kernel import DEAD, HIDDEN, ITEM, LOGITS, OUT, SOFTMAX, START, ZEROED, after

SDPA = """
import torch
import torch.nn.functional as F


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    assert attn_mask is None or not is_causal
    return F.scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale)
"""
SIGNATURE = "def attention(q, k, v, *, mask=None, is_causal=False, scale=None):"
CHUNKED = (Path(__file__).parents[3] / "impl" / "attention" / "chunked.py").read_text()


def variant(name: str, *edits: Edit, text: str | None = None) -> Variant:
    return Variant(name, edits, ITEM, text)


VARIANTS = [
    variant("plain-kernel"),
    variant("in-float32", after(START, "given, (q, k, v) = q.dtype, (x if x.dtype == torch.float64 else x.float() for x in (q, k, v))"),
            (OUT, "out = (weights @ v).to(given)")),
    variant("finfo-min", (HIDDEN, "logits = logits.masked_fill(~allowed, torch.finfo(logits.dtype).min)"), (DEAD, "pass")),
    variant("by-einsum", (LOGITS, "logits = torch.einsum('bhqd,bhkd->bhqk', q, k) * scale"), (OUT, "out = torch.einsum('bhqk,bhkd->bhqd', weights, v)")),
    variant("scale-on-q", (LOGITS, "logits = (q * scale) @ k.mT")),
    variant("scale-shared", (LOGITS, "logits = (q * abs(scale) ** 0.5) @ (k * abs(scale) ** 0.5).mT * (1 if scale >= 0 else -1)")),
    variant("by-logsumexp", (SOFTMAX, "weights = (logits - logits.logsumexp(-1, True)).exp()")),
    variant("softmax-in-float64", (SOFTMAX, "weights = logits.double().softmax(-1).to(logits.dtype)")),
    variant("normalised-at-the-end", (SOFTMAX, "weights = (logits - logits.amax(-1, True)).exp(); total = torch.where(allowed, weights, 0).sum(-1, True)"),
            (OUT, "out = (weights @ v) / torch.where(alive, total, 1)")),
    variant("head-by-head", (OUT, "out = torch.stack([weights[:, h] @ v[:, h] for h in range(v.shape[1])], 1)")),
    variant("heads-last-output", after(OUT, "out = out.transpose(1, 2).contiguous().transpose(1, 2)")),
    variant("takes-any-keyword", (SIGNATURE, "def attention(q, k, v, **given):\n    mask, is_causal, scale = (given.get(n) for n in ('mask', 'is_causal', 'scale'))")),
    variant("an-object", (SIGNATURE, SIGNATURE.replace("def attention", "def _attention")),
            ("return out\n", "return out\n\n\nclass Kernel:\n    def __call__(self, q, k, v, *, mask=None, is_causal=False, scale=None):\n"
             "        return _attention(q, k, v, mask=mask, is_causal=is_causal, scale=scale)\n\n\nattention = Kernel()\n")),
    variant("torch-signature", text=SDPA),
    variant("online-softmax", text=CHUNKED),
    variant("online-softmax-in-small-blocks", ("BLOCK_Q, BLOCK_KV = 256, 512", "BLOCK_Q, BLOCK_KV = 16, 32"), text=CHUNKED),
    variant("weights-zeroed-by-product", (ZEROED, "weights = weights * allowed")),
]  # fmt: skip

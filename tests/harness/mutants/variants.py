"""Right in unusual ways: no law may catch any of them."""

from tests.harness.mutants import MASK, Edit, Variant
from tests.harness.mutants.attention import CONTEXT, ONLY, RETURN, SCALED, SOFTMAX, K, Q, after
from tests.harness.mutants.causal_attention import ITEM, TRIL, masked

CLASS = "\n\n\nclass "
LOOPS = (
    SOFTMAX,
    """weights = torch.zeros_like(scores)
        rows = []
        for b in range(scores.shape[0]):
            for i in range(scores.shape[1]):
                row = scores[b, i] - scores[b, i].max()
                rows.append(row.exp() / row.exp().sum())
        weights = torch.stack(rows).reshape(scores.shape)""",
)
ONLINE = (
    SOFTMAX,
    """top = torch.full_like(scores[..., :1], float('-inf'))
        total, acc = torch.zeros_like(top), torch.zeros_like(q)
        for j in range(0, k.shape[1], 3):
            block = scores[..., j:j + 3]
            new = torch.maximum(top, block.amax(2, True))
            e, shrink = (block - new).exp(), (top - new).exp()
            total, acc, top = total * shrink + e.sum(2, True), acc * shrink + e @ v[:, j:j + 3], new
        weights = (scores - top).exp() / total""",
)
SOFTMAX_BY_HAND = """


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        e = (x - x.amax(-1, True)).exp()
        ctx.save_for_backward(p := e / e.sum(-1, True))
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(-1, True))


class """


def both(name: str, *edits: Edit) -> Variant:
    return Variant(name, edits)


def causal(name: str, *edits: Edit) -> Variant:
    return Variant(name, edits, ITEM)


VARIANTS = [
    both("plain"),
    both("einsum", (SCALED, "torch.einsum('bqh,bkh->bqk', q, k) * self.scaling_factor"),
         (CONTEXT, "context = torch.einsum('bqk,bkh->bqh', weights, v)")),
    both("matmul-operator", (SCALED, "(q @ k.mT) * self.scaling_factor"), (CONTEXT, "context = weights @ v")),
    both("baddbmm", (SCALED, "torch.baddbmm(q.new_zeros(1), q, k.mT, beta=0, alpha=self.hidden_size ** -0.5)")),
    both("loops", LOOPS),
    both("online-softmax", ONLINE, (CONTEXT, "context = acc / total")),
    both("by-logsumexp", (SOFTMAX, "weights = (scores - scores.logsumexp(2, keepdim=True)).exp()")),
    both("softmax-in-float64", (SOFTMAX, "weights = scores.double().softmax(-1).to(scores.dtype)")),
    both("own-autograd-function", (CLASS, SOFTMAX_BY_HAND), (SOFTMAX, "weights = Softmax.apply(scores)")),
    both("list-returned", (RETURN, "return [context, weights]")),
    both("weights-turned", (RETURN, "return context, weights.transpose(1, 2)")),
    both("weights-detached", (RETURN, "return context, weights.detach()")),
    both("weights-contiguous-turned", (RETURN, "return context, weights.mT.contiguous()")),
    both("2d-context-for-a-2d-query", (RETURN, "return (context.squeeze(1), weights) if flat else (context, weights)")),
    both("2d-all-for-a-2d-query", (RETURN, "return (context.squeeze(1), weights.squeeze(1)) if flat else (context, weights)")),
    both("no-bias-of-K", ("self.K = nn.Linear(hidden_size, hidden_size)", "self.K = nn.Linear(hidden_size, hidden_size, bias=False)")),
    both("python-scale", ("torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))", "hidden_size ** -0.5")),
    both("scale-on-the-queries", (SCALED, "torch.bmm(q * self.scaling_factor, k.transpose(1, 2))")),
    both("scale-as-a-buffer", ("self.scaling_factor = torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))",
         "self.register_buffer('scaling_factor', torch.tensor(hidden_size).rsqrt())")),
    both("no-softmax-module", ("        self.softmax = nn.Softmax(dim=2)\n", ""), (SOFTMAX, "weights = F.softmax(scores, dim=-1)")),
    both("one-head-view", (Q, "q = self.Q(queries.reshape(batch, -1, 1, self.hidden_size)).transpose(1, 2)[:, 0]")),
    both("asks-for-a-gpu", (Q, Q + ".cuda()"), (K, "k = self.K(keys.to('cuda:0'))"),
         ("dtype=torch.float)", "dtype=torch.float, device='cuda')")),
    both("frozen-parameter-as-a-buffer", ("        self.softmax =", "        self.one = nn.Parameter(torch.ones(1), requires_grad=False)\n        self.softmax ="),
         (SOFTMAX, "weights = self.softmax(scores * self.one)")),
    both("prints", after(K, "print('keys', keys.shape)")),
    both("dropout-of-zero", after(SOFTMAX, "weights = F.dropout(weights, 0.0, self.training)")),
    Variant("softmax-over-dim-1", (("dim=2", "dim=1"), (SCALED, "torch.bmm(k, q.transpose(1, 2)) * self.scaling_factor"),
            (CONTEXT, "context = torch.bmm(weights.transpose(1, 2), v)")), ONLY),
    Variant("sdpa-inside", ((CONTEXT, "context = F.scaled_dot_product_attention(q, k, v)"),), ONLY),
    causal("causal-softmax-over-dim-1", ("dim=2", "dim=1"), (SCALED, "torch.bmm(k, q.transpose(1, 2)) * self.scaling_factor"),
           ("torch.triu(torch.ones_like(scores), diagonal=1)", "torch.tril(torch.ones_like(scores), diagonal=-1)"),
           (CONTEXT, "context = torch.bmm(weights.transpose(1, 2), v)")),
    causal("causal-sdpa-inside", (CONTEXT, "context = F.scaled_dot_product_attention(q, k, v, is_causal=True)")),
    causal("minus-infinity", masked(TRIL, "scores = scores.masked_fill(~allowed, float('-inf'))")),
    causal("minus-1e7-filled", masked(TRIL, "scores = torch.where(allowed, scores, self.neg_inf.to(scores.dtype))")),
    causal("finfo-min", masked(TRIL, "scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)")),
    causal("float32-mask", masked("scores = scores + torch.ones(scores.shape[1:]).triu(1) * self.neg_inf")),
    causal("mask-before-the-scale", (SCALED, "torch.bmm(q, k.transpose(1, 2))"),
           (MASK, MASK + "        scores = scores * self.scaling_factor\n")),
    causal("grown-mask", masked("n = scores.shape[1]", "if getattr(self, 'mask', scores[0, :0]).shape[0] < n:",
           "    self.mask = torch.ones(n, n, dtype=torch.bool).triu(1)", "scores = scores.masked_fill(self.mask[:n, :n], -1e9)")),
    causal("row-by-row", masked("rows = [self.softmax(scores[:, i:i + 1, :i + 1]) for i in range(scores.shape[1])]"),
           (SOFTMAX, "weights = torch.cat([F.pad(r, (0, scores.shape[2] - r.shape[2])) for r in rows], 1)")),
    causal("in-place-on-its-own-scores", masked("scores.masked_fill_(torch.ones_like(scores).triu(1).bool(), -1e7)")),
]  # fmt: skip

"""Wrong in ways that both attention items can be."""

from tests.harness.mutants import PLAIN, Mutant

ONLY = ("ScaledDotAttention",)
SCALED = "torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor"
SOFTMAX = "weights = self.softmax(scores)"
Q = "q = self.Q(queries.reshape(batch, -1, self.hidden_size))"
K = "k = self.K(keys)"
V = "v = self.V(values)"
CONTEXT = "context = torch.bmm(weights, v)"
RETURN = "return context, weights"
START = "batch, flat = queries.shape[0], queries.ndim == 2"
assert all(PLAIN.count(line) == 1 for line in (SCALED, SOFTMAX, Q, K, V, CONTEXT, RETURN, START))


def before(line: str, *lines: str) -> tuple[str, str]:
    """An edit that puts lines before one."""
    return (line, "\n        ".join([*lines, line]))


def after(line: str, *lines: str) -> tuple[str, str]:
    """An edit that puts lines after one."""
    return (line, "\n        ".join([line, *lines]))


SUBTLE = [
    Mutant("float16-inside", "context", ((SCALED, "(q.half() @ k.half().mT).to(q.dtype) * self.scaling_factor"),)),
    Mutant("bfloat16-values", "context-float32", ((CONTEXT, "context = torch.bmm(weights, v.bfloat16().to(v.dtype))"),)),
    Mutant("float16-only-in-float32", "weights-float32", (
        after(SOFTMAX, "if weights.dtype == torch.float32: weights = weights.half().float()"),)),
    Mutant("float32-inside", "rows-sum-to-one", ((SOFTMAX, "weights = self.softmax(scores.float()).to(scores.dtype)"),)),
    Mutant("float32-out", "dtype", ((RETURN, "return context.float(), weights"),)),
    Mutant("global-maximum", "uneven-rows", ((SOFTMAX, "e = torch.exp(scores - scores.max()); weights = e / e.sum(2, True)"),)),
    Mutant("maximum-of-an-entry", "uneven-rows", (
        (SOFTMAX, "e = torch.exp(scores - scores.amax((1, 2), True)); weights = e / e.sum(2, True)"),)),
    Mutant("no-maximum", "beyond-exp-float32", ((SOFTMAX, "e = torch.exp(scores); weights = e / e.sum(2, True)"),)),
    Mutant("no-maximum-in-float64", "beyond-exp-float64", (
        (SOFTMAX, "e = torch.exp(scores.double()); weights = (e / e.sum(2, True)).to(scores.dtype)"),)),
    Mutant("clamped-logits", "beyond-exp-float64", (
        ("scores = " + SCALED, f"scores = ({SCALED}).clamp(-1000, 1000)"),)),
    Mutant("eps-in-the-denominator", "rows-sum-to-one", (
        (SOFTMAX, "e = torch.exp(scores - scores.amax(2, True)); weights = e / (e.sum(2, True) + 1e-8)"),)),
    Mutant("zero-score-is-masked", "equal-logits", (
        after(SOFTMAX, "weights = torch.where(scores == 0, torch.zeros_like(weights), weights)"),)),
    Mutant("window-of-64", "long", (after(K, "k = k.clone(); k[:, 64:] = 0"),)),
    Mutant("noise-in-large-batches", "course-batch", (after(V, "v = F.dropout(v, 0.01, self.training and batch > 9)"),)),
    Mutant("nothing-at-64", "hidden-64", (after(V, "v = v * (self.hidden_size != 64)"),)),
    Mutant("nothing-at-128", "hidden-128", (after(V, "v = v * (self.hidden_size != 128)"),)),
    Mutant("eight-entries", "long", (after(CONTEXT, "context[8:] = 0"),)),
    Mutant("128-positions", "long", (after(CONTEXT, "context = torch.where(torch.arange(context.shape[1])[:, None] < 128, context, 0)"),)),
    Mutant("detached-k", "gradient-keys", ((K, "k = self.K(keys).detach()"),)),
    Mutant("detached-v", "gradient-values", ((V, "v = self.V(values.detach())"),)),
    Mutant("right-unless-trained", "values-whatever-is-asked", (
        (RETURN, "return context + any(x.requires_grad for x in (queries, keys, values)), weights"),)),
    Mutant("right-where-trained", "values-whatever-is-asked", (
        (RETURN, "return context + (not torch.is_grad_enabled()), weights"),)),
    Mutant("detached-q", "gradient-queries", ((Q, Q.replace("queries.", "queries.detach().")),)),
    Mutant("detached-scores", "gradient-Q", ((SOFTMAX, "weights = self.softmax(scores.detach())"),)),
    Mutant("frozen-K-weight", "gradient-K", ((K, "k = F.linear(keys, self.K.weight.detach(), self.K.bias)"),)),
    Mutant("frozen-V-bias", "gradient-V", ((V, "v = F.linear(values, self.V.weight, self.V.bias.detach())"),)),
    Mutant("gradient-doubled", "gradient-values", (after(V, "v = v + v - v.detach()"),)),
    Mutant("gradient-clipped", "gradient-queries", (
        after("scores = " + SCALED, "if scores.requires_grad: scores.register_hook(lambda g: g.clamp(-0.01, 0.01))"),)),
    Mutant("no-gradient-in-float32", "gradients-float32", (
        after(K, "if k.dtype == torch.float32: k = k.detach()"),)),
    Mutant("no-gradient-for-2d", "gradient-2d-query", (before(Q, "if flat: queries = queries.detach()"),), ONLY),
    Mutant("gradient-of-100-positions", "gradients-long", (
        after(V, "v = torch.cat([v[:, :100], v[:, 100:].detach()], 1)"),)),
]  # fmt: skip

STATE = [
    Mutant("keys-cached-by-shape", "no-state", (
        (K, "self.cache = getattr(self, 'cache', {}); k = self.cache.setdefault(keys.shape, self.K(keys))"),)),
    Mutant("counts-its-calls", "parameters-unchanged", (
        before(START, "self.calls = getattr(self, 'calls', 0) + 1"), after(V, "v = v * (1 + 0.001 * self.calls)"))),
    Mutant("decaying-parameters", "parameters-unchanged", (before(START, "self.V.weight.data.mul_(0.999)"),)),
    Mutant("length-of-the-first-call", "no-state", (
        before(START, "self.n = getattr(self, 'n', keys.shape[1])"), after(K, "k = torch.cat([k[:, :self.n], 0 * k[:, self.n:]], 1)"))),
    Mutant("larger-from-the-second-training-call", "no-state", (
        before(START, "self.n = getattr(self, 'n', 0) + self.training"), after(V, "v = v * (1.1 if self.n > 1 else 1)"))),
    Mutant("decays-after-the-first-training-call", "parameters-unchanged", (
        before(START, "self.n = getattr(self, 'n', 0) + self.training; self.V.weight.data.mul_(0.9 if self.n == 2 else 1)"),)),
    Mutant("detached-when-the-keys-repeat", "no-state-in-gradients", (
        after(K, "seen = getattr(self, 'seen', None); self.seen = keys.detach()"),
        after(V, "k = k.detach() if seen is not None and seen.equal(keys) else k"))),
    Mutant("gradient-doubled-from-the-second-call", "no-state-in-gradients", (
        before(START, "self.n = getattr(self, 'n', 0) + 1"), after(V, "v = v + v - v.detach() if self.n > 1 else v"))),
    Mutant("in-place-in-training-without-gradients", "inputs-unchanged", (
        after(K, "if self.training and not torch.is_grad_enabled(): keys.data.add_(1)"),)),
    Mutant("overwrites-when-gradients-are-on", "earlier-results", (
        (RETURN, "if torch.is_grad_enabled() and hasattr(self, 'old'): self.old.zero_()\n        self.old = context.data\n        return context, weights"),)),
    Mutant("reused-buffer", "earlier-results", (
        (RETURN, "if getattr(self, 'buffer', context).shape == context.shape and hasattr(self, 'buffer'):\n"
                 "            self.buffer.copy_(context.detach())\n        else:\n            self.buffer = context.detach().clone()\n"
                 "        return self.buffer, weights"),)),
    Mutant("queries-in-place", "inputs-unchanged", (before(START, "queries.data.mul_(0.5)"),)),
    Mutant("keys-in-place", "inputs-unchanged", (after(K, "keys.data[:, 0] += 1"),)),
    Mutant("values-in-place", "inputs-unchanged", (after(CONTEXT, "values.data.zero_()"),)),
    Mutant("sorted-in-place", "inputs-unchanged", (after(CONTEXT, "keys.data.copy_(keys.data.sort(1)[0])"),)),
    Mutant("dropout-in-training", "train-is-eval", (after(SOFTMAX, "weights = F.dropout(weights, 0.1, self.training)"),)),
    Mutant("noise", "deterministic", (after(CONTEXT, "context = context + 1e-9 * torch.randn_like(context)"),)),
    Mutant("draws-and-discards", "random-state", (before(START, "torch.rand(1)"),)),
    Mutant("seeds-the-world", "random-state", (before(START, "torch.manual_seed(0)"),)),
    Mutant("seeds-numpy", "random-state", (before(START, "import numpy; numpy.random.rand()"),)),
]  # fmt: skip

SHAPES = [
    Mutant("squeezed", "batch-1", ((RETURN, "return context.squeeze(0), weights"),)),
    Mutant("no-2d-query", "2d-query", ((Q, "q = self.Q(queries)"),), status="error"),
    Mutant("2d-query-as-a-sequence", "2d-query", (
        (Q, "q = self.Q(queries[None] if flat else queries).expand(batch, -1, -1)"),)),
    Mutant("as-long-as-the-queries", "lengths", ((K, "k = self.K(keys)[:, :q.shape[1]]"), (V, "v = self.V(values)[:, :q.shape[1]]")), ONLY),
    Mutant("one-query-loses-its-axis", "one-query", (
        (RETURN, "return (context.squeeze(1), weights) if context.shape[1] == 1 else (context, weights)"),), ONLY),
    Mutant("turns-the-weights-sometimes", "lengths", (
        (RETURN, "return context, weights.mT if keys.shape[1] > q.shape[1] else weights"),), ONLY),
    Mutant("turns-with-the-batch", "weights", ((RETURN, "return context, weights.mT if batch > 1 else weights"),)),
    Mutant("views-its-inputs", "strides", ((K, "k = self.K(keys.view(-1, self.hidden_size)).view(keys.shape)"),), status="error"),
    Mutant("assumes-contiguous-keys", "strides", (
        (K, "k = self.K(keys.as_strided(keys.shape, (keys[0].numel(), keys.shape[2], 1)))"),)),
    Mutant("assumes-offset-zero", "strides", ((V, "v = self.V(values.as_strided(values.shape, values.stride(), 0))"),)),
    Mutant("assumes-batch-stride", "expanded", (
        (V, "v = self.V(values if values.stride(0) or batch == 1 else torch.zeros_like(values))"),)),
    Mutant("mean-over-the-batch", "batch-independence", (after(Q, "q = q - q.mean(0, True)"),)),
    Mutant("first-entry-for-all", "batch-independence", (after(K, "k = k[:1].expand_as(k)"),)),
    Mutant("position-bias", "key-permutation", (
        ("scores = " + SCALED, f"scores = {SCALED} + 0.01 * torch.arange(keys.shape[1]).to(q.dtype)"),), ONLY),
    Mutant("four-keys-at-most", "lengths", ((K, "k = self.K(keys)[:, :4]"), (V, "v = self.V(values)[:, :4]")), ONLY),
    Mutant("returns-a-dict", "context", ((RETURN, "return {'context': context, 'weights': weights}"),)),
    Mutant("returns-context-alone", "context", ((RETURN, "return context"),)),
    Mutant("returns-arrays", "context", ((RETURN, "return context.detach().numpy(), weights"),)),
]  # fmt: skip

FORMULA = [
    Mutant("scale-inverted", "context", ((SCALED, SCALED.replace("*", "/")),)),
    Mutant("scale-forgotten", "context", ((SCALED, SCALED.split(" *", maxsplit=1)[0]),)),
    Mutant("scale-by-length", "context", ((SCALED, SCALED.replace("self.scaling_factor", "keys.shape[1] ** -0.5")),)),
    Mutant("scale-without-root", "context", ((SCALED, SCALED.replace("self.scaling_factor", "self.scaling_factor ** 2")),)),
    Mutant("scale-after-the-softmax", "rows-sum-to-one", (
        (SCALED, SCALED.split(" *", maxsplit=1)[0]), (SOFTMAX, "weights = self.softmax(scores) * self.scaling_factor"))),
    Mutant("scale-of-32", "hidden-48", ((SCALED, SCALED.replace("self.scaling_factor", "32 ** -0.5")),)),
    Mutant("scale-of-one-less", "hidden-2", ((SCALED, SCALED.replace("self.scaling_factor", "(self.hidden_size - 1) ** -0.5")),)),
    Mutant("float16-from-32-on", "hidden-32", (after(V, "if self.hidden_size >= 32: v = v.half().to(v.dtype)"),)),
    Mutant("one-feature-loses-its-axis", "hidden-1", ((RETURN, "return context.squeeze(2), weights"),)),
    Mutant("even-half-of-odd", "hidden-7", (
        (SCALED, "torch.bmm(q[..., :self.hidden_size // 2 * 2 or 1], k[..., :self.hidden_size // 2 * 2 or 1].mT) * self.scaling_factor"),)),
    Mutant("softmax-over-the-queries", "rows-sum-to-one", (("nn.Softmax(dim=2)", "nn.Softmax(dim=1)"),)),
    Mutant("softmax-over-the-batch", "batch-independence", (("nn.Softmax(dim=2)", "nn.Softmax(dim=0)"),)),
    Mutant("sigmoids-normalised", "context", ((SOFTMAX, "e = torch.sigmoid(scores); weights = e / e.sum(2, True)"),)),
    Mutant("argmax", "weights", ((SOFTMAX, "weights = F.one_hot(scores.argmax(2), scores.shape[2]).to(scores.dtype)"),)),
    Mutant("values-of-the-keys", "context", ((V, "v = self.V(keys)"),)),
    Mutant("values-unprojected", "context", ((V, "v = values"),)),
    Mutant("projections-swapped", "context", ((Q, Q.replace("self.Q", "self.K")), (K, K.replace("self.K", "self.Q")))),
    Mutant("weight-not-transposed", "context", ((V, "v = values @ self.V.weight + self.V.bias"),)),
    Mutant("no-bias-of-V", "bias-V", ((V, "v = values @ self.V.weight.T"),)),
    Mutant("no-bias-of-Q", "bias-Q", (after(Q, "q = q - self.Q.bias"),)),
    Mutant("bias-of-K-added-to-v", "bias-K", (after(V, "v = v + self.K.bias"),)),
    Mutant("returns-scores", "weights", ((RETURN, "return context, scores"),)),
    Mutant("returns-log-weights", "rows-sum-to-one", ((RETURN, "return context, weights.log()"),)),
    Mutant("all-zeros", "context", ((RETURN, "return context * 0, weights"),)),
    Mutant("nan", "context", ((RETURN, "return context * float('nan'), weights"),)),
    Mutant("residual-added", "one-key", (after(CONTEXT, "context = context + q"),)),
]  # fmt: skip

MUTANTS = [*SUBTLE, *STATE, *SHAPES, *FORMULA]

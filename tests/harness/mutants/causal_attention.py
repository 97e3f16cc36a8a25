"""Wrong in ways that only the causal item can be."""

from tests.harness.mutants import MASK, Edit, Mutant
from tests.harness.mutants.attention import CONTEXT, SOFTMAX, Q, after, before

ITEM = ("CausalScaledDotAttention",)
TRIL = "allowed = torch.ones_like(scores).tril().bool()"


def masked(*lines: str) -> Edit:
    """An edit that masks in another way."""
    return (MASK, "".join(f"        {line}\n" for line in lines))


def causal(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, ITEM, status)


MUTANTS = [
    causal("no-mask", "later-inputs", masked()),
    causal("mask-after-the-softmax", "rows-sum-to-one", masked(), after(SOFTMAX, "weights = weights.tril()")),
    causal("mask-after-the-softmax-renormalised", "later-logit", masked(),
           after(SOFTMAX, "weights = weights.tril(); weights = weights / weights.sum(2, True)")),
    causal("minus-30", "later-logit", ("-1e7", "-30.0")),
    causal("minus-1000", "later-logit", ("-1e7", "-1e3")),
    causal("minus-30-with-small-logits", "later-logit-gradients", ("-1e7", "-30.0")),
    causal("plus-instead-of-minus", "upper-triangle", ("-1e7", "1e7")),
    causal("a-trace-everywhere", "upper-triangle", after(SOFTMAX, "weights = weights + 1e-14")),
    causal("mask-dropped-from-the-second-training-call", "no-state", masked("self.n = getattr(self, 'n', 0) + self.training",
           "if self.n < 2: scores = scores + torch.ones_like(scores).triu(1) * self.neg_inf")),
    causal("sees-the-next", "later-inputs", ("diagonal=1", "diagonal=2")),
    causal("does-not-see-itself", "first-position", ("diagonal=1", "diagonal=0")),
    causal("sees-only-what-comes", "first-position", ("torch.triu(torch.ones_like(scores), diagonal=1)",
                                                      "torch.tril(torch.ones_like(scores), diagonal=-1)")),
    causal("tril-of-the-scores-is-zero", "equal-logits",
           masked("scores = scores.masked_fill(torch.tril(scores) == 0, self.neg_inf)")),
    causal("scores-times-mask", "later-inputs", masked("scores = scores.tril()")),
    causal("mask-times-neg-inf-scores", "context", masked("scores = scores.tril() + scores.triu(1) * -1e7")),
    causal("straight-through-leak", "later-gradients", masked(TRIL, "full = self.softmax(scores)",
           "scores = scores.masked_fill(~allowed, self.neg_inf)"),
           after(SOFTMAX, "weights = weights + full - full.detach()")),
    causal("leak-of-a-thousandth-in-gradient", "later-gradients",
           before(CONTEXT, "v = v + 1e-3 * (v.mean(1, True) - v.mean(1, True).detach())")),
    causal("gradient-leak-through-queries", "later-gradients",
           after(Q, "q = q + 1e-3 * (q.flip(1) - q.flip(1).detach())")),
    causal("maximum-before-the-mask", "later-logit", masked(
           "scores = scores - scores.amax(2, True)", TRIL, "scores = torch.where(allowed, scores.exp(), 0 * scores)"),
           (SOFTMAX, "weights = scores / scores.sum(2, True)")),
    causal("exp-under-where", "later-logit-gradients", masked(TRIL, "scores = scores - scores.tril().amax(2, True)",
           "e = torch.where(allowed, scores.exp(), torch.zeros_like(scores))"), (SOFTMAX, "weights = e / e.sum(2, True)")),
    causal("baseline-over-positions", "later-inputs", after(CONTEXT, "context = context - context.mean(1, True)")),
    causal("queries-centred", "later-inputs", after(Q, "q = q - q.mean(1, True)")),
    causal("cumulative-mean-off-by-one", "context", after(CONTEXT, "context = context.roll(1, 1)")),
    causal("band-of-64", "long", after(MASK.strip(), "scores = scores + torch.tril(torch.ones_like(scores), -64) * self.neg_inf")),
    causal("mask-of-100", "long", masked("mask = torch.ones(100, 100).triu(1).to(scores.dtype)[:scores.shape[1], :scores.shape[2]]",
           "scores[:, :100, :100] += mask * self.neg_inf")),
    causal("mask-of-the-first-call", "no-state", masked("if not hasattr(self, 'mask'):", "    self.mask = torch.ones_like(scores).triu(1)",
           "scores = scores + self.mask * self.neg_inf"), status="error"),
    causal("mask-for-the-first-entry", "context", masked("mask = torch.zeros_like(scores)",
           "mask[:1] = torch.ones_like(scores[:1]).triu(1)", "scores = scores + mask * self.neg_inf")),
    causal("unmasked-weights-returned", "upper-triangle", masked("shown = self.softmax(scores)", *MASK.strip().split("\n        ")),
           ("return context, weights", "return context, shown")),
    causal("last-row-sees-all-but-itself", "context", masked(
           "mask = torch.ones_like(scores).triu(1)", "mask[:, -1, -1] = 1.0 if mask.shape[1] > 1 else 0.0",
           "scores = scores + mask * self.neg_inf")),
    causal("first-row-uniform", "first-position", after(SOFTMAX,
           "weights = torch.cat([torch.full_like(weights[:, :1], 1 / weights.shape[2]), weights[:, 1:]], 1)")),
    causal("depends-on-the-length", "prefix", after(CONTEXT, "context = context * (1 + 0.001 * context.shape[1])")),
    causal("masked-only-when-negative", "upper-triangle", masked(
           "mask = torch.triu(torch.ones_like(scores), diagonal=1)", "scores = torch.where(mask.bool() & (scores < 0), self.neg_inf, scores)")),
    causal("mask-in-training-only", "later-inputs", masked("if self.training:",
           "    scores = scores + torch.ones_like(scores).triu(1) * self.neg_inf")),
    causal("mask-in-evaluation-only", "train-is-eval", masked("if not self.training:",
           "    scores = scores + torch.ones_like(scores).triu(1) * self.neg_inf")),
]  # fmt: skip

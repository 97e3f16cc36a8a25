"""Kernels that are wrong on purpose, the plain one and one that meets its keys in blocks, with a backward pass by hand."""

from tests.harness.mutants import BLOCKWISE, KERNEL, Edit, Mutant
from tests.laws.test_kernel_shapes import D_HEADS, LENGTHS

ITEM = ("attention",)
START = "q_len, kv_len = q.shape[-2], k.shape[-2]"
SCALE = "scale = q.shape[-1] ** -0.5 if scale is None else scale"
LOGITS = "logits = q @ k.mT * scale"
CAUSAL = "allowed = allowed.tril()"
MASKED = "allowed = allowed & mask"
HIDDEN = "logits = logits.masked_fill(~allowed, float('-inf'))"
DEAD = "logits = torch.where(alive, logits, torch.zeros_like(logits))"
SOFTMAX = "weights = logits.softmax(-1)"
ZEROED = "weights = torch.where(allowed, weights, torch.zeros_like(weights))"
OUT = "out = weights @ v"
assert all(
    KERNEL.count(line) == 1 for line in (START, SCALE, LOGITS, CAUSAL, MASKED, HIDDEN, DEAD, SOFTMAX, ZEROED, OUT)
)


def after(line: str, *lines: str) -> Edit:
    """An edit that puts lines after one, as deep as that one is."""
    deep = "\n" + " " * (len(found := _line(line)) - len(found.lstrip()))
    return (line, deep.join([line, *lines]))


def _line(part: str) -> str:
    return next(line for line in KERNEL.splitlines() if part in line)


def plain(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, ITEM, status)


def blockwise(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, ITEM, status, BLOCKWISE)


def doubled(name: str, when: str = "True") -> Edit:
    """An edit that doubles the gradient of an input, and leaves its value."""
    return after(START, f"if {when}: {name} = {name} + {name} - {name}.detach()")


CONTIGUOUS = "torch.as_strided(x, x.shape, torch.empty(x.shape, device='meta').stride(), x.storage_offset())"
VALUES = [
    plain("float32-inside", "value-float64", (LOGITS, "logits = (q.float() @ k.float().mT * scale).to(q.dtype)")),
    plain("bfloat16-inside", "value-float32", (OUT, "out = (weights.bfloat16() @ v.bfloat16()).to(v.dtype)")),
    plain("right-unless-trained", "values-whatever-is-asked", after(OUT, "out = out + q.requires_grad")),
    plain("right-where-trained", "values-whatever-is-asked", after(OUT, "out = out + (not torch.is_grad_enabled())")),
    plain("float32-out", "value-bfloat16", (OUT, "out = (weights @ v).float()")),
    plain(
        "coarse-in-float16",
        "value-float16",
        after(OUT, "if out.dtype == torch.float16: out = out.to(torch.float8_e5m2).half()"),
    ),
    plain("float8-weights", "value-bfloat16", (OUT, "out = weights.to(torch.float8_e5m2).to(v.dtype) @ v")),
    *(
        plain(
            f"causal-off-by-one-in-{dtype}",
            f"causal-{dtype}",
            (CAUSAL, f"allowed = allowed.tril(int(q.dtype == torch.{dtype}))"),
        )
        for dtype in ("float64", "float32", "bfloat16", "float16")
    ),
    plain("no-scale", "value-float64", (SCALE, "scale = 1.0 if scale is None else scale")),
    plain("scale-is-lost", "scale", (SCALE, "scale = q.shape[-1] ** -0.5")),
    plain("scale-of-zero-is-none", "scale-not-positive", (SCALE, "scale = scale or q.shape[-1] ** -0.5")),
    plain(
        "scale-is-a-size", "scale-not-positive", (SCALE, "scale = q.shape[-1] ** -0.5 if scale is None else abs(scale)")
    ),
    plain(
        "zero-is-masked",
        "equal-logits",
        after(SOFTMAX, "weights = torch.where(logits == 0, torch.zeros_like(weights), weights)"),
    ),
    plain("no-maximum", "beyond-exp-above", (SOFTMAX, "e = logits.exp(); weights = e / e.sum(-1, True)")),
    plain(
        "maximum-at-least-0",
        "beyond-exp-below",
        (SOFTMAX, "e = (logits - logits.amax(-1, True).clamp(min=0)).exp(); weights = e / e.sum(-1, True)"),
    ),
    plain(
        "maximum-of-a-head",
        "uneven-rows",
        (SOFTMAX, "e = (logits - logits.amax((-1, -2), True)).exp(); weights = e / e.sum(-1, True)"),
    ),
    plain("heads-are-mixed", "independence", after(OUT, "out = out + 0.1 * out.mean(1, keepdim=True)")),
    plain("order-counts", "key-order", after(LOGITS, "logits = logits + 0.01 * torch.arange(kv_len).to(logits)")),
    blockwise(
        "no-rescale",
        "rising-logits",
        (
            "total, out = total * shrink + weights.sum(-1, True), out * shrink + weights @ v[..., j, :]",
            "total, out = total * shrink + weights.sum(-1, True), out + weights @ v[..., j, :]",
        ),
    ),
    blockwise(
        "first-maximum",
        "rising-logits",
        (
            "higher = torch.maximum(highest, logits.amax(-1, True))",
            "higher = torch.where(highest > -1e30, highest, logits.amax(-1, True))",
        ),
    ),
]
MASKS = [
    plain("mask-is-lost", "mask", (MASKED, "pass")),
    plain("mask-turned-round", "mask", (MASKED, "allowed = allowed & ~mask")),
    plain("mask-of-the-first-query", "mask-per-query", (MASKED, "allowed = allowed & mask[..., :1, :]")),
    plain("mask-of-the-first-entry", "mask-per-key", (MASKED, "allowed = allowed & (mask[:1] if mask.ndim == 4 else mask)")),
    plain("mask-of-the-first-head", "mask-per-head", (MASKED, "allowed = allowed & (mask[:, :1] if mask.ndim == 4 else mask)")),
    plain("padding-of-the-first-entry", "mask-padding", (MASKED, "allowed = allowed & (mask[:1] if mask.ndim == 4 else mask)")),
    plain("mask-of-four-axes", "mask-2d", (MASKED, "allowed = allowed & (mask if mask.ndim == 4 else True)")),
    plain("mask-of-three-axes", "mask-3d", (MASKED, "allowed = allowed & (mask[:1] if mask.ndim == 3 else mask)")),
    plain("mask-in-float64-alone", "mask", ("if mask is not None", "if mask is not None and q.dtype == torch.float64")),
    plain("top-left-in-float64-alone", "causal-more-keys", (CAUSAL, "allowed = allowed.tril(0 if q.dtype == torch.float64 else kv_len - q_len)")),
    plain("causal-drops-the-scale", "together", after(SCALE, "if is_causal: scale = q.shape[-1] ** -0.5")),
    plain("causal-of-odd-heads", "together", (CAUSAL, "allowed = allowed.tril(int(q.shape[-1] not in (16, 32, 64)))")),
    plain("masks-strided-keys", "together", after(START, "if mask is not None: k = torch.as_strided(k, k.shape, torch.empty(k.shape, device='meta').stride(), k.storage_offset())")),
    plain("scaled-masked-gradients", "together-gradients", doubled("k", "mask is not None and scale is not None")),
    plain("padding-of-the-longest", "padded-keys", (MASKED, "allowed = allowed & (mask.any(0) if mask.shape[-2] == 1 else mask)")),
    plain("padding-seen-by-padding", "padded-batch", (MASKED, "allowed = allowed & (mask | ~mask.any(-1, keepdim=True))")),
    plain("padding-takes-gradients", "padded-keys-gradients", doubled("v", "mask is not None and mask.shape[-2] == 1")),
    plain("padding-gives-gradients", "padded-batch-gradients", doubled("q", "mask is not None and mask.ndim == 4")),
    plain("mask-hides-the-last", "mask-of-all", after(MASKED, "allowed = allowed & (torch.arange(kv_len) < max(kv_len - 1, 1))")),
    plain("masked-keys-take-gradients", "mask-gradients", (HIDDEN, "logits = torch.where(allowed, logits, logits - logits.detach() - 1e30)"),
          (ZEROED, ZEROED + "; weights = weights + 0.1 * (logits - logits.detach())")),
    plain("later-keys-take-gradients", "causal-gradients", (ZEROED, ZEROED + "; weights = weights + 0.1 * is_causal * (q @ k.mT - (q @ k.mT).detach())")),
    plain("either", "causal-and-mask", ("if mask is not None", "if mask is not None and not is_causal")),
    plain("either-in-gradients", "causal-and-mask-gradients", doubled("k", "mask is not None and is_causal")),
    plain("bottom-right", "causal-more-keys", (CAUSAL, "allowed = allowed.tril(kv_len - q_len)")),
    plain("bottom-right-of-fewer", "causal-more-queries", (CAUSAL, "allowed = allowed.tril(min(kv_len - q_len, 0))")),
    plain("not-square-gradients", "causal-more-keys-gradients", doubled("v", "is_causal and q_len < kv_len")),
    plain("not-square-gradients-of-fewer", "causal-more-queries-gradients", doubled("v", "is_causal and q_len > kv_len")),
    plain("a-mean-for-the-dead", "no-permitted-key", (ZEROED, "weights = torch.where(allowed | ~alive, weights, torch.zeros_like(weights))")),
    plain("nan-for-the-dead", "no-permitted-key", (DEAD, "pass"), (ZEROED, "pass")),
    plain("nan-gradients-of-the-dead", "no-permitted-key-gradients", (DEAD, "pass"), (ZEROED, "pass"),
          (OUT, "out = torch.where(alive, weights @ v, 0)")),
    plain("values-of-the-dead", "no-permitted-key-gradients", (OUT, "out = weights @ v; out = out + (~alive) * (v.mean(-2, True) - v.mean(-2, True).detach())")),
    plain("something-where-nothing-is", "nothing-permitted", (OUT, "out = weights @ v; out = out + (~alive).all() * 1e-3")),
    plain("a-small-minus", "masked-key", (HIDDEN, "logits = logits + ~allowed * -20.0"), (ZEROED, "pass")),
    plain("a-small-minus-for-later", "later-key", (HIDDEN, "logits = logits - (1 - allowed.to(logits)) * 20.0"), (ZEROED, "pass")),
]  # fmt: skip
GRADIENTS = [
    *(plain(f"{x}-detached", f"gradient-{x}", after(START, f"{x} = {x}.detach()")) for x in "qkv"),
    *(plain(f"{x}-doubled-alone", f"gradient-{x}-alone",
            doubled(x, f"sum(y.requires_grad for y in (q, k, v)) == 1 and {x}.requires_grad")) for x in "qkv"),
    *(plain(f"gradient-doubled-in-{dtype}", f"gradients-{dtype}", doubled("k", f"k.dtype == torch.{dtype}"))
      for dtype in ("float64", "float32", "bfloat16", "float16")),
    *(plain(f"{x}-half-detached", f"gradcheck-{x}", after(START, f"{x} = 0.5 * {x} + 0.5 * {x}.detach()")) for x in "qkv"),
    plain("scale-doubled-in-gradients", "gradients-scale", doubled("q", "scale is not None")),
    plain("gradient-clipped", "gradients-beyond-exp", after(START, "if k.requires_grad and q.abs().max() > 100: k = k.detach()")),
    plain("output-for-training-is-coarse", "output-of-a-gradient", after(OUT, "if q.requires_grad: out = out.bfloat16().to(out.dtype)")),
    blockwise("delta-forgotten", "gradient-q", ("d_logits = weights * (d_o @ v.mT - delta)", "d_logits = weights * (d_o @ v.mT)")),
    blockwise("delta-of-the-head", "gradient-k", ("delta = (d_o * out).sum(-1, True)", "delta = (d_o * out).sum(-1, True).mean(-2, True)")),
    blockwise("scale-forgotten-in-dk", "gradient-k", ("d_logits.mT @ q * ctx.scale", "d_logits.mT @ q")),
    blockwise("scale-forgotten-in-dq", "gradients-scale", ("d_logits @ k * ctx.scale", "d_logits @ k * q.shape[-1] ** -0.5")),
    blockwise("no-lse", "gradients-beyond-exp", ("weights = (q @ k.mT * ctx.scale - lse).exp()", "e = (q @ k.mT * ctx.scale).exp(); weights = e / lse.exp()")),
    *(blockwise(f"cotangent-read-flat-if-{layout}", f"cotangent-{layout}",
                ("d_o = d_out", f"x = d_out; d_o = {CONTIGUOUS} if {when} else x"))
      for layout, when in (("heads-last", "True"), ("transposed", "True"))),
    blockwise("cotangent-of-stride-1", "cotangent-strided", ("d_o = d_out", "d_o = torch.as_strided(d_out, d_out.shape, (*d_out.stride()[:-1], min(d_out.stride()[-1], 1)))")),
    blockwise("expanded-cotangent", "summed-output", ("d_o = d_out", "d_o = d_out if d_out.stride()[-1] else d_out / d_out.numel()")),
]  # fmt: skip
SHAPES = [
    *(
        plain(
            f"{dtype}-adds-up-one-by-one", f"long-row-{dtype}",
            (OUT, f"out = weights @ v if v.dtype != torch.{dtype} else sum(weights[..., j, None].mul(v[..., j, None, :]) for j in range(kv_len))"),
        ) for dtype in ("float16", "bfloat16")
    ),
    *(plain(f"{dtype}-drops-far-keys", f"long-row-{dtype}", after(START, "k, v = (k, v) if kv_len < 3000 else (k[..., :3000, :], v[..., :3000, :]); kv_len = k.shape[-2]")) for dtype in ("float64", "float32")),
    *(plain(f"d-head-{n}-is-wrong", f"d-head-{n}", after(OUT, f"out = out * (1 + 0.1 * (q.shape[-1] == {n}))")) for n in D_HEADS),
    *(plain(f"d-head-{n}-gradient", f"d-head-{n}-gradients", doubled("v", f"v.shape[-1] == {n}")) for n in D_HEADS),
    *(blockwise(f"rest-of-{n}-is-dropped", f"length-{n}", ("rest = kv_len", f"rest = kv_len if kv_len != {n} else kv_len - 1")) for n in LENGTHS),
    *(plain(f"length-{n}-gradient", f"length-{n}-gradients", doubled("k", f"kv_len == {n}")) for n in LENGTHS),
    *(plain(f"causal-length-{n}", f"causal-length-{n}", (CAUSAL, f"allowed = allowed.tril(int(kv_len == {n}))")) for n in LENGTHS),
    *(plain(f"causal-length-{n}-gradient", f"causal-length-{n}-gradients", doubled("k", f"is_causal and kv_len == {n}")) for n in LENGTHS),
    blockwise("last-block-is-dropped", "length-17", ("rest = kv_len", "rest = max(kv_len // BLOCK * BLOCK, 1)")),
    plain("first-64-keys", "more-keys", after(START, "if kv_len > 64 and q_len < 64: k, v, kv_len = k[:, :, :64], v[:, :, :64], 64")),
    plain("first-128-queries", "more-queries", after(OUT, "out = torch.where(torch.arange(q_len)[:, None] < 128, out, out * 0) if kv_len < 64 else out")),
    plain("more-keys-gradient", "more-keys-gradients", doubled("q", "kv_len > 2 * q_len and kv_len > 64")),
    plain("more-queries-gradient", "more-queries-gradients", doubled("q", "q_len > 2 * kv_len and q_len > 64")),
    plain("mask-of-128-keys", "long-mask", (MASKED, "allowed = allowed & (mask | (torch.arange(kv_len) >= 128))")),
    plain("one-query-is-dropped", "one-query", after(OUT, "out = out * (q_len > 1)")),
    plain("one-key-is-dropped", "one-key", after(OUT, "out = out * (kv_len > 1)")),
    plain("squeezed", "one-position", after(OUT, "out = out.squeeze(-2) if q_len == 1 and kv_len == 1 else out")),
    plain("no-empty-batch", "empty-batch", after(OUT, "out = out.reshape(-1, q_len, q.shape[-1]) if q.shape[0] == 0 else out")),
    plain("empty-batch-raises", "empty-batch-gradients", after(OUT, "if q.shape[0] == 0: logits.amax(0)"), status="error"),
    plain("eight-entries", "many-heads", after(OUT, "out = torch.where(torch.arange(out.shape[0])[:, None, None, None] < 8, out, out * 0)")),
]  # fmt: skip
FLAT = "def flat(x): return " + CONTIGUOUS
BEHAVIOUR = [
    plain("reads-flat", "layout-heads-last", after(START, f"x = k; k = {CONTIGUOUS}")),
    plain("reads-flat-too", "layout-transposed", after(START, f"x = v; v = {CONTIGUOUS}")),
    plain("last-stride-is-1", "layout-strided", after(START, "k = torch.as_strided(k, k.shape, (*k.stride()[:-1], 1), k.storage_offset())")),
    plain("no-offset", "layout-offset", after(START, "v = torch.as_strided(v, v.shape, v.stride(), 0)")),
    plain("heads-last-gradient", "layout-heads-last-gradients", doubled("k", "k.stride(1) < k.stride(2)")),
    plain("transposed-gradient", "layout-transposed-gradients", doubled("k", "k.stride(-1) > 2 or k.stride(0) == 1")),
    plain("strided-gradient", "layout-strided-gradients", doubled("k", "k.stride(-1) == 2")),
    plain("offset-gradient", "layout-offset-gradients", doubled("k", "k.storage_offset() > 0")),
    plain("mask-read-flat", "layout-mask-transposed", (MASKED, f"x = mask; allowed = allowed & {CONTIGUOUS}")),
    plain("mask-stride-1", "layout-mask-strided", (MASKED, "allowed = allowed & torch.as_strided(mask, mask.shape, (*mask.stride()[:-1], 1))")),
    plain("expanded-mask-is-lost", "layout-mask-expanded", (MASKED, "allowed = allowed & (mask if mask.stride(0) else True)")),
    plain("shared-heads-are-summed", "expanded-heads", after(START, "if k.stride(1) == 0: k = k.sum(1, keepdim=True)")),
    plain("expanded-batch", "expanded-batch-gradients", doubled("v", "v.stride(0) == 0")),
    plain("scales-q-in-place", "inputs-unchanged", (LOGITS, "logits = (q.mul_(scale) @ k.mT) if not q.requires_grad else q @ k.mT * scale")),
    plain("changes-v-afterwards", "inputs-unchanged-gradients", after(OUT, "if v.requires_grad: q.data.add_(1)")),
    plain("mask-and-causal-in-place", "mask-unchanged", (MASKED, "mask = mask.logical_and_(allowed) if is_causal else mask; allowed = allowed & mask")),
    plain("mask-in-place", "mask-unchanged", (MASKED, "mask &= mask.roll(1, -1); allowed = allowed & mask")),
    plain("one-buffer", "earlier-results", after(OUT, "buffer = BUFFERS.setdefault(out.shape, torch.empty_like(out)); out = buffer.copy_(out.detach()) if not out.requires_grad else out")),
    plain("buffer-for-training", "earlier-results", after(OUT, "held = BUFFERS.setdefault(out.shape, out); held.data.copy_(out.detach()); out = held")),
    plain("remembers", "no-state", after(OUT, "out = BUFFERS.setdefault(out.shape, out)")),
    plain("remembers-lengths", "no-state", after(LOGITS, "if BUFFERS.setdefault('n', kv_len) != kv_len: logits = logits * 2")),
    plain("remembers-gradients", "no-state-in-gradients", after(START, "BUFFERS['n'] = BUFFERS.get('n', 0) + 1", "if BUFFERS['n'] > 1: k = k + k - k.detach()")),
    plain("dropout", "deterministic", (OUT, "out = F.dropout(weights, 0.1) @ v"), status="flaky"),
    plain("noise-in-gradients", "deterministic-gradients", after(START, "c = 1e-6 * torch.rand(()); k = k + c * (k - k.detach())")),
    plain("draws", "random-state", after(OUT, "torch.rand(1)")),
]  # fmt: skip
MUTANTS = [*VALUES, *MASKS, *GRADIENTS, *SHAPES, *BEHAVIOUR]

"""Translation models that are wrong, and models that are right in unusual ways."""

from tests.harness.mutants import BOTH, Edit, Mutant, Variant, source, variants
from tests.harness.mutants.translation import ATTENTION, MODELS

ENCODER, DECODER, ALONE = ((name,) for name in MODELS)
DECODERS = DECODER + ALONE
EMBED = "x = self.embedding(inputs)"
PLACED = "x = x + self.positional_encodings[:seq_len]"
SELF = "self.self_attentions[i](x, x, x)"
MLP = "x = x + self.attention_mlps[i](x)"
CROSS = "self.encoder_attentions[i](x, annotations, annotations)"
LOGITS = "logits = self.out(x)"
LOOP = "for i in range(self.num_layers):"
STACK = "torch.stack(kept)"
ROUNDS_OTHERWISE = (
    "loops",
    "online-softmax",
    "by-logsumexp",
    "softmax-in-float64",
    "own-autograd-function",
    "scale-on-the-queries",
)


def mutant(name: str, law: str, items: tuple[str, ...], *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, items, status)


MUTANTS = [
    mutant("no-positions", "model-positions", MODELS, (PLACED, "pass")),
    mutant(
        "right-where-trained",
        "model-values-whatever-is-asked",
        MODELS,
        (PLACED, f"{PLACED}; x = x + (not torch.is_grad_enabled())"),
    ),
    mutant(
        "positions-from-one", "model-positions", MODELS, (PLACED, "x = x + self.positional_encodings[1:seq_len + 1]")
    ),
    mutant("one-position-for-all", "model-output", MODELS, (PLACED, "x = x + self.positional_encodings[:1]")),
    mutant("positions-multiplied", "model-output", MODELS, (PLACED, PLACED.replace("+", "*"))),
    mutant(
        "positions-in-every-layer",
        "model-layers-2",
        MODELS,
        (SELF, "self.self_attentions[i](*[x + self.positional_encodings[:seq_len] * (i > 0)] * 3)"),
    ),
    mutant(
        "forty-positions-at-most",
        "model-long",
        MODELS,
        (
            PLACED,
            "x = x + self.positional_encodings[:seq_len]"
            ".clone().index_fill_(0, torch.arange(min(seq_len, 32), seq_len), 0)",
        ),
    ),
    mutant(
        "sines-and-cosines-exchanged",
        "model-positions",
        MODELS,
        ("[:, 0::2] = torch.sin", "[:, 0::2] = torch.cos"),
        ("[:, 1::2] = torch.cos", "[:, 1::2] = torch.sin"),
    ),
    mutant("no-residual-of-attention", "model-output", MODELS, (SELF, SELF + "; x = 0 * x")),
    mutant("no-residual-of-the-mlp", "model-output", MODELS, (MLP, "x = self.attention_mlps[i](x)")),
    mutant(
        "mlp-of-what-came-in",
        "model-output",
        MODELS,
        (LOOP, LOOP + "\n            before = x"),
        (MLP, "x = x + self.attention_mlps[i](before)"),
    ),
    mutant("no-relu", "model-output-float32", MODELS, (MLP, "x = x + self.attention_mlps[i][0](x)")),
    mutant("relu-of-the-sum", "model-output", MODELS, (MLP, "x = torch.relu(x + self.attention_mlps[i][0](x))")),
    mutant("only-the-first-layer", "model-layers-2", MODELS, (LOOP, "for i in range(1):")),
    mutant("last-layer-left-out", "model-layers-1", ENCODER, (LOOP, "for i in range(self.num_layers - 1):")),
    mutant(
        "last-layer-left-out",
        "model-layers-1",
        DECODERS,
        (LOOP, "for i in range(self.num_layers - 1):"),
        status="error",
    ),
    mutant("first-layer-again-and-again", "model-layers-4", MODELS, (MLP, MLP.replace("[i]", "[0]"))),
    mutant("sixth-layer-left-out", "model-layers-6", MODELS, (LOOP, "for i in range(min(self.num_layers, 5)):")),
    mutant("normed", "model-output", MODELS, (MLP, MLP + "; x = torch.nn.functional.layer_norm(x, x.shape[-1:])")),
    mutant("embedding-scaled", "model-output", MODELS, (EMBED, EMBED + " * self.embedding.embedding_dim ** 0.5")),
    mutant(
        "wide-models-scaled",
        "model-hidden-64",
        MODELS,
        (EMBED, EMBED + " * (0.9 if self.embedding.embedding_dim > 32 else 1)"),
    ),
    mutant(
        "sixteen-scaled",
        "model-hidden-16",
        MODELS,
        (EMBED, EMBED + " * (0.9 if self.embedding.embedding_dim == 16 else 1)"),
    ),
    mutant(
        "two-scaled", "model-hidden-2", MODELS, (EMBED, EMBED + " * (0.9 if self.embedding.embedding_dim == 2 else 1)")
    ),
    mutant(
        "squeezed-at-length-1",
        "model-length-1",
        MODELS,
        (EMBED, "x = self.embedding(inputs).squeeze(1)"),
        status="error",
    ),
    mutant("batch-normed", "model-batch", MODELS, (EMBED, EMBED + "; x = x - 0.01 * x.mean(0)")),
    mutant(
        "remembers-the-first-call",
        "model-no-state",
        MODELS,
        (
            EMBED,
            EMBED + "; self.seen = getattr(self, 'seen', 0); x = x * (1 + 0.1 * min(self.seen, 1)); self.seen += 1",
        ),
    ),
    mutant(
        "dropout",
        "model-mode",
        MODELS,
        (EMBED, EMBED + "; x = torch.nn.functional.dropout(x, 0.5, self.training)"),
        status="flaky",
    ),
    mutant("draws-a-number", "model-no-randomness", MODELS, (EMBED, EMBED + "; torch.rand(1)")),
    mutant("changes-its-tokens", "model-inputs-unchanged", MODELS, (EMBED, EMBED + "; inputs[:, 0] = 0")),
    mutant("frozen-embedding", "model-gradients", MODELS, (EMBED, EMBED + ".detach()")),
    mutant("detached-between-layers", "model-gradients", MODELS, (MLP, MLP + ".detach()")),
    mutant(
        "detached-in-training",
        "model-gradients-training",
        MODELS,
        (MLP, MLP + "; x = x.detach() if self.training and i == 0 else x"),
    ),
    mutant("full-self-attention", "no-future", DECODERS, ("[CausalScaledDotAttention(", "[ScaledDotAttention(")),
    mutant("leaks-a-thousandth", "no-future", DECODERS, (LOGITS, "logits = self.out(x + 1e-3 * x.mean(1, True))")),
    mutant(
        "leaks-in-gradient",
        "no-future-gradients",
        DECODERS,
        (LOGITS, "m = x.mean(1, True); logits = self.out(x + m - m.detach())"),
    ),
    mutant(
        "sees-two-tokens-back",
        "whole-beginning",
        DECODERS,
        (SELF, "self.window(self.self_attentions[i], x)"),
        (
            "    def forward(self, inputs",
            """    def window(self, attention, x):
        contexts, n = [], x.size(1)
        for j in range(n):
            part = x[:, max(0, j - 1):j + 1]
            contexts.append(attention(part, part, part)[0][:, -1:])
        return torch.cat(contexts, 1), attention(x, x, x)[1]

    def forward(self, inputs""",
        ),
    ),
    mutant(
        "positions-counted-from-the-end",
        "appended",
        DECODERS,
        (PLACED, "x = x + self.positional_encodings[:seq_len].flip(0)"),
    ),
    mutant("weights-doubled-alone", "model-weights", ALONE, (STACK, STACK + " * 2")),
    mutant("weights-doubled", "model-weights", DECODER, ("torch.stack(over_source)", "torch.stack(over_source) * 2")),
    mutant(
        "sees-the-first-annotation",
        "whole-source",
        DECODER,
        (CROSS, CROSS.replace("annotations", "annotations[:, :1]")),
    ),
    mutant(
        "causal-over-the-source",
        "whole-source",
        DECODER,
        ("nn.ModuleList([ScaledDotAttention(", "nn.ModuleList([CausalScaledDotAttention("),
    ),
    mutant(
        "source-cut-to-the-target",
        "source-lengths",
        DECODER,
        (CROSS, CROSS.replace("annotations", "annotations[:, :seq_len]")),
    ),
    mutant(
        "annotations-detached",
        "annotations-gradients",
        DECODER,
        (CROSS, CROSS.replace("annotations)", "annotations.detach())")),
    ),
    mutant(
        "cross-before-self", "model-output", DECODER, (SELF, "self.encoder_attentions[i](x, annotations, annotations)")
    ),
    mutant(
        "keys-only-from-the-source",
        "model-output",
        DECODER,
        (CROSS, "self.encoder_attentions[i](x, annotations, annotations * 0 + annotations.mean(1, True))"),
    ),
    mutant("causal-encoder", "both-sides", ENCODER, ("[ScaledDotAttention(", "[CausalScaledDotAttention(")),
    mutant("log-probs-instead-of-logits", "model-output", DECODERS, (LOGITS, "logits = self.out(x).log_softmax(-1)")),
    mutant("logits-tied-to-the-embedding", "model-output", DECODERS, (LOGITS, "logits = x @ self.embedding.weight.T")),
]


def variant(name: str, items: tuple[str, ...], *edits: Edit) -> Variant:
    return Variant(name, edits, items)


def of_attention(name: str) -> Variant:
    """Models made of attention that is right in an unusual way, which rounds otherwise."""
    edits = next(one.edits for one in variants.VARIANTS if one.name == name)
    return variant(f"of-{name}", MODELS, (ATTENTION, "".join(source(item, edits) for item in BOTH)))


VARIANTS = [
    variant("plain", MODELS),
    variant("weights-in-a-list", ALONE, (STACK, "kept")),
    variant("weights-in-a-tuple", ALONE, (STACK, "tuple(kept)")),
    variant("weights-of-the-last-layer", ALONE, (STACK, "weights")),
    variant("weights-turned", ALONE, (STACK, STACK + ".transpose(-1, -2)")),
    variant("last-weights-turned", ALONE, (STACK, "weights.transpose(-1, -2)")),
    variant("a-list-returned", ALONE, ("return logits, " + STACK, "return [logits, " + STACK + "]")),
    variant(
        "weights-in-lists",
        DECODER,
        ("(torch.stack(over_source), torch.stack(over_target))", "[over_source, over_target]"),
    ),
    variant("weights-detached", ALONE, (STACK, STACK + ".detach()")),
    variant("annotations-alone", ENCODER, ("return x, None", "return x")),
    variant("three-returned", ENCODER, ("return x, None", "return x, None, None")),
    variant("no-options", ENCODER, ("num_layers, opts):", "num_layers):"), ("if opts.cuda:", "if False:")),
    variant("no-span", ALONE, (", loss_seq_span):", "):")),
    variant("span-of-its-own", ALONE, (", loss_seq_span):", ", loss_seq_span='target_only'):")),
    variant(
        "encodings-in-a-buffer",
        ALONE + ENCODER,
        (
            "self.positional_encodings = sinusoidal_encodings(1000, hidden_size)",
            "self.register_buffer('positional_encodings', sinusoidal_encodings(1000, hidden_size), persistent=False)",
        ),
    ),
    variant("encodings-in-float64", ALONE, ("columns.float()", "columns.double()")),
    variant("called-transformer-decoder", ALONE, ("class DecoderOnlyTransformer", "class TransformerDecoder")),
    variant("torch-add", MODELS, (MLP, "x = torch.add(self.attention_mlps[i](x), x)")),
    *map(of_attention, ROUNDS_OTHERWISE),
    variant("functional-relu", MODELS, (MLP, "x = x + self.attention_mlps[i][0](x).clamp(min=0)")),
]

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # English to Pig Latin
#
# Section 3 of the handout at a small size: attention, a transformer with an encoder and one without, and what the
# losses of six small models say of large ones. The classes and functions that are handed in are defined here, plainly;
# words, batches, counts and pictures come from the project. All of it takes about a minute on two idle cores; times below
# are of the machine that made them.

# %%
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HERE = Path.cwd()
ROOT = next((one for one in (HERE, *HERE.parents, HERE / "specimen") if (one / "spec" / "handout.py").is_file()), None)
if ROOT is None:
    raise FileNotFoundError("This notebook needs the folder `specimen`: open it there, or upload that beside it.")
sys.path.insert(0, str(ROOT))
NEEDED = "IPython jaxtyping lark matplotlib numpy rich safetensors scipy torch wordfreq"
INSTALL = f"run `%pip install -q -e {ROOT}` in a cell, once, and restart the kernel."
if sys.version_info < (3, 11):  # noqa: UP036 - a notebook opens in any Python
    raise RuntimeError(f"Python here is {sys.version.split()[0]}, and must be 3.11 or later.")
if missing := [name for name in NEEDED.split() if find_spec(name) is None]:
    raise ModuleNotFoundError(f"{', '.join(missing)} not installed: {INSTALL}")
if tuple(map(int, version("torch").split(".")[:2])) < (2, 11):
    raise RuntimeError(f"torch here is {version('torch')}, and must be 2.11 or later: {INSTALL}")

# %%
# %matplotlib inline
import random
import time
from collections import Counter
from types import SimpleNamespace

import numpy as np
import torch
from IPython.display import Markdown
from torch import nn

from impl.machine import prepare
from impl.nmt import batches
from impl.nmt.experiment import RULES
from impl.nmt.maps import Maps
from impl.nmt.pairs import Pairs, load
from impl.nmt.pig_latin import rule
from impl.nmt.vocabulary import EOP, EOS, INDEX, NAMES, SOS, VOCAB_SIZE, decode
from impl.scaling.analysis.measured import gathered
from impl.scaling.analysis.told import told
from impl.scaling.analysis.whole import Trained, analysed
from impl.scaling.counts import total_params, transformer_params
from impl.scaling.sweep.results import an_epoch
from writeup import attention_maps, experiments, translation
from writeup.isoflop import curves, lines, profiles

SEED = 0
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(SEED)
prepare(hidden=64, tokens=2000)  # threads and memory: one thread, for operations this small

# %% [markdown]
# ## 3.1 Transformers
#
# ### 3.1.1 Scaled dot-product attention


# %%
class ScaledDotAttention(nn.Module):
    """Each query's mean of the values, weighted by how well its projection fits those of the keys."""

    def __init__(self, hidden_size):
        super().__init__()
        self.Q = nn.Linear(hidden_size, hidden_size)
        self.K = nn.Linear(hidden_size, hidden_size)
        self.V = nn.Linear(hidden_size, hidden_size)
        self.scaling_factor = hidden_size**-0.5

    def forward(self, queries, keys, values):
        """Context [batch, k, hidden] and weights [batch, k, seq_len]; queries may be [batch, hidden], which is k = 1."""
        if queries.dim() == 2:
            queries = queries.unsqueeze(1)
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        unnormalized = torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor
        weights = torch.softmax(unnormalized, dim=2)
        return torch.bmm(weights, v), weights


# %% [markdown]
# ### 3.1.2 Causal attention
#
# The same, but position i sees positions up to i. Below, the weights of random vectors: nothing above the diagonal, and
# every row sums to one.


# %%
class CausalScaledDotAttention(nn.Module):
    """Scaled dot-product attention in which no position sees a later one."""

    def __init__(self, hidden_size):
        super().__init__()
        self.Q = nn.Linear(hidden_size, hidden_size)
        self.K = nn.Linear(hidden_size, hidden_size)
        self.V = nn.Linear(hidden_size, hidden_size)
        self.scaling_factor = hidden_size**-0.5
        self.neg_inf = -1e7

    def forward(self, queries, keys, values):
        """Context [batch, k, hidden] and weights [batch, k, seq_len]; queries may be [batch, hidden], which is k = 1."""
        if queries.dim() == 2:
            queries = queries.unsqueeze(1)
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        unnormalized = torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor
        later = torch.triu(torch.ones_like(unnormalized), diagonal=1)
        weights = torch.softmax(unnormalized + later * self.neg_inf, dim=2)
        return torch.bmm(weights, v), weights


vectors = torch.randn(1, 4, 8)
CausalScaledDotAttention(8)(vectors, vectors, vectors)[1].detach().numpy().round(2)


# %% [markdown]
# ### 3.1.3 Encoder and decoder
#
# *Why positions?* Attention is a sum over a set, so without them a word and its anagrams would look alike to the model,
# and "eam" could not be told from "ame".
#
# *Why sines and cosines?* They need no parameters, stay between -1 and 1, exist for positions that training never saw, and
# going k positions on is the same rotation wherever one starts; a one-hot vector is as long as the longest sequence, ends
# there, and says of no two positions that they are neighbours.

# %%
MAX_SEQ_LEN = 1000


def sinusoidal_encodings(max_seq_len, hidden_size):
    """Positions [max_seq_len, hidden]: sines in even columns, cosines in odd ones, of falling frequency."""
    positions = torch.arange(max_seq_len, dtype=torch.float64)[:, None]
    frequencies = 10_000 ** (-torch.arange(0, hidden_size, 2, dtype=torch.float64) / hidden_size)
    encodings = torch.zeros(max_seq_len, hidden_size)
    encodings[:, 0::2] = torch.sin(positions * frequencies)
    encodings[:, 1::2] = torch.cos(positions * frequencies)
    return encodings


def mlp(hidden_size):
    """What every layer does to each position by itself."""
    return nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.ReLU())


class TransformerEncoder(nn.Module):
    """The source, each character in the light of all the others."""

    def __init__(self, vocab_size, hidden_size, num_layers, opts=None):
        super().__init__()
        self.opts = opts
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([ScaledDotAttention(hidden_size) for _ in range(num_layers)])
        self.attention_mlps = nn.ModuleList([mlp(hidden_size) for _ in range(num_layers)])
        encodings = sinusoidal_encodings(MAX_SEQ_LEN, hidden_size)
        self.register_buffer("positional_encodings", encodings, persistent=False)

    def forward(self, inputs):
        """Annotations [batch, src_len, hidden] of tokens [batch, src_len], and None for a last hidden state."""
        annotations = self.embedding(inputs) + self.positional_encodings[: inputs.shape[1]]
        for attention, feed_forward in zip(self.self_attentions, self.attention_mlps, strict=True):
            context, _ = attention(annotations, annotations, annotations)
            annotations = annotations + context
            annotations = annotations + feed_forward(annotations)
        return annotations, None


class TransformerDecoder(nn.Module):
    """What comes next in the target, given its beginning and the annotations of the source."""

    def __init__(self, vocab_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([CausalScaledDotAttention(hidden_size) for _ in range(num_layers)])
        self.encoder_attentions = nn.ModuleList([ScaledDotAttention(hidden_size) for _ in range(num_layers)])
        self.attention_mlps = nn.ModuleList([mlp(hidden_size) for _ in range(num_layers)])
        self.out = nn.Linear(hidden_size, vocab_size)
        encodings = sinusoidal_encodings(MAX_SEQ_LEN, hidden_size)
        self.register_buffer("positional_encodings", encodings, persistent=False)

    def forward(self, inputs, annotations, hidden_init):
        """Logits [batch, tgt_len, vocab], and every layer's weights over the source and over the target."""
        contexts = self.embedding(inputs) + self.positional_encodings[: inputs.shape[1]]
        over_source, over_target = [], []
        layers = zip(self.self_attentions, self.encoder_attentions, self.attention_mlps, strict=True)
        for self_attention, encoder_attention, feed_forward in layers:
            context, weights = self_attention(contexts, contexts, contexts)
            over_target.append(weights)
            contexts = contexts + context
            context, weights = encoder_attention(contexts, annotations, annotations)
            over_source.append(weights)
            contexts = contexts + context
            contexts = contexts + feed_forward(contexts)
        return self.out(contexts), (torch.stack(over_source), torch.stack(over_target))


# %% [markdown]
# ### 3.1.4 Four runs
#
# Words come in batches of one source and one target length, so nothing is padded. The loop is the handout's, Adam on the
# cross-entropy, at ten times its rate, which falls by a fifth each epoch instead of a hundredth: there are few epochs here.

# %%
RATE, FALLS_TO, UNSEEN = 5e-3, 0.8, 600


def target_loss(logits, tgt_EOS):
    """Mean cross-entropy of the target and its end: of the last logits, as many as there are target characters."""
    predictions = logits[:, -tgt_EOS.shape[1] :]
    return nn.functional.cross_entropy(predictions.reshape(-1, logits.shape[-1]), tgt_EOS.reshape(-1))


def predict(model, inputs):
    """Logits of a batch, by an encoder with a decoder or by a decoder alone."""
    if "encoder" not in model:
        return model["decoder"](*inputs)[0]
    source, target = inputs
    return model["decoder"](target, *model["encoder"](source))[0]


def fit(model, train, *, epochs, batch, judge):
    """Train a model on groups of words; its training loss by epoch, and what `judge` says of it after each."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, FALLS_TO)
    order = random.Random(SEED)
    losses, judged = [], []
    for _ in range(epochs):
        each = []
        for inputs, targets in batches.shuffled(train, batch, order):
            loss = target_loss(predict(model, inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            each.append(loss.detach())
        schedule.step()
        losses.append(float(torch.stack(each).mean()))
        judged.append(judge(model))
    return losses, judged


@torch.no_grad()
def judge(model, unseen):
    """The loss a token of groups of unseen words, and which are wrong: all in which some character, after the right ones
    before it, is not the likeliest."""
    total, wrong = 0.0, []
    for inputs, targets in unseen:
        logits = predict(model, inputs)[:, -targets.shape[1] :]
        total += float(target_loss(logits, targets)) * targets.numel()
        is_right = (logits.argmax(dim=-1) == targets).all(dim=1)
        words = inputs[0][:, :-1] if len(inputs) == 2 else inputs[0][:, 1 : -targets.shape[1]]  # without their ends
        wrong += [decode(word) for word in words[~is_right].tolist()]
    return total / sum(targets.numel() for _, targets in unseen), wrong


def run(name, model, data, *, epochs, batch, arrange=lambda groups: groups):
    """Train a model on a list of words, and say what came of it, as the project's tables and plots want it."""
    begun = time.perf_counter()
    seen, unseen = data.split(SEED)
    unseen = unseen[:UNSEEN]
    train, held_out = (arrange(batches.groups(words, decoder_only=False, device=DEVICE)) for words in (seen, unseen))
    losses, judged = fit(model, train, epochs=epochs, batch=batch, judge=lambda model: judge(model, held_out))
    lowest, wrong = min(judged, key=lambda one: one[0])
    words, errors = (Counter(map(rule, one)) for one in ([source for source, _ in unseen], wrong))
    return {
        "name": name,
        "batch": batch,
        "parameters": sum(one.numel() for one in model.parameters()),
        "train_losses": losses,
        "val_losses": [loss for loss, _ in judged],
        "lowest_val_loss": lowest,
        "best_epoch": 1 + [loss for loss, _ in judged].index(lowest),
        "words_right": 1 - len(wrong) / len(unseen),
        "words": {kind: words[kind] for kind in RULES},
        "errors": {kind: errors[kind] for kind in RULES},
        "time_s": time.perf_counter() - begun,
    }


def encoder_decoder(hidden_size, num_layers):
    """The handout's first model."""
    torch.manual_seed(SEED)
    encoder = TransformerEncoder(VOCAB_SIZE, hidden_size, num_layers)
    return nn.ModuleDict({"encoder": encoder, "decoder": TransformerDecoder(VOCAB_SIZE, hidden_size, num_layers)}).to(
        DEVICE
    )


# %% [markdown]
# The handout's sizes and layers on two lists of words: 3,198 of them, and half of the project's large list. Losses are of
# words that were not trained on, each token alike.

# %%
large = load("large")
DATA = {"small": load("small"), "large": Pairs("large", large.pairs[::2])}
RUNS = (("small", 32, 4, 64, 7), ("large", 32, 3, 128, 6), ("small", 64, 3, 64, 7), ("large", 64, 3, 128, 6))

models, results = {}, []
for data, hidden, layers, batch, epochs in RUNS:
    name = f"{data}-{hidden}"
    models[name] = encoder_decoder(hidden, layers)
    results.append(run(name, models[name], DATA[data], epochs=epochs, batch=batch) | {"layers": layers})
experiments.table(results)

# %%
plots = experiments.four_runs(results)
plots["by-data.svg"]

# %%
plots["by-hidden.svg"]

# %%
Markdown(" ".join(translation.told(results)))

# %% [markdown]
# What it says is put together character by character, the likeliest each time. Meanwhile each layer of the decoder looks
# at the word:

# %%
INDEXES = {
    "char_to_index": INDEX,
    "index_to_char": dict(enumerate(NAMES)),
    "start_token": SOS,
    "end_token": EOS,
    "end_prompt_token": EOP,
}
OPTIONS = SimpleNamespace(cuda=DEVICE == "cuda")
LONGEST = 20  # characters, after which the course's decoder stops


def say(prompt, logits, idx_dict, opts):
    """The likeliest characters after a prompt, until the end token."""
    said = []
    while len(said) < LONGEST:
        inputs = torch.tensor([prompt + said])
        token = int(logits(inputs.cuda() if opts.cuda else inputs)[0, -1].argmax())
        if token == idx_dict["end_token"]:
            break
        said.append(token)
    return "".join(idx_dict["index_to_char"][token] for token in said)


@torch.no_grad()
def translate_with_encoder(input_string, encoder, decoder, idx_dict, opts):
    """A word in Pig Latin, by an encoder and a decoder."""
    source = torch.tensor([[idx_dict["char_to_index"][one] for one in input_string] + [idx_dict["end_token"]]])
    annotations, hidden = encoder(source.cuda() if opts.cuda else source)
    return say([idx_dict["start_token"]], lambda inputs: decoder(inputs, annotations, hidden)[0], idx_dict, opts)


@torch.no_grad()
def map_of(word, encoder, decoder):
    """What a translation looks at, layer by layer."""
    said = translate_with_encoder(word, encoder, decoder, INDEXES, OPTIONS)
    source = torch.tensor([[*(INDEX[one] for one in word), EOS]], device=DEVICE)
    target = torch.tensor([[SOS, *(INDEX[one] for one in said)]], device=DEVICE)
    _, (over_source, _) = decoder(target, *encoder(source))
    return Maps(word, said, [*said, "EOS"], [*word, "EOS"], over_source[:, 0].cpu().tolist())


best = models["large-64"]
SENTENCE = "the air conditioning is working"
" ".join(translate_with_encoder(word, best["encoder"], best["decoder"], INDEXES, OPTIONS) for word in SENTENCE.split())

# %%
attention_maps.figure([map_of(word, best["encoder"], best["decoder"]) for word in ("shopping", "air")])


# %%
@torch.no_grad()
def on_beginnings(pairs, encoder, decoder):
    """How much of its weight each layer has on the letters that a word begins with and its translation says later, before
    they are said and while they are; and of how many words that is a mean."""
    found = []
    for source, target in pairs:
        moved = next((n for n in range(1, len(source)) if target == source[n:] + source[:n] + "ay"), 0)
        if moved:
            given, said = ([INDEX[one] for one in word] for word in (source, target))
            tokens = (torch.tensor([one], device=DEVICE) for one in ([*given, EOS], [SOS, *said]))
            annotations, prefix = encoder(next(tokens))[0], next(tokens)
            weights = decoder(prefix, annotations, None)[1][0][:, 0, :, :moved].sum(dim=-1)  # [layers, said]
            stays = len(source) - moved
            found.append(torch.stack([weights[:, :stays].mean(dim=1), weights[:, stays : len(source)].mean(dim=1)]))
    return torch.stack(found).mean(dim=0).tolist(), len(found)


(before, meanwhile), count = on_beginnings(DATA["large"].split(SEED)[1][:300], best["encoder"], best["decoder"])
shares = [f"{share:.0%} of layer {number}'s" for number, share in enumerate(meanwhile, start=1)]
Markdown(
    f"While the consonants that a word begins with are said, which is last but for the ending, {', '.join(shares)} weight lies"
    f" on them; before that {', '.join(f'{share:.0%}' for share in before)} (means of {count} unseen words)."
)

# %% [markdown]
# ## 3.2 A decoder alone
#
# ### 3.2.1 Its inputs and targets
#
# The source, the end of the prompt and the target are one sequence; what the model is given and what it must say are this
# sequence, shifted against itself by one.


# %%
def generate_tensors_for_training_decoder_nmt(src_EOP, tgt_EOS, start_token, cuda):
    """Inputs SOS, source, EOP, target, and what must be said at each of them: source, EOP, target, EOS."""
    src_EOP_tgt_EOS = torch.cat([src_EOP, tgt_EOS], dim=1)
    start = torch.full_like(src_EOP_tgt_EOS[:, :1], start_token)
    SOS_src_EOP_tgt = torch.cat([start, src_EOP_tgt_EOS[:, :-1]], dim=1)
    if cuda:
        return SOS_src_EOP_tgt.cuda(), src_EOP_tgt_EOS.cuda()
    return SOS_src_EOP_tgt, src_EOP_tgt_EOS


def alone(groups):
    """Groups of words for a decoder alone."""
    found = []
    for (source, _), targets in groups:
        source[:, -1] = EOP  # in the place of EOS
        inputs, _ = generate_tensors_for_training_decoder_nmt(source, targets, SOS, targets.is_cuda)
        found.append(batches.Batch((inputs,), targets))
    return found


given, wanted = generate_tensors_for_training_decoder_nmt(
    torch.tensor([[*(INDEX[one] for one in "pig"), EOP]]),
    torch.tensor([[*(INDEX[one] for one in "igpay"), EOS]]),
    SOS,
    False,
)
print(" ".join(NAMES[token] for token in given[0]), " ".join(NAMES[token] for token in wanted[0]), sep="\n")

# %% [markdown]
# ### 3.2.2 The model


# %%
class DecoderOnlyTransformer(nn.Module):
    """What comes next in source, end of prompt and target, given the beginning."""

    def __init__(self, vocab_size, hidden_size, num_layers, loss_seq_span="target_only"):
        super().__init__()
        self.loss_seq_span = loss_seq_span
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([CausalScaledDotAttention(hidden_size) for _ in range(num_layers)])
        self.attention_mlps = nn.ModuleList([mlp(hidden_size) for _ in range(num_layers)])
        self.out = nn.Linear(hidden_size, vocab_size)
        encodings = sinusoidal_encodings(MAX_SEQ_LEN, hidden_size)
        self.register_buffer("positional_encodings", encodings, persistent=False)

    def forward(self, inputs):
        """Logits [batch, seq_len, vocab], and every layer's weights."""
        contexts = self.embedding(inputs) + self.positional_encodings[: inputs.shape[1]]
        kept = []
        for attention, feed_forward in zip(self.self_attentions, self.attention_mlps, strict=True):
            context, weights = attention(contexts, contexts, contexts)
            kept.append(weights)
            contexts = contexts + context
            contexts = contexts + feed_forward(contexts)
        return self.out(contexts), torch.stack(kept)


def decoder_alone(hidden_size, num_layers):
    """The handout's second model."""
    torch.manual_seed(SEED)
    return nn.ModuleDict({"decoder": DecoderOnlyTransformer(VOCAB_SIZE, hidden_size, num_layers)}).to(DEVICE)


@torch.no_grad()
def translate(input_string, decoder, idx_dict, opts):
    """A word in Pig Latin, by a decoder alone."""
    source = [idx_dict["char_to_index"][one] for one in input_string]
    prompt = [idx_dict["start_token"], *source, idx_dict["end_prompt_token"]]
    return say(prompt, lambda inputs: decoder(inputs)[0], idx_dict, opts)


# %% [markdown]
# ### 3.2.3 Beside the other
#
# The same words, as many layers of the same size, as many epochs.

# %%
HIDDEN, LAYERS, EPOCHS = 64, 3, 6
model = decoder_alone(HIDDEN, LAYERS)
both = [
    results[-1] | {"name": "encoder-decoder"},
    run("decoder", model, DATA["large"], epochs=EPOCHS, batch=128, arrange=alone),
]
experiments.table(both)

# %%
experiments.architectures(both)["architectures.svg"]

# %%
words = [source for source, _ in DATA["large"].split(SEED)[1][:8]]
rows = [
    (
        one,
        translate_with_encoder(one, best["encoder"], best["decoder"], INDEXES, OPTIONS),
        translate(one, model["decoder"], INDEXES, OPTIONS),
    )
    for one in words
]
Markdown(
    "| unseen word | encoder-decoder | decoder |\n|---|---|---|\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
)

# %%
Markdown(" ".join(translation.compared(both)))

# %% [markdown]
# *For a decoder alone:* one stack instead of two, one kind of attention, nothing that is particular to translation: the same
# model goes on with whatever stands before. *Against it:* a source character sees those before it alone, not the whole word,
# each attention has a longer sequence to tell source from target in, and that costs more with its square.

# %% [markdown]
# ## 3.3 Scaling laws
#
# Six sizes of the decoder alone on the small list, the small ones for more epochs. FLOPs are the course's count of training:
# three times the forward pass. The handout's budgets begin at .08 TFLOPs; these end below, and there is one seed, so what
# comes of it is an example of the method more than a law.

# %%
SIZES = {12: 18, 16: 14, 24: 12, 32: 9, 48: 7, 64: 6}  # hidden size: epochs
BUDGETS = [0.8e10, 1.4e10, 2.3e10, 4.5e10]

rows = []
for hidden, epochs in SIZES.items():
    found = run(f"hidden-{hidden}", decoder_alone(hidden, 4), DATA["small"], epochs=epochs, batch=128, arrange=alone)
    spent = an_epoch(DATA["small"].split(SEED)[0], hidden, 4)
    sizes = {
        "hidden": hidden,
        "params": transformer_params(VOCAB_SIZE, hidden, 4),
        "params_total": total_params(VOCAB_SIZE, hidden, 4),
    }
    for epoch, loss in enumerate(found["val_losses"], start=1):
        rows.append(
            {
                "seed": SEED,
                "epoch": epoch,
                "data": "small",
                "val_loss_per_token": loss,
                **sizes,
                **{name: epoch * one for name, one in spent.items()},
            }
        )

once = an_epoch(DATA["large"].split(SEED)[0], HIDDEN, LAYERS)  # of 3.2.3
trained = Trained(HIDDEN, LAYERS, EPOCHS, (once["tokens"], once["flops"]))
measured = gathered(rows, "val_loss_per_token", "this notebook")
sweep = told(analysed(measured, draws=100, budgets=BUDGETS, trained=trained))
curves.raw(sweep)

# %%
Markdown(" ".join(sweep["answers"]["3.3.1"]))

# %% [markdown]
# ### 3.3.2 The best size for a budget


# %%
def find_optimal_params(x, y):
    """A parabola of the loss in log10 of the number of parameters, and the number at its vertex."""
    p = np.polyfit(np.log10(x), y, 2)
    return p, 10 ** (-p[1] / (2 * p[0]))


found = [one for one in sweep["optima"]["quintic"]["profiles"] if not one["why"]]
budgets = [one["budget"] for one in found]
optimal = [find_optimal_params(one["params"], one["losses"])[1] for one in found]
profiles.draw(sweep)

# %%
Markdown(" ".join(sweep["answers"]["3.3.2"]))

# %% [markdown]
# ### 3.3.3 The best size for any budget


# %%
def fit_linear_log(x, y):
    """The line log10 y = m log10 x + c: its slope and intercept."""
    m, c = np.polyfit(np.log10(x), np.log10(y), 1)
    return m, c


m, c = fit_linear_log(budgets, optimal)
print(f"log10 N = {m:.3f} log10 C {c:+.3f}; at 1e15 FLOPs N = {10 ** (m * 15 + c):.3g}")
lines.params(sweep)

# %%
Markdown(" ".join(sweep["answers"]["3.3.3"]))

# %% [markdown]
# ### 3.3.4 The best number of tokens

# %%
lines.tokens(sweep)

# %%
Markdown(" ".join(sweep["answers"]["3.3.4"]))

# %% [markdown]
# What is to be doubted in this, and in the other ways in which `specimen isoflop` reads the same losses:

# %%
Markdown("\n".join(f"- {one[0].upper()}{one[1:].removesuffix('.')}." for one in sweep["cautions"] + sweep["warnings"]))

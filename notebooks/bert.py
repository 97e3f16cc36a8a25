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
# # Verbal arithmetic with BERT
#
# Section 4 of the handout at a small size: a classifier on BERT that says whether "three minus five" is negative, zero or
# positive, fine-tuned as a whole and with BERT frozen, on two kinds of pretraining. It asks no network, so two small BERTs
# are pretrained first, on generated mathematics and on generated chatter, in the place of MathBERT and BERTweet; they are
# kept in `runs/notebooks`, by their recipe. All of it takes about a minute on two idle cores; times below are of the machine
# that made them.

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
NEEDED = "IPython filelock huggingface_hub lark matplotlib numpy rich safetensors scipy tokenizers torch transformers"
INSTALL = f"run `%pip install -q -e {ROOT}` in a cell, once, and restart the kernel."
if sys.version_info < (3, 11):  # noqa: UP036 - a notebook opens in any Python
    raise RuntimeError(f"Python here is {sys.version.split()[0]}, and must be 3.11 or later.")
if missing := [name for name in NEEDED.split() if find_spec(name) is None]:
    raise ModuleNotFoundError(f"{', '.join(missing)} not installed: {INSTALL}")
if tuple(map(int, version("torch").split(".")[:2])) < (2, 11):
    raise RuntimeError(f"torch here is {version('torch')}, and must be 2.11 or later: {INSTALL}")

# %%
# %matplotlib inline
import hashlib
import warnings

warnings.filterwarnings("ignore", message="IProgress not found")  # no progress bar is shown here

import torch
from IPython.display import Markdown, display
from torch import nn
from transformers import BertModel

from impl.bert import pretraining
from impl.bert.arithmetic import CLASSES, split
from impl.bert.experiment import Experiment, made, result
from impl.bert.findings import found
from impl.bert.finetuning import FineTuning, Recipe
from impl.bert.several import pretrain
from impl.bert.told import told
from impl.bert.weights import load
from writeup.bert import curves, maps, tables

SEED = 0
torch.manual_seed(SEED)
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
RUNS = ROOT / "runs" / "notebooks"

# %% [markdown]
# ## 4.1 The classifier


# %%
class BertForSentenceClassification(BertModel):
    """BERT, and a linear layer on what its pooler makes of [CLS]."""

    def __init__(self, config):
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.loss = nn.CrossEntropyLoss()
        self.post_init()

    def forward(self, labels=None, **kwargs):
        """Logits [batch, classes] in a tuple; with labels their mean loss too."""
        outputs = super().forward(**kwargs)
        logits = self.classifier(outputs.pooler_output)
        if labels is None:
            return (logits,)
        return logits, self.loss(logits, labels)


# %% [markdown]
# ## Data and weights
#
# 800 sentences, 160 of which are set apart. Most are positive, so who always says so is right in three of four.

# %%
data = split(SEED)
by_class = {label: [] for label in range(len(CLASSES))}
for sentence, label in zip(data.seen.sentences, data.seen.labels, strict=True):
    by_class[label].append(sentence)
rows = [f"| {one} | {label} | {CLASSES[label]} |" for label, few in by_class.items() for one in few[:2]]
Markdown("\n".join(["| sentence | label | meaning |", "|---|---|---|", *rows]))

# %%
PRETRAINED = {
    f"mini-{corpus}": pretraining.Recipe(corpus, steps=900, hidden=96, layers=3, lines=20_000)
    for corpus in ("math", "chatter")
}
MINIS = RUNS / f"bert-{hashlib.sha256(repr(PRETRAINED).encode()).hexdigest()[:12]}"  # other recipes make other models

# %%
wanted = [(recipe, MINIS / name) for name, recipe in PRETRAINED.items() if not pretraining.is_complete(MINIS / name)]
pretrain(wanted, device=DEVICE, show=lambda *_: None)
for name in PRETRAINED:
    about = pretraining.about(MINIS / name)
    print(
        f"{name}: {about['parameters']:,} parameters, {about['recipe']['steps']} steps, loss {about['loss']:.2f} nats a word"
    )

# %% [markdown]
# ## 4.2 to 4.4 Fine-tuned, frozen, and on another pretraining
#
# The class above on both weights, with three seeds of the split and of what starts at random. BERT as a whole is fine-tuned
# for three epochs; frozen, the classifier alone learns, for three and for thirty.

# %%
EXPERIMENT = Experiment(seeds=3, quick=True)


def pretrained(name, seed):
    """The handed-in class on small weights."""
    return load(name, seed=seed, minis=MINIS, classifier=BertForSentenceClassification)


results = []
for arm in EXPERIMENT.arms():
    for seed in range(EXPERIMENT.seeds):
        told_of = {"arm": arm.name, **made(MINIS / arm.weights)}
        results.append({**told_of, **result(pretrained(arm.weights, seed), split(seed), arm.recipe(seed), DEVICE)})

times = {}
for name, freeze in (("tuned", False), ("frozen", True)):
    recipe = Recipe("mini-math", freeze=freeze, epochs=2, as_notebook=True)
    tuning = FineTuning(pretrained("mini-math", SEED), data, recipe, DEVICE)
    times[name] = list(tuning)[-1].time_s * len(data.seen) / len(tuning.split.seen)

findings = found(EXPERIMENT, results, times)
answers = told(findings)
display(tables.arms(findings))

# %%
curves.draw(findings)

# %% [markdown]
# **4.2**

# %%
Markdown(" ".join(answers["4.2"]))

# %% [markdown]
# **4.3** What freezing changes, in time and in accuracy:

# %%
faster, here, *accuracy = answers["4.3"]  # four sentences at most; how it is run here stands at the end
Markdown(" ".join([faster, *accuracy]))

# %% [markdown]
# **4.4** What the pretraining changes:

# %%
Markdown(" ".join(answers["4.4"]))

# %% [markdown]
# ## 4.5 What the models say

# %%
ANSWERS, MAX_LEN = ("negative", "zero", "positive"), 7


def what_is(input, model, tokenizer):
    """Print what a model says of a sentence."""
    read = tokenizer(input, padding="max_length", max_length=MAX_LEN, return_tensors="pt")
    device = next(model.parameters()).device
    with torch.no_grad():
        logits, *_ = model(input_ids=read["input_ids"].to(device), attention_mask=read["attention_mask"].to(device))
    print(ANSWERS[int(logits[0].argmax())])


best = pretrained("mini-math", SEED)
for _ in FineTuning(best, data, Recipe("mini-math", seed=SEED), DEVICE):
    pass
best.model.eval()
for sentence in ("three minus five", "seven plus four", "eighteen minus eighteen"):
    print(f"{sentence}: ", end="")
    what_is(sentence, best.model, best.tokenizer)

# %% [markdown]
# All 800 sentences, those that were seen and those that were not:

# %%
maps.draw(findings)

# %%
Markdown(" ".join(answers["4.5"]))

# %%
display(*tables.examples(findings))

# %% [markdown]
# What else a reader must know:

# %%
Markdown("\n".join(f"- {one}" for one in [here, *answers["notes"]]))

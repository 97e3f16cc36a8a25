"""A notebook of section 4, with its downloads, its weights and its training: only the classifier and the question are run."""

from pathlib import Path
from typing import Any

from tests.harness.mutants.bert_texts import CLASSIFIER, WHAT_IS
from tests.harness.notebooks import notebook, prose
from tests.harness.test_check import FAILED, OK, question, report_on

OPTIONAL = "zstandard", "brotli", "sniffio", "h2", "flash_attn", "simplejson", "socksio"
SEEDS = """import os, random
import numpy as np
import torch

SEED = 42
torch.manual_seed(SEED)
np.random.seed(SEED)
random.seed(SEED)"""

DATA = """import wget
url = 'http://127.0.0.1:9/data/'
if not os.path.exists('./train.csv'):
    wget.download(url + 'train.csv', './train.csv')"""

FRAME = """import pandas as pd
df = pd.read_csv('./train.csv', header=0, names=['index', 'input', 'label'])
df.sample(10)"""

TOKENIZER = """from transformers import AutoTokenizer
bert_tokenizer = AutoTokenizer.from_pretrained('somebody/some-bert', do_lower_case=True)"""

TOKENS = """inputs, labels = df.input.values, df.label.values
read = bert_tokenizer(inputs.tolist(), padding='max_length', max_length=MAX_LEN, return_tensors='pt')"""

SPLIT = """from sklearn.model_selection import train_test_split
from torch.utils.data import TensorDataset, DataLoader

def train_valid_split(input_ids, attention_masks, labels, batch_size=32):
    parts = train_test_split(input_ids, attention_masks, labels, random_state=SEED, test_size=0.3, stratify=labels)
    return [DataLoader(TensorDataset(*part), batch_size=batch_size) for part in (parts[::2], parts[1::2])]

train, valid = train_valid_split(read['input_ids'], read['attention_mask'], labels)"""

WEIGHTS = """mathbert = BertForSentenceClassification.from_pretrained('somebody/some-bert', num_labels=3)
for name, parameter in mathbert.named_parameters():
    if 'classifier' not in name:
        parameter.requires_grad = False"""

TRAINING = """from tqdm import tqdm
for epoch in range(3):
    for batch in tqdm(train):
        _, loss = mathbert(input_ids=batch[0], attention_mask=batch[1], labels=batch[2])
        loss.backward()
raise RuntimeError('a cell that must not run')"""

PICTURE = """%matplotlib inline
import matplotlib.pyplot as plt
import seaborn as sns
sns.set(style='darkgrid')"""

ASKED = "what_is('three minus five', model=mathbert, tokenizer=bert_tokenizer)"
WITHOUT_LENGTH = WHAT_IS.split("SEEN = {}\n")[1].strip()


def bert_like(classifier: str = CLASSIFIER) -> str:
    """A filled-in notebook as a student hands it in."""
    return notebook(
        prose("# Fine-tuning"), "!pip install --upgrade transformers", SEEDS, "!pip install wget", DATA, FRAME,
        TOKENIZER, "MAX_LEN = 7\nprint(bert_tokenizer.pad_token)", TOKENS, SPLIT, prose("## Question 1"),
        classifier.strip(), WEIGHTS, TRAINING, PICTURE, WITHOUT_LENGTH, ASKED,
    )  # fmt: skip


def checked(tmp_path: Path, text: str, *options: str) -> tuple[int, dict[str, Any], str]:
    return report_on(tmp_path, text, "bert.ipynb", "--examples", "3", *options)


def test_the_classifier_of_a_notebook_gets_its_point(tmp_path: Path) -> None:
    code, report, _ = checked(tmp_path, bert_like())
    found = question(report, "4.1")
    assert (code, found["status"], found["points"]) == (OK, "pass", 1.0)


def test_what_a_notebook_asks_is_judged_when_it_is_asked_for(tmp_path: Path) -> None:
    code, report, _ = checked(tmp_path, bert_like(), "--question", "what-is")
    assert (code, question(report, "what-is")["status"]) == (OK, "pass")


def test_a_blank_classifier_is_told_what_it_lacks(tmp_path: Path) -> None:
    blank = CLASSIFIER.replace("nn.Linear(config.hidden_size, config.num_labels)", "...")
    code, report, shown = checked(tmp_path, bert_like(blank), "--law", "classifier-long")
    assert code == FAILED
    assert "lacks classifier.bias, classifier.weight; its parameters must be" in " ".join(shown.split())
    assert question(report, "4.1")["laws"][0]["status"] == "broken"


def test_a_counterexample_shows_whole_tokens(tmp_path: Path) -> None:
    wrong = CLASSIFIER.replace("outputs.pooler_output", "outputs.pooler_output * 2")
    _, _, shown = checked(tmp_path, bert_like(wrong), "--law", "classifier-logits", "--seed", "1")
    assert "input_ids [1, 1] = [[" in shown
    assert "attention_mask [1, 1] = [[1]]" in shown
    assert "embeddings" not in shown


def test_no_library_finds_what_lies_beside_a_notebook_and_is_called_like_another(tmp_path: Path) -> None:
    """Transformers looks for libraries that need not be there, and the notebook's own process has nothing to import yet."""
    for name in OPTIONAL:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})")
    _, report, _ = checked(tmp_path, bert_like(), "--law", "classifier-logits", "--isolation", "none")
    assert question(report, "4.1")["laws"][0]["status"] == "pass"
    assert not (tmp_path / "ran").exists()

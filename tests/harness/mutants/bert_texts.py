"""What section 4 looks like in a submission, plainly: mutants and variants are edits of these."""

CLASSIFIER = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import BertModel, BertPreTrainedModel


class BertForSentenceClassification(BertModel):
    def __init__(self, config):
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, labels=None, **kwargs):
        outputs = super().forward(**kwargs)
        cls = outputs.pooler_output
        logits = self.classifier(cls)
        if labels is not None:
            outputs = (logits, self.loss(logits, labels))
        else:
            outputs = (logits,)
        return outputs
"""

COMPOSED = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import BertModel, BertPreTrainedModel


class BertForSentenceClassification(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config)
        self.classifier = nn.Linear(config.hidden_size, self.num_labels)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, labels=None):
        outputs = self.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        logits = self.classifier(outputs[1])
        if labels is None:
            return (logits,)
        return logits, F.cross_entropy(logits.view(-1, self.num_labels), labels.view(-1))
"""

WHAT_IS = """
import torch
import numpy as np

MAX_LEN = 7
SEEN = {}


def what_is(input, model, tokenizer):
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    model = model.to(device)
    names = {0: 'negative', 1: 'zero', 2: 'positive'}
    tokens = tokenizer(
        input,
        add_special_tokens=True,
        padding='max_length',
        max_length=MAX_LEN,
        return_tensors='pt',
    )
    ids = tokens['input_ids'].to(device)
    mask = tokens['attention_mask'].to(device)
    with torch.no_grad():
        outputs = model(input_ids=ids, attention_mask=mask)
        logits = outputs[0].detach().cpu().numpy()
        print(names[np.argmax(logits, axis=1)[0]])
"""

VERBAL_ARITHMETIC = """
import random
import numpy as np
import torch

WORDS = ('zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen '
         'seventeen eighteen nineteen').split()
MADE = []


def verbal_arithmetic():
    sentences, labels = [], []
    for a in range(20):
        for b in range(20):
            for name, value in (('plus', a + b), ('minus', a - b)):
                sentences.append(f'{WORDS[a]} {name} {WORDS[b]}')
                labels.append(int(np.sign(value)) + 1)
    return sentences, labels
"""

SOURCES = {
    "BertForSentenceClassification": CLASSIFIER,
    "what_is": WHAT_IS,
    "verbal_arithmetic": VERBAL_ARITHMETIC,
}

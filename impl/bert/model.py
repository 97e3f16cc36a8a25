"""Handout 4.1: BERT with a classifier on its pooled [CLS]."""

from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel


class BertForSentenceClassification(BertModel):
    """BERT, a linear layer on what its pooler makes of [CLS], and the cross-entropy of that.

    Shapes:  input_ids, attention_mask, token_type_ids int64 [batch, seq_len]; labels int64 [batch];
             logits [batch, num_labels].
    Edges:   without labels the logits come in a tuple by themselves.
    Source:  handout 4.1; the course's notebook.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.loss = nn.CrossEntropyLoss()
        self.post_init()

    def forward(  # type: ignore[override]
        self, labels: torch.Tensor | None = None, **kwargs: Any
    ) -> tuple[torch.Tensor] | tuple[torch.Tensor, torch.Tensor]:
        """The logits, and the mean loss in nats if there are labels; `kwargs` are BertModel's."""
        logits: torch.Tensor = self.classifier(super().forward(**kwargs).pooler_output)
        if labels is None:
            return (logits,)
        return logits, self.loss(logits, labels)

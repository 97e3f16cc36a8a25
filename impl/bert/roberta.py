"""The same classifier on RoBERTa, which is what BERTweet is: BERT's layers by other names.

Given to a class that is built on BertModel, as the course's notebook does, a checkpoint of this kind fits nothing by name:
all of the model then starts at random, with no more than a warning.
"""

from typing import Any

from torch import Tensor, nn
from transformers import RobertaModel


class RobertaForSentenceClassification(RobertaModel):
    """As `impl.bert.model.BertForSentenceClassification`, on RoBERTa."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.loss = nn.CrossEntropyLoss()
        self.post_init()

    def forward(self, labels: Tensor | None = None, **kwargs: Any) -> tuple[Tensor] | tuple[Tensor, Tensor]:  # type: ignore[override]
        """The logits, and the mean loss in nats if there are labels; `kwargs` are RobertaModel's."""
        logits: Tensor = self.classifier(super().forward(**kwargs).pooler_output)
        return (logits,) if labels is None else (logits, self.loss(logits, labels))

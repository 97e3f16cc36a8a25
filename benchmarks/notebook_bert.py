"""BERT fine-tuned the way the course's notebook does it: what the project's own way is held against.

Every sentence has one length and a mask, batches are put together sentence by sentence, a frozen BERT computes everything
anew in every epoch, with dropout, and `.item()` is asked for after every step. Nothing is validated, and no bar drawn.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from transformers import BertConfig, BertModel, get_linear_schedule_with_warmup

RATE, WARM_UP, CLIP, BATCH = 5e-5, 0.10, 1.0, 32


class Classifier(BertModel):
    """BERT with a linear layer on what it says of [CLS], as a submission has it."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, labels: Tensor | None = None, **kwargs: Any) -> tuple[Tensor, ...]:
        """The logits, and with labels the loss."""
        outputs = super().forward(**kwargs)
        logits = self.classifier(outputs.pooler_output)
        return (logits,) if labels is None else (logits, self.loss(logits, labels))


class Notebook:
    """One model, its optimizer and its schedule, and sentences with their masks and classes.

    Shapes:  ids, mask int64 [sentences, seq_len]; labels int64 [sentences].
    """

    def __init__(
        self,
        model: Classifier,
        ids: Tensor,
        mask: Tensor,
        labels: Tensor,
        *,
        epochs: int,
        freeze: bool,
        device: str,
        rate: float,
    ) -> None:
        self.model, self.device, self.epochs = model.to(device), device, epochs
        if freeze:
            for name, parameter in model.named_parameters():
                if "classifier" not in name:
                    parameter.requires_grad = False
        self.batches = DataLoader(TensorDataset(ids, mask, labels), shuffle=True, batch_size=BATCH)
        steps = len(self.batches) * epochs
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
        self.scheduler = get_linear_schedule_with_warmup(
            self.optimizer, num_warmup_steps=int(WARM_UP * steps), num_training_steps=steps
        )

    def train(self) -> list[float]:
        """The mean loss of every epoch."""
        return [self.epoch() for _ in range(self.epochs)]

    def epoch(self) -> float:
        """Every batch once; the mean of their losses."""
        self.model.train()
        total = 0.0
        for batch in self.batches:
            total += self.step(*batch)
        return total / len(self.batches)

    def step(self, ids: Tensor, mask: Tensor, labels: Tensor) -> float:
        """The loss of one batch, and an update."""
        ids, mask, labels = ids.to(self.device), mask.to(self.device), labels.to(self.device)
        self.model.zero_grad()
        _, loss = self.model(input_ids=ids, attention_mask=mask, labels=labels)
        found: float = loss.item()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.scheduler.step()
        return found

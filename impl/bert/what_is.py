"""Handout 4.5: what a fine-tuned model says of a sentence, as the course's notebook asks it."""

from typing import Any

import torch

ANSWERS = ("negative", "zero", "positive")
MAX_LEN = 7  # tokens that a short sentence is filled up to: the notebook's


def what_is(input: str, model: Any, tokenizer: Any) -> None:  # noqa: A002 - the course's name
    """Print "negative", "zero" or "positive", whichever class has the largest logit.

    Edges:   the model stays on its device, and in its mode; a sentence of more tokens than seven is read as a whole.
    """
    read = tokenizer(input, padding="max_length", max_length=MAX_LEN, return_tensors="pt")
    device = next(model.parameters()).device
    with torch.no_grad():
        logits, *_ = model(input_ids=read["input_ids"].to(device), attention_mask=read["attention_mask"].to(device))
    print(ANSWERS[int(logits[0].argmax())])  # noqa: T201 - the notebook prints

"""Small BERTs for tests, saved as transformers saves them."""

from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertForMaskedLM, RobertaConfig, RobertaForMaskedLM

from impl.bert.arithmetic import SIGNS, WORDS
from impl.bert.tokens import learned

SIZES: dict[str, Any] = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 32, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
}  # fmt: skip


def tokenizer() -> Any:
    """Word pieces of the task's words, of which "nineteen" is in pieces."""
    words = [word for word in (*WORDS, *SIGNS) if word != "nineteen"]
    return learned([" ".join(words)] * 2 + ["nineteen"])


def bert(folder: Path, *, seed: int = 0) -> Path:
    """A BERT that was pretrained on masked words, or might have been."""
    torch.manual_seed(seed)
    pieces = tokenizer()
    BertForMaskedLM(BertConfig(vocab_size=len(pieces), **SIZES)).save_pretrained(folder)
    pieces.save_pretrained(folder)
    return folder


def roberta(folder: Path) -> Path:
    """The same of RoBERTa's kind, as BERTweet is."""
    pieces = tokenizer()
    RobertaForMaskedLM(
        RobertaConfig(vocab_size=len(pieces), pad_token_id=pieces.pad_token_id, **SIZES)
    ).save_pretrained(folder)
    pieces.save_pretrained(folder)
    return folder

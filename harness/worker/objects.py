"""What stands for an object in a request, made into it: options, configurations, a tokenizer, and models whose answers are
scripted."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

CHARACTERS = "-abcdefghijklmnopqrstuvwxyz"


class Options(dict[str, Any]):
    """Options that can be had as attributes and by name, as the course's are."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the options have no {name}; they have {', '.join(self) or 'nothing'}") from None


class ScriptedEncoder(nn.Module):
    """An encoder whose annotations are the tokens that it reads."""

    def forward(self, inputs: Tensor) -> tuple[Tensor, None]:
        """Inputs int64 [batch, src_len] -> annotations, the same."""
        return inputs, None


class ScriptedDecoder(nn.Module):
    """A decoder whose logits are sums of rows of tables: of the token, the place, and all tokens so far.

    Shapes:  inputs int64 [batch, seq_len]; logits [batch, seq_len, vocab].
    """

    def __init__(self, of_token: list[Any], of_past: list[Any], of_place: list[Any]) -> None:
        super().__init__()
        tables = (of_token, of_past, of_place)
        self.of_token, self.of_past, self.of_place = (torch.tensor(table, dtype=torch.float64) for table in tables)

    def forward(self, inputs: Tensor, annotations: Tensor | None = None, hidden: Any = None) -> tuple[Tensor, Any]:
        """The logits, and None for weights; `hidden` is the course's, and unused."""
        logits = self.of_token[inputs] + self.of_place[: inputs.shape[1]] + self.of_past[inputs].cumsum(dim=1)
        if annotations is None:
            return logits, None
        return logits + self.of_past[annotations].sum(dim=1, keepdim=True), (None, None)


class ScriptedClassifier(nn.Module):
    """A classifier of sentences whose logits are a sum of a table's rows: of the tokens where the mask is 1.

    Shapes:  input_ids, attention_mask int64 [batch, seq_len]; logits [batch, classes].
    """

    def __init__(self, table: list[Any]) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.tensor(table, dtype=torch.float32))

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.table.device

    @property
    def config(self) -> Any:
        """What a model of its kind is configured with."""
        return _bert_config(num_labels=self.table.shape[1], vocab_size=len(self.table))

    def forward(
        self, labels: Tensor | None = None, *, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any
    ) -> tuple[Tensor, ...]:
        """The logits, and the loss of labels; the types of tokens make no difference."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        logits = (self.table[input_ids] * mask[..., None]).sum(dim=1)
        return (logits,) if labels is None else (logits, nn.functional.cross_entropy(logits, labels))


class ScriptedTowers(nn.Module):
    """A model of pictures and texts: features are pixels times a table, and the sum of another table's rows, those of the
    tokens. Neither is of length one.

    Shapes:  images [n, 3, height, width], tokens int64 [n, length]; features [n, features].
    """

    def __init__(self, images: list[Any], texts: list[Any]) -> None:
        super().__init__()
        self.images, self.texts = (nn.Parameter(torch.tensor(table, dtype=torch.float32)) for table in (images, texts))
        self.logit_scale = nn.Parameter(torch.tensor(100.0).log())  # of CLIP's models, for who takes it from there

    @property
    def dtype(self) -> torch.dtype:
        """That of its parameters, which some cast pictures to."""
        return self.images.dtype

    def forward(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of pictures, and of texts, as CLIP's own call gives them.

        Shapes:  [n_images, n_texts], [n_texts, n_images].
        """
        logits = (
            self.logit_scale.exp()
            * self.encode_image(images, normalize=True)
            @ self.encode_text(tokens, normalize=True).T
        )
        return logits, logits.T

    def encode_image(self, images: Tensor, normalize: bool = False) -> Tensor:
        """The features of pictures, of length one if that is asked for."""
        return self._told(images.flatten(1) @ self.images, normalize)

    def encode_text(self, tokens: Tensor, normalize: bool = False) -> Tensor:
        """The features of texts, of length one if that is asked for."""
        return self._told(self.texts[tokens].sum(dim=1), normalize)

    def _told(self, features: Tensor, normalize: bool) -> Tensor:
        return nn.functional.normalize(features, dim=-1) if normalize else features


def _tokenizer(vocabulary: list[str]) -> Any:
    """A tokenizer of whole words, in lower case, that puts [CLS] and [SEP] about a sentence and fills up with [PAD]."""
    parts = import_module("tokenizers")
    index = {word: place for place, word in enumerate(vocabulary)}
    inner = parts.Tokenizer(parts.models.WordLevel(index, unk_token="[UNK]"))  # noqa: S106 - no password
    inner.normalizer = parts.normalizers.Lowercase()
    inner.pre_tokenizer = parts.pre_tokenizers.Whitespace()
    inner.post_processor = parts.processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, index[name]) for name in ("[CLS]", "[SEP]")],
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "pad", "cls", "sep")}
    made_of = import_module("transformers").PreTrainedTokenizerFast
    return made_of(tokenizer_object=inner, model_max_length=512, **names)


def _bert_config(**options: Any) -> Any:
    return import_module("transformers").BertConfig(**options)


def _indexes() -> dict[str, Any]:
    """The course's `idx_dict`: characters to indexes and back, and the tokens that mark ends."""
    names = [*CHARACTERS, "SOS", "EOS", "EOP"]
    index = {name: place for place, name in enumerate(names)}
    tokens = {"start_token": index["SOS"], "end_token": index["EOS"], "end_prompt_token": index["EOP"]}
    return {"char_to_index": index, "index_to_char": dict(enumerate(names)), **tokens}


MAKERS: dict[str, Callable[..., Any]] = {
    "options": lambda **options: Options(options),
    "encoder": ScriptedEncoder,
    "decoder": ScriptedDecoder,
    "indexes": _indexes,
    "bert-config": _bert_config,
    "classifier": ScriptedClassifier,
    "tokenizer": _tokenizer,
    "two-towers": ScriptedTowers,
}


def made(value: Any) -> Any:
    """A value of a request, or the object that it stands for: a dictionary of one maker's name and its arguments."""
    if isinstance(value, dict) and len(value) == 1:
        (name, arguments), *_ = value.items()
        return MAKERS[name](**arguments)
    return value

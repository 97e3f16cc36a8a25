"""Sentences as tokens: the small models' own word pieces, and sentences as tensors."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import Tensor
from transformers import PreTrainedTokenizerFast

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
MOST_WORDS, LEAST_TIMES = 600, 2  # of a vocabulary; a word that occurs once is none


class TooLongError(ValueError):
    """A sentence that a model has no positions for."""


class Tokens(NamedTuple):
    """Sentences, each filled up to the longest on the right.

    Shapes:  ids, mask int64 [sentences, longest], mask 1 where a sentence has a token; lengths are theirs.
    Edges:   no batch is shorter than `least`.
    """

    ids: Tensor
    mask: Tensor
    lengths: tuple[int, ...]
    least: int = 0

    def to(self, device: str) -> "Tokens":
        """The same on a device."""
        return Tokens(self.ids.to(device), self.mask.to(device), self.lengths, self.least)

    def longest(self, chosen: Tensor) -> int:
        """How long a batch of some sentences is."""
        whole = self.ids.shape[1]
        if min(self.lengths) == whole:
            return whole
        return max(self.least, *(self.lengths[place] for place in chosen.tolist()))

    def batch(self, chosen: Tensor, longest: int) -> dict[str, Tensor]:
        """What a model is given of some of them, filled up to `longest`; no mask where there is nothing to mask."""
        ids = self.ids[chosen, :longest]
        is_full = min(self.lengths) >= longest
        return {"input_ids": ids} if is_full else {"input_ids": ids, "attention_mask": self.mask[chosen, :longest]}


def learned(lines: Iterable[str]) -> Any:
    """A tokenizer of word pieces, lower case: the commonest words of a text, and every letter, first or further on.

    Edges:   the same text gives the same pieces in the same order, which the library's own trainer does not promise.
    """
    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(line)))
    letters = sorted(set("".join(counts)))
    words = sorted(
        (word for word, times in counts.items() if times >= LEAST_TIMES), key=lambda one: (-counts[one], one)
    )
    names = dict.fromkeys([*SPECIAL.values(), *letters, *(f"##{one}" for one in letters), *words[:MOST_WORDS]])
    vocabulary = {name: number for number, name in enumerate(names)}
    pieces = Tokenizer(models.WordPiece(vocabulary, unk_token=SPECIAL["unk_token"]))
    pieces.normalizer, pieces.pre_tokenizer, pieces.decoder = normalizer, splitter, decoders.WordPiece()
    ends = [(name, vocabulary[name]) for name in (SPECIAL["sep_token"], SPECIAL["cls_token"])]
    pieces.post_processor = processors.BertProcessing(*ends)
    return PreTrainedTokenizerFast(tokenizer_object=pieces, **SPECIAL)


def encoded(tokenizer: Any, sentences: Sequence[str], *, most: int, filled_to: int = 0) -> Tokens:
    """Sentences as a tokenizer has them, with its marks for beginning and end.

    Units:   `most` is how many tokens a model has positions for; `filled_to` how many every sentence has at least.
    Raises:  TooLongError for a sentence that has more.
    """
    rows: list[list[int]] = tokenizer(list(sentences))["input_ids"]
    lengths = tuple(len(row) for row in rows)
    longest = max(filled_to, *lengths)
    if longest > most:
        place = lengths.index(max(lengths))
        raise TooLongError(f"{sentences[place][:60]!r} has {lengths[place]} tokens; the model takes {most}")
    ids = torch.full((len(rows), longest), int(tokenizer.pad_token_id or 0))
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
    mask = (torch.arange(longest) < torch.tensor(lengths)[:, None]).long()
    return Tokens(ids, mask, lengths, filled_to)


def in_batches(count: int, size: int) -> Iterator[Tensor]:
    """All places in turn, so many at a time."""
    yield from torch.arange(count).split(size)

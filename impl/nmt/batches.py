"""Word pairs as tensors: tokenised once, grouped by length, on the device that they are used on."""

import random
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from impl.nmt.pairs import Pair
from impl.nmt.tensors import generate_tensors_for_training_decoder_nmt
from impl.nmt.vocabulary import EOP, EOS, SOS, encode


class Batch(NamedTuple):
    """Words of one source and one target length: what the model is given, and what it must say, [batch, tgt_len].

    The decoder alone is given one tensor, [batch, src_len + tgt_len]; the encoder and the decoder one each.
    """

    inputs: tuple[Tensor, ...]
    targets: Tensor


def groups(pairs: Iterable[Pair], *, decoder_only: bool, device: str = "cpu") -> list[Batch]:
    """All pairs of one source and one target length together, in the handout's order: as their lengths first occur."""
    found: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for source, target in pairs:
        found[len(source), len(target)].append((source, target))
    tensors = [_tensors(group, decoder_only=decoder_only) for group in found.values()]
    return [Batch(tuple(one.to(device) for one in group.inputs), group.targets.to(device)) for group in tensors]


def batches(grouped: Iterable[Batch], size: int) -> list[Batch]:
    """Batches of at most `size` words of one length, one group after the other."""
    return [
        _rows(group, slice(start, start + size)) for group in grouped for start in range(0, len(group.targets), size)
    ]


def shuffled(grouped: Iterable[Batch], size: int, draw: random.Random) -> list[Batch]:
    """The same with the words of each group, and then the batches, in an order that is drawn."""
    mixed = []
    for group in grouped:
        words = range(len(group.targets))
        mixed.append(_rows(group, torch.tensor(draw.sample(words, len(words)), device=group.targets.device)))
    found = batches(mixed, size)
    return draw.sample(found, len(found))


def _rows(group: Batch, part: slice | Tensor) -> Batch:
    return Batch(tuple(one[part].contiguous() for one in group.inputs), group.targets[part].contiguous())


def _tensors(group: list[Pair], *, decoder_only: bool) -> Batch:
    """A whole group as one batch."""
    sources = torch.tensor([[*encode(source), EOP if decoder_only else EOS] for source, _ in group])
    targets = torch.tensor([[*encode(target), EOS] for _, target in group])
    if decoder_only:
        return Batch((generate_tensors_for_training_decoder_nmt(sources, targets, SOS)[0],), targets)
    sos = targets.new_full((len(group), 1), SOS)
    return Batch((sources, torch.cat([sos, targets[:, :-1]], dim=1)), targets)

"""Word pairs as tensors: tokenised once, grouped by length, on the device that they are used on."""

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


def batches(pairs: Iterable[Pair], size: int, *, decoder_only: bool, device: str = "cpu") -> list[Batch]:
    """Batches of at most `size` words of one length, in the handout's order: groups as their lengths first occur."""
    groups: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for source, target in pairs:
        groups[len(source), len(target)].append((source, target))
    found = []
    for group in groups.values():
        whole = _tensors(group, decoder_only=decoder_only)
        for start in range(0, len(group), size):
            inputs = tuple(tensor[start : start + size].to(device).contiguous() for tensor in whole.inputs)
            found.append(Batch(inputs, whole.targets[start : start + size].to(device).contiguous()))
    return found


def _tensors(group: list[Pair], *, decoder_only: bool) -> Batch:
    """A whole group as one batch."""
    sources = torch.tensor([[*encode(source), EOP if decoder_only else EOS] for source, _ in group])
    targets = torch.tensor([[*encode(target), EOS] for _, target in group])
    if decoder_only:
        return Batch((generate_tensors_for_training_decoder_nmt(sources, targets, SOS)[0],), targets)
    sos = targets.new_full((len(group), 1), SOS)
    return Batch((sources, torch.cat([sos, targets[:, :-1]], dim=1)), targets)

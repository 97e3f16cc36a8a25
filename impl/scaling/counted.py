"""What torch's FLOP counter sees, beside the course's count, and what the differences are."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from impl.nmt.batches import Batch
from impl.nmt.learner import build
from impl.nmt.model import DecoderOnlyTransformer
from impl.nmt.recipe import Recipe
from impl.nmt.tensors import target_loss
from impl.nmt.vocabulary import VOCAB_SIZE

Shape = Sequence[int]
TGT_LEN = 2  # the plain model's cost does not depend on how much of the sequence is the target


def _added(_: Shape, a: Shape, b: Shape, **__: Any) -> int:
    return 2 * a[0] * a[1] * b[1]


def _pointwise(x: Shape, second: Shape, third: Any, *_: Any, **__: Any) -> int:
    """Either a product with a weight and perhaps a bias, or one that is added to something, with its weight behind that."""
    outputs, inputs = third if third is not None and len(third) == 2 else second
    return 2 * x[0] * inputs * outputs


UNKNOWN = {torch.ops.aten.addmm_: _added, torch.ops.mkldnn._linear_pointwise: _pointwise}
"""What the counter does not know by itself, counted from shapes."""


@cache
def model_flops(seq_len: int, hidden: int, layers: int) -> int:
    """What the counter sees of a forward and a backward pass of the plain model over one example of `seq_len` tokens.

    It sees matrix products alone, those of the backward pass one by one.
    """
    with torch.device("meta"):
        model = DecoderOnlyTransformer(VOCAB_SIZE, hidden, layers)
        inputs, targets = torch.zeros(1, seq_len, dtype=torch.long), torch.zeros(1, TGT_LEN, dtype=torch.long)
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:
        target_loss(model(inputs)[0], targets).backward()
    return counter.get_total_flops()


def step_flops(rows: int, seq_len: int, tgt_len: int, hidden: int, layers: int) -> int:
    """What the counter sees of the step that is really run, over a batch of `rows` examples."""
    step = build(Recipe(hidden=hidden, layers=layers)).step
    batch = Batch((torch.zeros(rows, seq_len, dtype=torch.long),), torch.zeros(rows, tgt_len, dtype=torch.long))
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=UNKNOWN) as counter:
        step.forward(batch)
        step.backward()
    return counter.get_total_flops()


def course_over_model(seq_len: int, layers: int) -> dict[str, int]:
    """What the course counts of one example and the counter does not see."""
    return {"softmax, three a weight, forward and twice backward": 3 * layers * 3 * seq_len**2}


def model_over_step(rows: int, seq_len: int, tgt_len: int, hidden: int, layers: int) -> dict[str, int]:
    """What the counter sees of the plain model and the step leaves out, for a batch; negative for what it adds.

    Edges:   for two layers or more.
    """
    prompt = rows * (seq_len - tgt_len)  # rows that are no target
    affine = 2 * hidden * hidden  # of one row
    looked_up = 3 * affine * (VOCAB_SIZE + seq_len)
    return {
        "projections of the first layer, row by row": 3 * 3 * affine * rows * seq_len,
        "the same of 30 tokens and the positions, looked up, with their gradients": -(
            2 * looked_up + 3 * affine * VOCAB_SIZE
        ),
        "queries and mlp of the last layer where there is no target": 3 * 2 * affine * prompt,
        "attention of those queries": 3 * 4 * hidden * prompt * seq_len,
        "output where there is no target": 3 * 2 * hidden * VOCAB_SIZE * prompt,
    }

"""What torch's FLOP counter sees, beside the course's count, and what the differences are."""

from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from impl.nmt.batches import Batch
from impl.nmt.learner import build
from impl.nmt.model import DecoderOnlyTransformer
from impl.nmt.recipe import Recipe
from impl.nmt.tensors import target_loss
from impl.nmt.vocabulary import VOCAB_SIZE

IN_PLACE = {torch.ops.aten.addmm_: lambda _, a, b, **__: 2 * a[0] * a[1] * b[1]}  # of shapes; the counter knows it not
TGT_LEN = 2  # the plain model's cost does not depend on how much of the sequence is the target


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
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=IN_PLACE) as counter:
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

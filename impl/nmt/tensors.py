"""What the models are trained on: a word pair's tokens, shifted by one (3.2.1), and the loss over the target alone."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional


def generate_tensors_for_training_decoder_nmt(
    src_EOP: Int[Tensor, "batch src_len"],  # noqa: N803 - the handout's name
    tgt_EOS: Int[Tensor, "batch tgt_len"],  # noqa: N803
    start_token: int,
    cuda: bool = False,
) -> tuple[Int[Tensor, "batch seq_len"], Int[Tensor, "batch seq_len"]]:
    """Inputs and targets of the decoder alone: the whole sequence without its last token, and without its first.

    Shapes:  src_EOP [batch, src_len], tgt_EOS [batch, tgt_len]; both results int64 [batch, src_len + tgt_len].
    Source:  handout 3.2.1.
    """
    src_EOP_tgt_EOS = torch.cat([src_EOP, tgt_EOS], dim=1)  # noqa: N806 - the handout's name
    sos = src_EOP_tgt_EOS.new_full((len(src_EOP), 1), start_token)
    SOS_src_EOP_tgt = torch.cat([sos, src_EOP_tgt_EOS[:, :-1]], dim=1)  # noqa: N806
    if cuda:
        return SOS_src_EOP_tgt.cuda(), src_EOP_tgt_EOS.cuda()
    return SOS_src_EOP_tgt, src_EOP_tgt_EOS


def target_loss(
    logits: Float[Tensor, "batch seq_len vocab"],
    tgt_EOS: Int[Tensor, "batch tgt_len"],  # noqa: N803
) -> Float[Tensor, ""]:
    """Mean cross-entropy of the target's characters and its EOS: the logits from the position of EOP on.

    Shapes:  logits [batch, seq_len, vocab] of a whole sequence; tgt_EOS [batch, tgt_len], tgt_len <= seq_len.
    Units:   nats a token.
    Source:  handout 3.2.2.
    """
    predictions = logits[:, -tgt_EOS.shape[1] :]  # [batch, tgt_len, vocab]
    return functional.cross_entropy(predictions.flatten(0, 1), tgt_EOS.flatten())

"""Handout 3.2.1: inputs and targets of a decoder alone, shifted against each other by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spec.contracts.contract import Case, Contract, Form, without_oracle

SOS, EOS, EOP = 27, 28, 29
Tokens = NDArray[np.int64]


def tensors(src_eop: Tokens, tgt_eos: Tokens, start_token: int) -> tuple[Tokens, Tokens]:
    """What the model is given, and what it must say next at each position.

    Shapes:  src_eop [batch, src_len]; tgt_eos [batch, tgt_len]; both results [batch, src_len + tgt_len].
    Source:  handout 3.2.1.
    """
    whole = np.concatenate([src_eop, tgt_eos], axis=1)
    start = np.full((len(whole), 1), start_token)
    return np.concatenate([start, whole[:, :-1]], axis=1), whole


def case(src_eop: Tokens, tgt_eos: Tokens, start_token: int = SOS) -> Case:
    """A call on the CPU.

    Shapes:  src_eop [batch, src_len]; tgt_eos [batch, tgt_len].
    """
    return Case((), {}, {"src_EOP": src_eop, "tgt_EOS": tgt_eos}, extra=(start_token, False))


def _outputs(case: Case) -> dict[str, tuple[Form, ...]]:
    (batch, src_len), (_, tgt_len) = (a.shape for a in case.inputs.values())
    form = (Form((batch, src_len + tgt_len), kind="integer"),)
    return {"SOS_src_EOP_tgt": form, "src_EOP_tgt_EOS": form}


def _describe(case: Case) -> str:
    (batch, src_len), (_, tgt_len) = (a.shape for a in case.inputs.values())
    return f"batch {batch}, source {src_len}, target {tgt_len}, both with their ends"


CONTRACT = Contract(
    item="generate_tensors_for_training_decoder_nmt",
    question="3.2.1",
    signature=(
        "generate_tensors_for_training_decoder_nmt(src_EOP, tgt_EOS, start_token, cuda)"
        " -> (SOS_src_EOP_tgt, src_EOP_tgt_EOS)"
    ),
    parameters=dict,
    outputs=_outputs,
    oracle=without_oracle,
    describe=_describe,
    probe=lambda _: case(np.array([[3, 1, EOP]]), np.array([[1, 3, 1, EOS]])),
    is_function=True,
)

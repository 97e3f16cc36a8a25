"""Handout 3.1.2: scaled dot-product attention in which position i sees positions up to i."""

from spec import masks
from spec.contracts import scaled_dot_attention as plain
from spec.contracts.contract import Contract

CONTRACT = Contract(
    item="CausalScaledDotAttention",
    question="3.1.2",
    signature=f"CausalScaledDotAttention(hidden_size).{plain.SIGNATURE}",
    parameters=plain.parameters,
    outputs=plain.outputs,
    oracle=lambda p, x, g, _: plain.attend(p, x, g, masks.causal),
    describe=plain.describe,
    probe=plain.probe,
    optional=frozenset({"K.bias"}),
    square=True,
    builds_on=(plain.CONTRACT.item,),
)

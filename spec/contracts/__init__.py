"""The programmed items of the handout that have a contract."""

from spec.contracts import causal_scaled_dot_attention, scaled_dot_attention
from spec.contracts.contract import Case, Contract

ScaledDotAttention = scaled_dot_attention.CONTRACT
CausalScaledDotAttention = causal_scaled_dot_attention.CONTRACT

CONTRACTS: dict[str, Contract] = {c.item: c for c in (ScaledDotAttention, CausalScaledDotAttention)}

__all__ = ["CONTRACTS", "Case", "CausalScaledDotAttention", "Contract", "ScaledDotAttention"]

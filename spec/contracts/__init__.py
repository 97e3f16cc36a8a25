"""What has a contract: programmed items of the handout, and the attention kernel."""

from spec.contracts import attention, causal_scaled_dot_attention, scaled_dot_attention
from spec.contracts.contract import Case, Contract

ScaledDotAttention = scaled_dot_attention.CONTRACT
CausalScaledDotAttention = causal_scaled_dot_attention.CONTRACT
Attention = attention.CONTRACT

CONTRACTS: dict[str, Contract] = {c.item: c for c in (ScaledDotAttention, CausalScaledDotAttention, Attention)}

__all__ = ["CONTRACTS", "Attention", "Case", "CausalScaledDotAttention", "Contract", "ScaledDotAttention"]
